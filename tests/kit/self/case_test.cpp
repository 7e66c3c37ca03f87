#include "tests/kit/suite/case.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

constexpr std::int64_t count = 40;

TEST(KitCase, GrowsFromOneElementToManyOfEveryRank) {
  std::set<std::int64_t> ranks;
  int large = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (std::int64_t k = 0; k < count; ++k) {
      Case c(k, count, seed * 1000 + static_cast<std::uint64_t>(k));
      EXPECT_EQ(c.size(), (k + 1) / 2);
      const Shape sizes = c.shape(0, 4);
      EXPECT_TRUE(std::ranges::all_of(sizes, [](std::int64_t size) { return size >= 1; }));
      if (k == 0) {
        EXPECT_EQ(sizes, Shape{});
      }
      if (k <= 2) {
        EXPECT_LE(numel(sizes), 2);
      }
      if (k <= 6) {
        EXPECT_LE(numel(sizes), 12);
      }
      EXPECT_LE(numel(sizes), 420);
      ranks.insert(sizes.size());
      large += numel(sizes) > 64 ? 1 : 0;
      if (k == count - 1) {
        EXPECT_GT(numel(sizes), 64);
      }
    }
  }
  EXPECT_EQ(ranks, (std::set<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_GE(large, 15);
}

TEST(KitCase, SomeShapesHaveADimensionOfSizeZero) {
  int empty_shapes = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    Case c(k, count, static_cast<std::uint64_t>(k));
    const bool no_elements = numel(c.shape_with_zero(0, 3)) == 0;
    if (k == 0) {
      EXPECT_FALSE(no_elements);
    }
    if (k == 1) {
      EXPECT_TRUE(no_elements);
    }
    empty_shapes += no_elements ? 1 : 0;
  }
  EXPECT_GE(empty_shapes, 4);
  EXPECT_LE(empty_shapes, 20);
}

TEST(KitCase, EqualSeedsGiveEqualTrials) {
  const auto trial = [](std::uint64_t seed) {
    Case c(20, count, seed);
    const Tensor x = c.tensor(Shape{3, 4});
    return std::pair(values(x), std::vector<std::int64_t>(x.strides().begin(), x.strides().end()));
  };
  EXPECT_EQ(trial(5), trial(5));
  EXPECT_NE(trial(5), trial(6));
}

TEST(KitCase, TensorsHoldSmallIntegersInManyLayouts) {
  int contiguous = 0;
  int with_offset = 0;
  int permuted = 0;
  int in_steps_of_three = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    Case c(k, count, static_cast<std::uint64_t>(k));
    const Tensor x = c.tensor(Shape{3, 4});
    for (const double value : values(x)) {
      EXPECT_EQ(value, std::round(value));
      EXPECT_LE(std::abs(value), 9.0);
    }
    contiguous += is_row_major(x.sizes(), x.strides()) ? 1 : 0;
    with_offset += x.storage_offset() > 0 ? 1 : 0;
    permuted += x.strides()[0] < x.strides()[1] ? 1 : 0;
    in_steps_of_three += std::min(x.strides()[0], x.strides()[1]) == 3 ? 1 : 0;
  }
  EXPECT_GE(in_steps_of_three, 1);
  for (const int layouts : {contiguous, with_offset, permuted}) {
    EXPECT_GE(layouts, 4);
    EXPECT_LE(layouts, 36);
  }
}

TEST(KitCase, EveryDTypeCanBeFilled) {
  Case c(10, count, 1);
  for (const DType dtype : {DType::float32, DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8,
                            DType::boolean, DType::traced}) {
    const double lowest = dtype == DType::uint8 || dtype == DType::boolean ? 0.0 : -9.0;
    for (const Tensor& x : {c.tensor(Shape{5, 5}, dtype), c.contiguous(Shape{5, 5}, dtype)}) {
      EXPECT_EQ(x.dtype(), dtype);
      for (const double value : values(x)) {
        EXPECT_GE(value, lowest);
        EXPECT_LE(value, dtype == DType::boolean ? 1.0 : 9.0);
      }
    }
  }
}

TEST(KitCase, StridedIsNeverContiguous) {
  for (std::int64_t k = 0; k < 200; ++k) {
    Case c(k, 200, static_cast<std::uint64_t>(k));
    const Tensor x = c.strided(c.shape(1, 4));
    if (x.numel() > 1) {
      EXPECT_FALSE(is_row_major(x.sizes(), x.strides()));
    }
  }
}

TEST(KitCase, ExpandedRepeatsADimension) {
  for (std::int64_t k = 0; k < 100; ++k) {
    Case c(k, 100, static_cast<std::uint64_t>(k));
    const Tensor x = c.expanded(c.shape(1, 4));
    bool repeats = false;
    for (std::int64_t d = 0; d < x.dim(); ++d) repeats |= x.strides()[d] == 0 && (x.sizes()[d] > 1 || x.numel() == 1);
    EXPECT_TRUE(repeats) << to_string(x.sizes()) << " " << to_string(x.strides());
  }
}

TEST(KitCase, DistinctValuesAreDistinct) {
  Case c(10, count, 1);
  const std::vector<double> list = values(c.distinct(Shape{5, 7}));
  EXPECT_EQ(std::set<double>(list.begin(), list.end()).size(), 35U);
  EXPECT_EQ(*std::ranges::min_element(list), -17.0);
  EXPECT_EQ(*std::ranges::max_element(list), 17.0);
}

TEST(KitCase, NumbersStayInTheirRange) {
  Case c(10, count, 1);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(c.integer(-1, 1));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-1, 0, 1}));
  EXPECT_THROW(c.integer(1, 0), ValueError);
  for (int i = 0; i < 200; ++i) {
    const double x = c.real(2.0, 3.0);
    EXPECT_TRUE(x >= 2.0 && x < 3.0);
  }
  Shape order = c.permutation(5);
  std::ranges::sort(order);
  EXPECT_EQ(order, (Shape{0, 1, 2, 3, 4}));
}

TEST(KitCase, LabelsComeFromTheInputs) {
  Case two(3, count, 1);
  two.input("a", two.contiguous(Shape{2, 3}));
  two.input("k", 4);
  two.input("b", two.contiguous(Shape{}));
  EXPECT_EQ(two.label(), "(2,3)x()");
  Case text(3, count, 1);
  text.input("text", std::string("32K"));
  EXPECT_EQ(text.label(), "\"32K\"");
  EXPECT_EQ(Case(3, count, 1).label(), "number 3");
  two.label("mine");
  EXPECT_EQ(two.label(), "mine");
}

}  // namespace
}  // namespace tinytorch::lab
