#include "tinytorch/core/tensor.hpp"

#include "tests/library/core/elements.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::message_of;

TEST(Tensor, is_a_handle_on_shared_elements) {
  const Tensor a = zeros({2, 3});
  const Tensor b = a;
  b.fill_(4.0);
  EXPECT_EQ(a.data<float>()[5], 4.0F);
  EXPECT_TRUE(a.is_same(b));
  EXPECT_FALSE(a.is_same(a.clone()));
}

TEST(Tensor, knows_its_layout) {
  const Tensor x = empty({2, 3, 4}, DType::float64);
  EXPECT_EQ(x.strides(), (Shape{12, 4, 1}));
  EXPECT_EQ(x.numel(), 24);
  EXPECT_EQ(x.storage_bytes(), 192);
  EXPECT_EQ(x.size(-1), 4);
  EXPECT_EQ(scalar(3.0).numel(), 1);
  EXPECT_EQ(empty({2, 0, 3}).numel(), 0);
}

TEST(Tensor, is_aligned_to_a_cache_line) {
  for (const std::int64_t size : {1, 7, 64, 1000, 5000, 1 << 20})
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(empty({size}).data()) % 64, 0U) << size;
}

TEST(Tensor, makes_literals) {
  EXPECT_EQ(tensor({1, 2, 3}).dtype(), DType::int64);
  EXPECT_EQ(tensor({1.5, 2.0}).dtype(), DType::float32);
  const Tensor m = tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}});
  EXPECT_EQ(m.sizes(), (Shape{3, 2}));
  EXPECT_EQ(m.data<float>()[4], 5.0F);
  EXPECT_EQ(message_of<ShapeError>([] { tensor({{1.0, 2.0}, {3.0}}); }), "[tensor] row 1 has 1 numbers, row 0 has 2");
}

TEST(Tensor, converts_its_only_item) {
  EXPECT_EQ(scalar(2.5).item<double>(), 2.5);
  EXPECT_EQ(full({1, 1}, 7.0, DType::uint8).item<int>(), 7);
  Tensor big = zeros({1}, DType::int64);
  big.data<std::int64_t>()[0] = (std::int64_t{1} << 60) + 1;
  EXPECT_EQ(big.item<std::int64_t>(), (std::int64_t{1} << 60) + 1);
  EXPECT_EQ(message_of<ShapeError>([] { zeros({2}).item<float>(); }), "[item] needs exactly one element: (2,)");
}

TEST(Tensor, says_what_is_wrong_in_one_line) {
  EXPECT_EQ(message_of<DTypeError>([] { zeros({2}).data<double>(); }), "[data] the tensor holds float32, not float64");
  EXPECT_EQ(message_of<ShapeError>([] { empty({2, -1}); }), "[empty] a size is negative: (2, -1)");
  EXPECT_EQ(message_of<ShapeError>([] {
              empty({1LL << 40, 1LL << 40});
            }),
            "[empty] too large: (1099511627776, 1099511627776)");
  EXPECT_EQ(message_of<IndexError>([] { zeros({2, 3}).size(2); }), "[size] dimension 2 is out of range for rank 2");
  EXPECT_EQ(message_of<ValueError>([] { Tensor().numel(); }),
            "[tensor] undefined: it was declared but never given a value, or is a gradient before backward()");
  EXPECT_EQ(message_of<ShapeError>([] {
              empty({1, 1, 1, 1, 1, 1, 1, 1}).unsqueeze(0);
            }),
            "[shape] more than 8 dimensions");
}

TEST(AsStrided, reaches_every_element_of_its_storage_and_no_other) {
  const Tensor base = arange(10, DType::float32);
  EXPECT_EQ(to_string(as_strided(base, {2, 3}, {1, 4}, 0)), "[[0., 4., 8.],\n [1., 5., 9.]]");
  EXPECT_EQ(message_of<ShapeError>([&] {
              as_strided(base, {2, 3}, {1, 4}, 1);
            }),
            "[as_strided] sizes (2, 3) with strides (1, 4) from offset 1 reach element 10 of a storage of 10");
  EXPECT_EQ(message_of<ShapeError>([&] { as_strided(base, {3}, {-1}, 1); }),
            "[as_strided] sizes (3,) with strides (-1,) from offset 1 reach element -1 of a storage of 10");
  EXPECT_NO_THROW(as_strided(base, {0, 5}, {1000, 1000}, 10'000));
  EXPECT_THROW(as_strided(base, {3, 3}, {std::int64_t{1} << 62, std::int64_t{1} << 62}, 0), ShapeError);
}

TEST(AsStrided, agrees_with_brute_force_on_random_windows) {
  Generator g(3);
  for (int round = 0; round < 2000; ++round) {
    const std::int64_t capacity = testing::integer(g, 1, 12);
    const Tensor base = zeros({capacity});
    const Shape sizes = testing::random_shape(g, 0, 3, 0, 3);
    Shape strides = sizes;
    for (std::int64_t& stride : strides) stride = testing::integer(g, -2, 5);
    const std::int64_t offset = testing::integer(g, 0, 6);
    bool inside = true;
    for (std::int64_t i = 0; i < numel(sizes); ++i) {
      std::int64_t rest = i, at = offset;
      for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
        at += rest % sizes[d] * strides[d];
        rest /= sizes[d];
      }
      inside &= at >= 0 && at < capacity;
    }
    bool accepted = true;
    try {
      as_strided(base, sizes, strides, offset);
    } catch (const ShapeError&) {
      accepted = false;
    }
    ASSERT_EQ(accepted, inside) << to_string(sizes) << to_string(strides) << offset << " of " << capacity;
  }
}

TEST(InPlace, writes_through_every_layout) {
  Generator g(7);
  for (int round = 0; round < 200; ++round) {
    const Shape shape = testing::random_shape(g, 0, 4, 0, 4);
    const Tensor source = testing::random_double(shape, g);
    const Tensor target = testing::relaid(zeros(shape, DType::float64), g);
    target.copy_(source);
    ASSERT_TRUE(equal(target, source));
    target.add_(source, 2.0);
    ASSERT_TRUE(allclose(target, source * 3.0));
    target.mul_(-1.0);
    ASSERT_TRUE(allclose(target, source * -3.0));
  }
}

TEST(InPlace, broadcasts_and_converts_what_it_copies) {
  const Tensor x = zeros({2, 3});
  x.copy_(tensor({1, 2, 3}));
  EXPECT_EQ(to_string(x), "[[1., 2., 3.],\n [1., 2., 3.]]");
  EXPECT_THROW(x.copy_(zeros({2})), ShapeError);
}

TEST(Memory, is_counted_by_tag_and_given_back) {
  const std::int64_t before = memory::stats().active;
  const std::int64_t workspace = memory::stats(memory::Tag::workspace).active;
  {
    const memory::TagScope tag(memory::Tag::workspace);
    const Tensor x = zeros({1000});
    const Tensor view = x.reshape({10, 100});
    EXPECT_EQ(memory::stats().active - before, 4000);
    EXPECT_EQ(memory::stats(memory::Tag::workspace).active - workspace, 4000);
  }
  EXPECT_EQ(memory::stats().active, before);
  EXPECT_EQ(memory::stats(memory::Tag::workspace).active, workspace);
}

TEST(Memory, remembers_the_highest_point) {
  memory::reset_peak();
  const std::int64_t before = memory::stats().peak;
  { const Tensor x = zeros({1 << 16}), y = zeros({1 << 16}); }
  const Tensor z = zeros({1 << 16});
  EXPECT_EQ(memory::stats().peak - before, 2 * 4 * (1 << 16));
}

TEST(Memory, poisons_what_nobody_wrote) {
  memory::set_poison(true);
  const Tensor x = empty({3});
  const Tensor n = empty({3}, DType::uint8);
  memory::set_poison(false);
  EXPECT_TRUE(std::isnan(x.data<float>()[2]));
  EXPECT_EQ(n.data<std::uint8_t>()[2], 0xAB);
}

TEST(FromBlob, leaves_the_memory_to_its_owner) {
  float numbers[] = {1, 2, 3, 4};
  const std::int64_t before = memory::stats().active;
  from_blob(numbers, {2, 2}).fill_(9.0);
  EXPECT_EQ(numbers[3], 9.0F);
  EXPECT_EQ(memory::stats().active, before);
}

}  // namespace
}  // namespace tinytorch
