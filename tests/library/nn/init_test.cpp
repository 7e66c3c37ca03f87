// Initial weights: bounds, moments, orthogonality, and the order of the draws.

#include "tinytorch/nn/init.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

namespace init = nn::init;

double deviation(const Tensor& w) {
  const double average = mean(w).item<double>();
  return std::sqrt(mean((w - average) * (w - average)).item<double>());
}

double largest(const Tensor& w) { return max(reshape(abs(w), {-1}), 0).first.item<double>(); }

TEST(Init, draws_in_row_major_order_whatever_the_strides) {
  Generator g(1), same(1);
  const Tensor w = transpose(empty({3, 2}, DType::float64), 0, 1);
  init::uniform_(w, g, -1.0, 3.0);
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      EXPECT_EQ(w.data<double>()[i * w.stride(0) + j * w.stride(1)], -1.0 + 4.0 * same.uniform());
  init::normal_(w, g, 5.0, 2.0);
  EXPECT_EQ(w.data<double>()[0], 5.0 + 2.0 * same.normal());
}

TEST(Init, has_the_stated_deviations) {
  Generator g(2);
  const Tensor w = empty({200, 30, 2, 1}, DType::float64);  // fan_in 60, fan_out 400
  const auto expect = [&](double expected, double bound, const std::function<void()>& fill) {
    fill();
    EXPECT_NEAR(deviation(w), expected, 0.02 * expected);
    if (bound == 0.0) return;
    EXPECT_LE(largest(w), bound);
    EXPECT_GE(largest(w), 0.99 * bound);
  };
  const double xavier = 2.0 * std::sqrt(2.0 / 460.0);
  expect(xavier, xavier * std::sqrt(3.0), [&] { init::xavier_uniform_(w, g, 2.0); });
  expect(xavier, 0.0, [&] { init::xavier_normal_(w, g, 2.0); });
  expect(std::sqrt(2.0 / 60.0), std::sqrt(6.0 / 60.0), [&] { init::kaiming_uniform_(w, g); });
  expect(std::sqrt(2.0 / 400.0), 0.0,
         [&] { init::kaiming_normal_(w, g, 0.0, init::FanModeType::fan_out, init::NonlinearityType::relu); });
  expect(std::sqrt(2.0 / (1.0 + 5.0) / 60.0), 0.0, [&] { init::kaiming_normal_(w, g, std::sqrt(5.0)); });
  expect(0.5, 0.0, [&] { init::normal_(w, g, 3.0, 0.5); });
}

TEST(Init, truncates_the_normal_distribution) {
  Generator g(3);
  const Tensor w = empty({100, 200});
  init::trunc_normal_(w, g, 1.0, 2.0, 0.0, 2.0);
  EXPECT_GE(-max(reshape(-w, {-1}), 0).first.item<double>(), 0.0);
  EXPECT_LE(max(reshape(w, {-1}), 0).first.item<double>(), 2.0);
  EXPECT_NEAR(mean(w).item<double>(), 1.0, 0.02);
  EXPECT_THROW(init::trunc_normal_(w, g, 0.0, 1.0, 9.0, 10.0), ValueError);
  EXPECT_THROW(init::trunc_normal_(w, g, 0.0, 1.0, 1.0, 1.0), ValueError);
}

TEST(Init, makes_orthogonal_matrices) {
  Generator g(4);
  for (const Shape& shape : {Shape{5, 5}, Shape{3, 7}, Shape{7, 3}, Shape{4, 2, 3}, Shape{1, 1}}) {
    const Tensor w = testing::relaid(zeros(shape, DType::float64), g);
    init::orthogonal_(w, g, 2.0);
    const Tensor matrix = reshape(w, {shape[0], -1});
    const bool tall = matrix.size(0) > matrix.size(1);
    const Tensor product = tall ? matmul(matrix.t(), matrix) : matmul(matrix, matrix.t());
    const Tensor identity = zeros(product.sizes(), DType::float64);
    init::eye_(identity);
    EXPECT_TRUE(allclose(product, identity * 4.0, 1e-12)) << to_string(shape);
  }
  EXPECT_THROW(init::orthogonal_(zeros({3}), g), ShapeError);
}

TEST(Init, fills_with_constants_and_keeps_the_leaf) {
  const Tensor w = zeros({2, 3}).set_requires_grad();
  init::constant_(w, 2.5);
  EXPECT_EQ(w.sum().item<double>(), 15.0);
  init::eye_(w);
  EXPECT_TRUE(equal(w.detach(), tensor({{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}})));
  init::ones_(w);
  EXPECT_EQ(w.sum().item<double>(), 6.0);
  init::zeros_(w);
  EXPECT_TRUE(w.is_leaf() && w.requires_grad());
  EXPECT_EQ(init::calculate_gain(init::NonlinearityType::tanh), 5.0 / 3.0);
  EXPECT_EQ(init::calculate_gain(init::NonlinearityType::leaky_relu, 0.0), std::sqrt(2.0));
  EXPECT_THROW(init::eye_(zeros({3})), ShapeError);
  Generator g(5);
  EXPECT_THROW(init::xavier_normal_(zeros({3}), g), ShapeError);
}

}  // namespace
}  // namespace tinytorch
