// Max pooling against a search of each window.

#include "tinytorch/nn/pool.hpp"

#include "tests/library/core/each_instruction_set.hpp"
#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/functional.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::infinity;
using testing::integer;
using testing::nan;
using testing::relaid;

struct PoolCase {
  Tensor x;  // few different numbers, many of them negative: ties, and padding must not win
  PoolSpec spec;
  Pair stride;
};

PoolCase pool_case(std::int64_t k) {
  Generator g(mix_seed(11, static_cast<std::uint64_t>(k)));
  const std::int64_t most = k < 20 ? 2 : 3;
  PoolCase c;
  c.spec.kernel = {integer(g, 1, most), integer(g, 1, most)};
  c.spec.stride = {integer(g, 0, most), integer(g, 0, most)};
  c.spec.padding = {integer(g, 0, c.spec.kernel.h / 2), integer(g, 0, c.spec.kernel.w / 2)};
  c.stride = {c.spec.stride.h == 0 ? c.spec.kernel.h : c.spec.stride.h,
              c.spec.stride.w == 0 ? c.spec.kernel.w : c.spec.stride.w};
  Tensor x = empty(
      {integer(g, 1, 3), integer(g, 1, 3), c.spec.kernel.h + integer(g, 0, 4), c.spec.kernel.w + integer(g, 0, 3)},
      DType::float64);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = static_cast<double>(integer(g, -4, 1));
  c.x = relaid(x, g);
  return c;
}

TEST(MaxPool2d, agrees_with_a_search_of_every_window) {
  for (std::int64_t k = 0; k < 150; ++k) {
    const PoolCase c = pool_case(k);
    const Tensor x = contiguous(c.x);
    const auto [values, index] = raw::max_pool2d(c.x, c.spec);
    const std::int64_t H = x.size(2), W = x.size(3);
    ASSERT_EQ(values.size(2), (H + 2 * c.spec.padding.h - c.spec.kernel.h) / c.stride.h + 1) << k;
    ASSERT_EQ(values.size(3), (W + 2 * c.spec.padding.w - c.spec.kernel.w) / c.stride.w + 1) << k;
    std::int64_t at = 0;
    for (std::int64_t plane = 0; plane < x.size(0) * x.size(1); ++plane)
      for (std::int64_t i = 0; i < values.size(2); ++i)
        for (std::int64_t j = 0; j < values.size(3); ++j, ++at) {
          double best = -std::numeric_limits<double>::infinity();
          std::int64_t where = -1;
          for (std::int64_t p = 0; p < c.spec.kernel.h; ++p)
            for (std::int64_t q = 0; q < c.spec.kernel.w; ++q) {
              const std::int64_t row = i * c.stride.h - c.spec.padding.h + p;
              const std::int64_t column = j * c.stride.w - c.spec.padding.w + q;
              if (row < 0 || row >= H || column < 0 || column >= W) continue;
              const double value = x.data<double>()[(plane * H + row) * W + column];
              if (value > best) best = value, where = row * W + column;
            }
          ASSERT_EQ(values.data<double>()[at], best) << k;
          ASSERT_EQ(index.data<std::int64_t>()[at], where) << k;
        }
  }
}

// Windows of 2 x 2 side by side go by vectors in float32, and by loops in float64.
TEST(MaxPool2d, is_the_same_by_vectors) {
  testing::on_each_instruction_set([] {
    Generator g(3);
    for (int round = 0; round < 200; ++round) {
      Tensor x = empty({integer(g, 1, 2), integer(g, 1, 3), integer(g, 2, 9), integer(g, 2, 80)}, DType::float64);
      for (std::int64_t i = 0; i < x.numel(); ++i)
        x.data<double>()[i] = g.below(9) == 0 ? nan : static_cast<double>(integer(g, -2, 2));
      const auto [values, index] = raw::max_pool2d(to(x, DType::float32), {});
      const auto [exact, place] = raw::max_pool2d(x, {});
      ASSERT_TRUE(allclose(to(values, DType::float64), exact, 0, 0, true)) << to_string(x.sizes());
      ASSERT_TRUE(equal(index, place)) << to_string(x.sizes());
    }
  });
}

TEST(MaxPool2d, gradient_is_adjoint_to_picking_the_winners) {
  for (std::int64_t k = 0; k < 150; ++k) {
    const PoolCase c = pool_case(k);
    Generator g(static_cast<std::uint64_t>(k));
    const Tensor x = c.x.detach().set_requires_grad();
    const Tensor y = nn::functional::max_pool2d(x, c.spec);
    const Tensor grad = relaid(to(randn(y.sizes(), g), DType::float64), g);
    y.backward(grad);
    // Pooling is positively homogeneous: the sum over x of x dy/dx is y itself.
    ASSERT_NEAR(sum(x.grad() * c.x).item<double>(), sum(y.detach() * grad).item<double>(), 1e-9) << k;
    ASSERT_NEAR(x.grad().sum().item<double>(), grad.sum().item<double>(), 1e-9) << k;
  }
}

TEST(MaxPool2d, overlapping_windows_add_their_gradients) {
  const Tensor x = tensor({{0.0, 9.0, 0.0}}).reshape({1, 1, 1, 3}).set_requires_grad();
  nn::functional::max_pool2d(x, {.kernel = {1, 2}, .stride = {1, 1}}).sum().backward();
  EXPECT_TRUE(equal(x.grad(), tensor({{0.0, 2.0, 0.0}}).reshape({1, 1, 1, 3})));
}

TEST(MaxPool2d, nan_wins_and_the_first_of_equals_is_kept) {
  const auto [values, index] = raw::max_pool2d(tensor({{1.0, nan}, {nan, 5.0}}).reshape({1, 1, 2, 2}), {});
  EXPECT_TRUE(std::isnan(values.item<double>()));
  EXPECT_EQ(index.item<std::int64_t>(), 1);
  EXPECT_EQ(raw::max_pool2d(ones({1, 1, 2, 2}), {}).second.item<std::int64_t>(), 0);
  EXPECT_EQ(raw::max_pool2d(full({1, 1, 2, 2}, -infinity), {}).second.item<std::int64_t>(), 0);
}

TEST(MaxPool2d, refuses_what_does_not_fit) {
  EXPECT_THROW(raw::max_pool2d(zeros({2, 4, 4}), {}), ShapeError);
  EXPECT_THROW(raw::max_pool2d(zeros({1, 1, 1, 4}), {}), ShapeError);
  EXPECT_THROW(raw::max_pool2d(zeros({1, 1, 4, 4}), {.padding = {2, 0}}), ValueError);
  EXPECT_THROW(raw::max_pool2d(zeros({1, 1, 4, 4}, DType::int64), {}), DTypeError);
  const Tensor grad = zeros({1, 1, 2, 2});
  EXPECT_THROW(raw::max_pool2d_grad(grad, zeros({1, 1, 2, 1}, DType::int64), {1, 1, 4, 4}), ShapeError);
  EXPECT_THROW(raw::max_pool2d_grad(grad, full({1, 1, 2, 2}, 16, DType::int64), {1, 1, 4, 4}), IndexError);
}

// Windows of `kernel` pixels, the last one cut off: an oracle along one axis.
std::vector<std::pair<std::int64_t, std::int64_t>> ceil_windows(std::int64_t size, std::int64_t kernel,
                                                                std::int64_t stride, std::int64_t padding) {
  std::vector<std::pair<std::int64_t, std::int64_t>> windows;
  for (std::int64_t begin = -padding; begin < size && (windows.empty() || windows.back().second < size + padding);
       begin += stride)
    windows.emplace_back(begin, begin + kernel);
  return windows;
}

TEST(CeilMode, adds_the_window_that_the_end_cuts_off) {
  for (std::int64_t k = 0; k < 60; ++k) {
    const PoolCase c = pool_case(k);
    const PoolSpec& s = c.spec;
    const Tensor x = contiguous(c.x);
    const std::int64_t H = x.size(2), W = x.size(3);
    const auto rows = ceil_windows(H, s.kernel.h, c.stride.h, s.padding.h);
    const auto columns = ceil_windows(W, s.kernel.w, c.stride.w, s.padding.w);
    const Tensor most = nn::functional::max_pool2d(x, s, true);
    const Shape sizes{x.size(0), x.size(1), static_cast<std::int64_t>(rows.size()),
                      static_cast<std::int64_t>(columns.size())};
    ASSERT_EQ(most.sizes(), sizes) << k;
    for (const bool include : {true, false}) {
      const Tensor mean = nn::functional::avg_pool2d(x, s, include, true);
      ASSERT_EQ(mean.sizes(), sizes);
      for (std::int64_t i = 0; i < mean.numel(); ++i) {
        const auto [top, bottom] = rows[static_cast<std::size_t>(i / sizes[3] % sizes[2])];
        const auto [left, right] = columns[static_cast<std::size_t>(i % sizes[3])];
        const std::int64_t plane = i / (sizes[2] * sizes[3]);
        double total = 0, largest = -infinity, inside = 0;
        for (std::int64_t p = std::max<std::int64_t>(top, 0); p < std::min(bottom, H); ++p)
          for (std::int64_t q = std::max<std::int64_t>(left, 0); q < std::min(right, W); ++q, ++inside) {
            const double pixel = x.data<double>()[(plane * H + p) * W + q];
            total += pixel;
            largest = std::max(largest, pixel);
          }
        const auto padded =
            static_cast<double>((std::min(bottom, H + s.padding.h) - top) * (std::min(right, W + s.padding.w) - left));
        ASSERT_NEAR(mean.data<double>()[i], total / (include ? padded : inside), 1e-12) << k;
        ASSERT_EQ(most.data<double>()[i], largest) << k;
      }
    }
  }
}

TEST(CeilMode, passes_gradients_to_the_pixels_only) {
  const Tensor x = arange(5.0 * 5.0).reshape({1, 1, 5, 5}).to(DType::float64).set_requires_grad();
  nn::functional::max_pool2d(x, {{2, 2}}, true).sum().backward();
  EXPECT_EQ(x.grad().sum().item<double>(), 9.0);
  EXPECT_EQ(nn::MaxPool2d(PoolSpec{{2, 2}}, true)(x).sizes(), (Shape{1, 1, 3, 3}));
  EXPECT_EQ((*nn::AvgPool2d(PoolSpec{{2, 2}}, true, true).clone())(x).sizes(), (Shape{1, 1, 3, 3}));
}

TEST(OneImage, is_pooled_as_a_batch_of_one) {
  Generator g(5);
  const Tensor x = rand({2, 5, 4}, g), batch = unsqueeze(x, 0);
  const PoolSpec spec{{2, 2}};
  namespace F = nn::functional;
  EXPECT_TRUE(equal(F::max_pool2d(x, spec), squeeze(F::max_pool2d(batch, spec), 0)));
  EXPECT_TRUE(equal(F::avg_pool2d(x, spec), squeeze(F::avg_pool2d(batch, spec), 0)));
  EXPECT_TRUE(equal(F::adaptive_avg_pool2d(x, {2, 2}), squeeze(F::adaptive_avg_pool2d(batch, {2, 2}), 0)));
  const Tensor w = rand({3, 2, 2, 2}, g), b = rand({3}, g);
  EXPECT_TRUE(equal(F::conv2d(x, w, b), squeeze(F::conv2d(batch, w, b), 0)));
  const Tensor line = rand({2, 6}, g), taps = rand({3, 2, 2}, g);
  EXPECT_TRUE(equal(F::conv1d(line, taps), squeeze(F::conv1d(unsqueeze(line, 0), taps), 0)));
}

TEST(AdaptiveAvgPool2d, does_not_drift_with_the_size_of_the_image) {
  const Tensor y = nn::functional::adaptive_avg_pool2d(full({1, 1, 2000, 2000}, 0.1), {1, 1});
  EXPECT_NEAR(y.item<double>(), static_cast<double>(0.1F), 1e-7);
}

}  // namespace
}  // namespace tinytorch
