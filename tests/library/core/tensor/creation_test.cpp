#include "tinytorch/core/creation.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::infinity;
using testing::nan;

TEST(TensorOfNumbers, takes_what_c_plus_plus_calls_numbers) {
  for (const Tensor& x : {tensor({0.5, 2.0}), tensor({0.5F, 2.0F})}) {
    EXPECT_EQ(x.dtype(), DType::float32);
    EXPECT_EQ(x.select(0, 0).item<float>(), 0.5F);
  }
  for (const Tensor& x : {tensor({1, 2}), tensor({std::int64_t{1}, std::int64_t{2}})}) {
    EXPECT_EQ(x.dtype(), DType::int64);
    EXPECT_EQ(x.select(0, 1).item<std::int64_t>(), 2);
  }
  EXPECT_EQ(tensor({{1.0F, 2.0F}, {3.0F, 4.0F}}).sizes(), (Shape{2, 2}));
  EXPECT_EQ(tensor({{std::int64_t{1}}, {std::int64_t{2}}}).dtype(), DType::int64);
}

TEST(TensorOfNumbers, keeps_booleans_and_bytes) {
  EXPECT_EQ(tensor({true, false}).dtype(), DType::boolean);
  EXPECT_EQ(tensor({std::uint8_t{200}, std::uint8_t{1}}).dtype(), DType::uint8);
  EXPECT_EQ(tensor({std::int8_t{-3}}).dtype(), DType::int8);
  EXPECT_EQ(to_string(tensor({1LL, 2LL})), "[1, 2]");
  EXPECT_EQ(tensor({std::size_t{7}}).dtype(), DType::int64);
  EXPECT_EQ(tensor({1, 2.5}).dtype(), DType::float32);
  EXPECT_EQ(tensor({true, 2}).dtype(), DType::int64);
  EXPECT_EQ(tensor({0, 3}, DType::boolean).select(0, 1).item<bool>(), true);
  EXPECT_EQ(tensor({(std::int64_t{1} << 53) + 1}).select(0, 0).item<std::int64_t>(), (std::int64_t{1} << 53) + 1);
}

TEST(TensorOfNumbers, nests_to_any_depth) {
  EXPECT_EQ(tensor(2.5).sizes(), Shape{});
  EXPECT_EQ(tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}).sizes(), (Shape{2, 2, 2}));
  EXPECT_EQ(to_string(tensor({{{{1}}}, {{{2}}}})), "[[[[1]]],\n [[[2]]]]");
  EXPECT_EQ(tensor({{{true}, {false}}}).dtype(), DType::boolean);
  EXPECT_EQ(tensor({}).sizes(), Shape{0});
  EXPECT_EQ(tensor({}).dtype(), DType::float32);
  EXPECT_EQ(to_string(tensor({{1.0}, {2.0}})), "[[1.],\n [2.]]");
  EXPECT_THROW(tensor({{1, 2}, {3}}), ShapeError);
  EXPECT_THROW(tensor({{{1}, {2}}, {{3}}}), ShapeError);
  EXPECT_THROW(tensor({{1}, 2}), ShapeError);
  EXPECT_THROW(tensor({1, {2}}), ShapeError);
}

TEST(TensorOfNumbers, takes_any_vector_of_numbers) {
  EXPECT_EQ(to_string(tensor(std::vector<bool>{true, false})), "[true, false]");
  EXPECT_EQ(to_string(tensor(std::vector<long long>{1, -2})), "[1, -2]");
  EXPECT_EQ(to_string(tensor(std::vector<std::size_t>{3})), "[3]");
  EXPECT_EQ(tensor(std::vector<std::uint8_t>{3}).dtype(), DType::uint8);
  EXPECT_EQ(to_string(tensor(std::vector<short>{-5, 6}, DType::float64)), "[-5., 6.]");
  EXPECT_EQ(tensor(std::vector<double>{0.5}).dtype(), DType::float32);
  EXPECT_EQ(tensor(std::vector<float>{}).sizes(), Shape{0});
  EXPECT_THROW(tensor(std::vector<std::uint64_t>{~std::uint64_t{0}}), ValueError);
}

TEST(Full, keeps_integers_exact_and_refuses_what_the_dtype_does_not_hold) {
  constexpr std::int64_t odd = (std::int64_t{1} << 53) + 1;
  EXPECT_EQ(full({2}, odd, DType::int64).select(0, 1).item<std::int64_t>(), odd);
  EXPECT_EQ(scalar(odd, DType::int64).item<std::int64_t>(), odd);
  EXPECT_EQ(scalar(odd, DType::int64).item<long long>(), odd);
  EXPECT_EQ(zeros({1}, DType::int64).masked_fill(tensor({true}), odd).item<std::int64_t>(), odd);
  EXPECT_EQ(full_like(zeros({1}, DType::int64), odd).item<std::int64_t>(), odd);
  EXPECT_EQ(to_string(full({1}, 2.9, DType::int32)), "[2]");
  EXPECT_EQ(full({1}, -1, DType::boolean).item<bool>(), true);
  const Tensor x = zeros({2}, DType::uint8);
  EXPECT_THROW(x.fill_(300), ValueError);
  EXPECT_THROW(x.fill_(-1), ValueError);
  EXPECT_THROW(x.fill_(nan), ValueError);
  EXPECT_THROW(x.masked_fill(tensor({true, false}), 256), ValueError);
  EXPECT_THROW(tensor({300}, DType::uint8), ValueError);
  EXPECT_THROW(full({1}, 0x1p63, DType::int64), ValueError);
  EXPECT_EQ(full({1}, -0x1p63, DType::int64).item<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(to_string(x), "[0, 0]");
  EXPECT_EQ(full({1}, infinity).item<float>(), std::numeric_limits<float>::infinity());
}

TEST(Item, refuses_what_the_integer_does_not_hold) {
  EXPECT_EQ(scalar(2.9).item<int>(), 2);
  EXPECT_EQ(scalar(-2.9).item<int>(), -2);
  EXPECT_EQ(scalar(200).item<std::uint8_t>(), 200);
  EXPECT_THROW(scalar(nan).item<int>(), ValueError);
  EXPECT_THROW(scalar(1e30).item<std::int64_t>(), ValueError);
  EXPECT_THROW(scalar(infinity).item<std::int64_t>(), ValueError);
  EXPECT_THROW(scalar(300).item<std::uint8_t>(), ValueError);
  EXPECT_THROW(scalar(-1).item<std::size_t>(), ValueError);
  EXPECT_THROW(scalar(std::int64_t{1} << 40, DType::int64).item<int>(), ValueError);
  EXPECT_TRUE(scalar(0.25).item<bool>());
}

TEST(Scalars, of_large_unsigned_numbers_are_not_negative) {
  const std::uint64_t large = ~std::uint64_t{0};
  EXPECT_TRUE(tensor({1, 2}).lt(large).all().item<bool>());
  EXPECT_EQ(full({1}, large, DType::float64).item<double>(), 0x1p64);
  EXPECT_THROW(full({1}, large, DType::int64), ValueError);
}

TEST(Linspace, may_leave_out_its_end) {
  EXPECT_EQ(to_string(linspace(0, 1, 4, DType::float64, false)), "[0., 0.25, 0.5, 0.75]");
  EXPECT_EQ(linspace(0, 1, 0, DType::float64, false).numel(), 0);
  EXPECT_THROW(linspace(0, 1, -1, DType::float64, false), ValueError);
}

TEST(Arange, counts_from_start_to_before_end) {
  EXPECT_EQ(to_string(arange(2, 5)), "[2, 3, 4]");
  EXPECT_EQ(to_string(arange(5, 0, -2)), "[5, 3, 1]");
  EXPECT_EQ(to_string(arange(0, 1, 0.25)), "[0., 0.25, 0.5, 0.75]");
  EXPECT_EQ(to_string(arange(1, 2.5)), "[1., 2.]");
  EXPECT_EQ(arange(1, 3).dtype(), DType::int64);
  EXPECT_EQ(arange(1.0, 3).dtype(), DType::float32);
  EXPECT_EQ(arange(1, 3, 1, DType::float64).dtype(), DType::float64);
  EXPECT_EQ(arange(3, 3).numel(), 0);
  EXPECT_EQ(to_string(arange(3, DType::float32)), "[0., 1., 2.]");
  EXPECT_THROW(arange(0, 3, 0), ValueError);
  EXPECT_THROW(arange(0, 3, -1), ValueError);
  EXPECT_THROW(arange(0, std::nan("")), ValueError);
}

TEST(Linspace, hits_both_ends) {
  EXPECT_EQ(to_string(linspace(0, 1, 5)), "[0., 0.25, 0.5, 0.75, 1.]");
  EXPECT_EQ(to_string(linspace(3, -3, 3)), "[3., 0., -3.]");
  EXPECT_EQ(to_string(linspace(3, 9, 1)), "[3.]");
  EXPECT_EQ(linspace(3, 9, 0).numel(), 0);
  for (std::int64_t steps = 2; steps < 200; ++steps) {
    const Tensor x = linspace(0.1, 0.7, steps, DType::float64);
    ASSERT_EQ(x.data<double>()[0], 0.1);
    ASSERT_EQ(x.data<double>()[steps - 1], 0.7);
  }
  EXPECT_THROW(linspace(0, 1, -1), ValueError);
}

TEST(Eye, has_ones_on_the_diagonal) {
  EXPECT_EQ(to_string(eye(2)), "[[1., 0.],\n [0., 1.]]");
  EXPECT_EQ(to_string(eye(2, 3, DType::int64)), "[[1, 0, 0],\n [0, 1, 0]]");
  EXPECT_EQ(to_string(eye(3, 1)), "[[1.],\n [0.],\n [0.]]");
  EXPECT_EQ(eye(0).sizes(), (Shape{0, 0}));
  EXPECT_EQ(eye(0, 3).sizes(), (Shape{0, 3}));
}

TEST(Like, takes_shape_and_dtype) {
  const Tensor x = full({2, 1}, 3.0, DType::float64).set_requires_grad();
  Generator g(1);
  for (const Tensor& like :
       {zeros_like(x), ones_like(x), empty_like(x), full_like(x, 7), rand_like(x, g), randn_like(x, g)}) {
    EXPECT_EQ(like.sizes(), x.sizes());
    EXPECT_EQ(like.dtype(), DType::float64);
    EXPECT_FALSE(like.requires_grad());
  }
  EXPECT_EQ(to_string(full_like(x, 7)), "[[7.],\n [7.]]");
  EXPECT_EQ(zeros_like(x, DType::int64).dtype(), DType::int64);
}

TEST(FromVector, takes_floats_as_float32_and_integers_as_int64) {
  EXPECT_EQ(tensor(std::vector<double>{1, 2.5}).dtype(), DType::float32);
  EXPECT_EQ(to_string(tensor(std::vector<float>{1, 2.5F})), "[1., 2.5]");
  EXPECT_EQ(to_string(tensor(std::vector<std::int64_t>{1, 2})), "[1, 2]");
  EXPECT_EQ(to_string(tensor(std::vector<int>{1, 2})), "[1, 2]");
  EXPECT_EQ(tensor(std::vector<double>{}, DType::float64).numel(), 0);
  std::vector<float> values = {1, 2};
  const Tensor copy = tensor(values);
  values[0] = 9;
  EXPECT_EQ(to_string(copy), "[1., 2.]");
}

TEST(Random, integers_fill_the_range_evenly) {
  Generator g(1);
  const Tensor x = randint(-2, 3, {10, 100}, g);
  EXPECT_EQ(x.dtype(), DType::int64);
  int counts[5] = {};
  for (std::int64_t i = 0; i < x.numel(); ++i) ++counts[x.data<std::int64_t>()[i] + 2];
  for (const int count : counts) EXPECT_NEAR(count, 200, 60);
  EXPECT_EQ(randint(1, {3}, g, DType::float32).dtype(), DType::float32);
  EXPECT_THROW(randint(3, 3, {1}, g), ValueError);
}

TEST(Random, permutation_has_every_number_once) {
  Generator g(2);
  for (std::int64_t n = 0; n < 20; ++n) {
    const Tensor x = randperm(n, g);
    std::set<std::int64_t> seen(x.data<std::int64_t>(), x.data<std::int64_t>() + n);
    ASSERT_EQ(static_cast<std::int64_t>(seen.size()), n);
    ASSERT_TRUE(n == 0 || (*seen.begin() == 0 && *seen.rbegin() == n - 1));
  }
  int counts[6] = {};
  for (int i = 0; i < 6000; ++i) {
    const Tensor x = randperm(3, g);
    ++counts[x.data<std::int64_t>()[0] * 2 + (x.data<std::int64_t>()[1] > x.data<std::int64_t>()[2] ? 1 : 0)];
  }
  for (const int count : counts) EXPECT_NEAR(count, 1000, 120);
}

TEST(Random, draws_are_those_of_the_generator_in_row_major_order) {
  Generator a(3), b(3);
  const Tensor base = zeros({3, 2});
  const Tensor turned = as_strided(base, {2, 3}, {1, 2}, 0);
  turned.uniform_(-1, 1, a);
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      ASSERT_EQ(turned.data<float>()[i + 2 * j], static_cast<float>(2 * b.uniform() - 1));
}

TEST(Random, float32_stays_below_the_end_of_the_interval) {
  Generator g(4);
  const Tensor x = empty({200'000}).uniform_(1.0, 1.0000002, g);  // only two float32 numbers are in this range
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    ASSERT_GE(x.data<float>()[i], 1.0F);
    ASSERT_LT(x.data<float>()[i], 1.0000002F);
  }
  EXPECT_THROW(x.uniform_(1, 0, g), ValueError);
}

TEST(Random, bernoulli_and_normal_have_their_moments) {
  Generator g(5);
  EXPECT_NEAR(mean(bernoulli(full({10'000}, 0.3), g)).item<double>(), 0.3, 0.02);
  EXPECT_EQ(sum(bernoulli(zeros({100}), g)).item<double>(), 0.0);
  EXPECT_EQ(sum(bernoulli(ones({100}), g)).item<double>(), 100.0);
  EXPECT_NEAR(mean(zeros({10'000}).bernoulli_(0.8, g)).item<double>(), 0.8, 0.02);
  const Tensor x = normal(3, 0.5, {10'000}, g, DType::float64);
  EXPECT_NEAR(mean(x).item<double>(), 3.0, 0.03);
  EXPECT_NEAR(std(x).item<double>(), 0.5, 0.02);
  EXPECT_THROW(bernoulli(full({1}, 1.5), g), ValueError);
  EXPECT_THROW(x.normal_(0, -1, g), ValueError);
}

TEST(Arange, counts_integers_exactly) {
  const std::int64_t far = 1'700'000'000'000'000'001, most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(to_string(arange(far, far + 3)), to_string(tensor({far, far + 1, far + 2})));
  EXPECT_EQ(to_string(arange(far + 5, far, -2)), to_string(tensor({far + 5, far + 3, far + 1})));
  EXPECT_EQ(arange(most - 4, most, 2).numel(), 2);
  EXPECT_EQ(arange(-most, most, most).numel(), 2);
  EXPECT_EQ(arange(far, far).numel(), 0);
  for (std::int64_t end = -7; end <= 7; ++end) {
    for (const std::int64_t step : {-3, -2, -1, 1, 2, 3}) {
      if ((end < 0) != (step < 0) && end != 0) {
        EXPECT_THROW(arange(0, end, step), ValueError);
        continue;
      }
      std::int64_t count = 0;
      for (std::int64_t at = 0; step > 0 ? at < end : at > end; at += step) ++count;
      EXPECT_EQ(arange(0, end, step).numel(), count) << end << " in steps of " << step;
    }
  }
}

TEST(Arange, refuses_more_elements_than_can_be_counted) {
  for (const auto& make :
       {+[] { arange(0.0, 1e20); }, +[] { arange(1e30, 0.0, -0.5); },
        +[] { arange(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()); }}) {
    try {
      make();
      ADD_FAILURE();
    } catch (const ValueError& error) {
      EXPECT_EQ(std::string(error.what()).find("[arange] too many elements: "), 0U) << error.what();
    }
  }
}

TEST(Linspace, ends_exactly_wherever_it_ends) {
  EXPECT_EQ(to_string(linspace(-1.7e308, 1.7e308, 3, DType::float64)),
            to_string(tensor({-1.7e308, 0.0, 1.7e308}, DType::float64)));
  for (const std::int64_t steps : {2, 7, 100}) {
    const Tensor x = linspace(-1.7e308, 1.7e308, steps, DType::float64);
    EXPECT_EQ(x.data<double>()[0], -1.7e308);
    EXPECT_EQ(x.data<double>()[steps - 1], 1.7e308);
    for (std::int64_t i = 1; i < steps; ++i) EXPECT_LT(x.data<double>()[i - 1], x.data<double>()[i]);
  }
  for (const double bad : {infinity, -infinity, nan}) {
    EXPECT_THROW(linspace(0, bad, 3), ValueError);
    EXPECT_THROW(linspace(bad, 0, 3), ValueError);
  }
}

TEST(Linspace, of_integers_takes_the_one_below) {
  EXPECT_EQ(to_string(linspace(-2, 2, 10, DType::int64)), to_string(tensor({-2, -2, -2, -1, -1, 0, 0, 1, 1, 2})));
  EXPECT_EQ(to_string(linspace(0.5, -0.5, 3, DType::int64)), to_string(tensor({0, 0, -1})));
  for (const std::int64_t end : {-30, -7, 7, 30, 31}) {
    for (std::int64_t steps = 2; steps < 40; ++steps) {
      const Tensor x = linspace(-3, static_cast<double>(end), steps, DType::int64);
      for (std::int64_t i = 0; i < steps; ++i) {
        const std::int64_t over = -3 * (steps - 1) + (end + 3) * i;  // the exact number times steps - 1
        const std::int64_t floor = (over - (((over % (steps - 1)) + (steps - 1)) % (steps - 1))) / (steps - 1);
        EXPECT_EQ(x.data<std::int64_t>()[i], floor) << i << " of " << steps << " to " << end;
      }
    }
  }
}

TEST(RandomNumbers, need_an_interval_of_finite_numbers) {
  Generator g(1);
  const Tensor x = zeros({3}), y = zeros({1000}, DType::float64);
  EXPECT_THROW(x.uniform_(-infinity, infinity, g), ValueError);
  EXPECT_THROW(x.uniform_(0, infinity, g), ValueError);
  EXPECT_THROW(x.uniform_(0, 1e39, g), ValueError);
  EXPECT_THROW(x.uniform_(nan, 1, g), ValueError);
  EXPECT_THROW(x.normal_(0, infinity, g), ValueError);
  EXPECT_THROW(x.normal_(nan, 1, g), ValueError);
  EXPECT_THROW(x.normal_(infinity, 1, g), ValueError);
  y.uniform_(-1.7e308, 1.7e308, g);
  std::int64_t below = 0;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    ASSERT_LE(std::abs(y.data<double>()[i]), 1.7e308);
    below += y.data<double>()[i] < 0;
  }
  EXPECT_NEAR(static_cast<double>(below), 500, 100);
}

}  // namespace
}  // namespace tinytorch
