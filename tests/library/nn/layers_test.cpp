// Grouped and one-dimensional convolutions, average pooling and the activations, by loops over their formulas.

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/pool.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

namespace F = nn::functional;
using testing::infinity;
using testing::integer;
using testing::nan;
using testing::random_double;

// Seven loops; x, w and b are dense.
Tensor grouped(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& s, std::int64_t groups) {
  const std::int64_t in = w.size(1), out = w.size(0) / groups, H = x.size(2), W = x.size(3);
  const std::int64_t Ho = nn::conv_output_size(H, w.size(2), s.stride.h, s.padding.h, s.dilation.h);
  const std::int64_t Wo = nn::conv_output_size(W, w.size(3), s.stride.w, s.padding.w, s.dilation.w);
  Tensor y = empty({x.size(0), w.size(0), Ho, Wo}, DType::float64);
  double* to = y.data<double>();
  for (std::int64_t n = 0; n < x.size(0); ++n)
    for (std::int64_t o = 0; o < w.size(0); ++o)
      for (std::int64_t i = 0; i < Ho; ++i)
        for (std::int64_t j = 0; j < Wo; ++j, ++to) {
          *to = b.data<double>()[o];
          for (std::int64_t c = 0; c < in; ++c)
            for (std::int64_t p = 0; p < w.size(2); ++p)
              for (std::int64_t q = 0; q < w.size(3); ++q) {
                const std::int64_t row = i * s.stride.h - s.padding.h + p * s.dilation.h;
                const std::int64_t column = j * s.stride.w - s.padding.w + q * s.dilation.w;
                if (row < 0 || row >= H || column < 0 || column >= W) continue;
                const std::int64_t channel = o / out * in + c;
                *to += w.data<double>()[((o * in + c) * w.size(2) + p) * w.size(3) + q] *
                       x.data<double>()[((n * x.size(1) + channel) * H + row) * W + column];
              }
        }
  return y;
}

// Bugs of other libraries: results in the order (N, Ho, Wo, O), which are right for one kernel only; groups ignored.
TEST(GroupedConvolution, is_its_formula) {
  for (int k = 0; k < 30; ++k) {
    Generator g(mix_seed(71, static_cast<std::uint64_t>(k)));
    const std::int64_t groups = integer(g, 1, 3), in = integer(g, 1, 2), out = integer(g, 1, 2);
    const ConvSpec s{{integer(g, 1, 2), integer(g, 1, 2)},
                     {integer(g, 0, 2), integer(g, 0, 2)},
                     {integer(g, 1, 2), integer(g, 1, 2)}};
    const Tensor x = random_double({integer(g, 1, 2), groups * in, integer(g, 5, 7), integer(g, 5, 6)}, g);
    const Tensor w = random_double({groups * out, in, integer(g, 1, 3), integer(g, 1, 2)}, g);
    const Tensor b = random_double({groups * out}, g);
    const Tensor expected = grouped(contiguous(x), contiguous(w), contiguous(b), s, groups);
    ASSERT_TRUE(allclose(F::conv2d(x, w, b, s, groups), expected, 1e-10)) << k;
    ASSERT_TRUE(allclose(nn::Conv2d(w, b, s, groups)(x), expected, 1e-10)) << k;
  }
}

TEST(Conv1d, is_a_convolution_of_height_1) {
  Generator g(72);
  nn::Conv1d layer(4, 6, 3, g, {.stride = 2, .padding = 1, .dilation = 2, .groups = 2});
  EXPECT_EQ(layer.weight.sizes(), (Shape{6, 2, 3}));
  const Tensor x = randn({2, 4, 9}, g);
  const Tensor expected =
      grouped(x.to(DType::float64).unsqueeze(2), layer.weight.detach().to(DType::float64).unsqueeze(2),
              layer.bias.detach().to(DType::float64), {{1, 2}, {0, 1}, {1, 2}}, 2);
  EXPECT_TRUE(allclose(layer(x).detach().to(DType::float64), squeeze(expected, 2), 1e-5));
  EXPECT_EQ(layer(zeros({0, 4, 9})).sizes(), (Shape{0, 6, 4}));
  EXPECT_FALSE(nn::Conv1d(1, 1, 1, g, {.bias = false}).bias.defined());
  EXPECT_TRUE(equal((*layer.clone())(x).detach(), layer(x).detach()));
}

TEST(Convolution, says_what_does_not_fit) {
  Generator g(73);
  EXPECT_THROW(nn::Conv2d(4, 6, 3, g, {}, true, 4), ValueError);
  EXPECT_THROW(nn::Conv1d(3, 4, 3, g, {.groups = 2}), ValueError);
  EXPECT_THROW(F::conv2d(zeros({1, 4, 3, 3}), zeros({2, 4, 1, 1}), Tensor(), {}, 2), ShapeError);
  EXPECT_THROW(F::conv1d(zeros({3}), zeros({2, 4, 1})), ShapeError);
  EXPECT_THROW(F::conv2d(zeros({1, 4, 3, 3}), zeros({2, 4, 1, 1}), Tensor(), {}, 0), ValueError);
}

TEST(AvgPool2d, is_the_mean_of_each_window) {
  for (int k = 0; k < 30; ++k) {
    Generator g(mix_seed(74, static_cast<std::uint64_t>(k)));
    PoolSpec s{{integer(g, 1, 3), integer(g, 1, 3)}, {integer(g, 0, 2), integer(g, 0, 2)}};
    s.padding = {integer(g, 0, s.kernel.h / 2), integer(g, 0, s.kernel.w / 2)};
    const Tensor x = random_double({2, 2, integer(g, 3, 6), integer(g, 3, 5)}, g), dense = contiguous(x);
    const std::int64_t H = x.size(2), W = x.size(3);
    const std::int64_t down = s.stride.h == 0 ? s.kernel.h : s.stride.h;
    const std::int64_t right = s.stride.w == 0 ? s.kernel.w : s.stride.w;
    for (const bool include : {true, false}) {
      const Tensor y = F::avg_pool2d(x, s, include);
      ASSERT_EQ(y.size(2), (H + 2 * s.padding.h - s.kernel.h) / down + 1);
      for (std::int64_t i = 0; i < y.numel(); ++i) {
        const std::int64_t plane = i / (y.size(2) * y.size(3));
        const std::int64_t row = i / y.size(3) % y.size(2) * down - s.padding.h;
        const std::int64_t column = i % y.size(3) * right - s.padding.w;
        double total = 0.0, inside = 0.0;
        for (std::int64_t p = row; p < row + s.kernel.h; ++p)
          for (std::int64_t q = column; q < column + s.kernel.w; ++q) {
            if (p < 0 || p >= H || q < 0 || q >= W) continue;
            total += dense.data<double>()[(plane * H + p) * W + q];
            inside += 1.0;
          }
        const double count = include ? static_cast<double>(s.kernel.h * s.kernel.w) : inside;
        ASSERT_NEAR(y.data<double>()[i], total / count, 1e-12) << k;
      }
    }
  }
  EXPECT_THROW(F::avg_pool2d(zeros({1, 1, 3, 3}), {{2, 2}, {1, 1}, {2, 0}}), ValueError);
  EXPECT_THROW(nn::AvgPool2d(4)(zeros({1, 1, 3, 3})), ShapeError);
  EXPECT_THROW(nn::AvgPool2d(2)(zeros({3, 3})), ShapeError);
  EXPECT_EQ(nn::AvgPool2d(2)(zeros({0, 1, 4, 4})).sizes(), (Shape{0, 1, 2, 2}));
}

TEST(AdaptiveAvgPool2d, covers_the_image_evenly) {
  const Tensor x = reshape(arange(20, DType::float64), {1, 1, 4, 5});
  EXPECT_EQ(F::adaptive_avg_pool2d(x, {1, 1}).item<double>(), 9.5);
  EXPECT_TRUE(equal(F::adaptive_avg_pool2d(x, {4, 5}), x));
  // Rows 0..1 and 2..3; columns 0..1, 1..3, 3..4.
  const Tensor expected = reshape(tensor({3.0, 4.5, 6.0, 13.0, 14.5, 16.0}, DType::float64), {1, 1, 2, 3});
  EXPECT_TRUE(allclose(nn::AdaptiveAvgPool2d(Pair{2, 3})(x), expected, 1e-12));
  EXPECT_EQ(nn::AdaptiveAvgPool2d(6)(x).sizes(), (Shape{1, 1, 6, 6}));
  EXPECT_THROW(F::adaptive_avg_pool2d(x, {0, 1}), ShapeError);
}

TEST(Activations, are_their_formulas_and_finite_far_out) {
  const Tensor x = tensor({-1000.0, -3.0, -1e-9, 0.0, 1e-9, 2.0, 30.0, 1000.0}, DType::float64);
  const auto expect = [&](const Tensor& y, double (*f)(double)) {
    for (std::int64_t i = 0; i < x.numel(); ++i)
      EXPECT_NEAR(y.data<double>()[i], f(x.data<double>()[i]), 1e-12 * std::abs(f(x.data<double>()[i])) + 1e-300) << i;
  };
  expect(nn::LeakyReLU(0.1)(x), [](double v) { return v > 0 ? v : 0.1 * v; });
  expect(nn::ELU(2.0)(x), [](double v) { return v > 0 ? v : 2.0 * std::expm1(v); });
  expect(nn::SiLU()(x), [](double v) { return v / (1.0 + std::exp(-v)); });
  expect(nn::Softplus()(x), [](double v) { return v > 20.0 ? v : std::log1p(std::exp(v)); });
  expect(nn::Softplus(2.0)(x), [](double v) { return v > 10.0 ? v : std::log1p(std::exp(2.0 * v)) / 2.0; });
  expect(F::logsigmoid(x), [](double v) { return v < 0 ? v - std::log1p(std::exp(v)) : -std::log1p(std::exp(-v)); });
  expect(nn::GELU(nn::GeluApproximation::tanh)(x),
         [](double v) { return 0.5 * v * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (v + 0.044715 * v * v * v))); });
  EXPECT_TRUE(allclose(nn::GELU()(x), nn::GELU(nn::GeluApproximation::tanh)(x), 0.0, 5e-4));
}

// A bug of other libraries: the derivative at a kink. It must be libtorch's.
TEST(Activations, have_libtorchs_slope_at_zero) {
  const auto slope = [](auto f) {
    const Tensor x = zeros({1}, DType::float64).set_requires_grad();
    f(x).sum().backward();
    return x.grad().template item<double>();
  };
  EXPECT_EQ(slope([](const Tensor& x) { return relu(x); }), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return F::leaky_relu(x, 0.1); }), 0.1);
  EXPECT_EQ(slope([](const Tensor& x) { return F::elu(x, 3.0); }), 3.0);
  EXPECT_EQ(slope([](const Tensor& x) { return F::softplus(x); }), 0.5);
  EXPECT_EQ(slope([](const Tensor& x) { return F::silu(x); }), 0.5);
  EXPECT_EQ(slope([](const Tensor& x) { return F::gelu(x); }), 0.5);
}

TEST(Activations, far_out_have_finite_gradients) {
  const Tensor x = tensor({-1000.0, 1000.0}).set_requires_grad();
  (F::elu(x) + F::softplus(x) + F::silu(x) + F::gelu(x, nn::GeluApproximation::tanh) + F::logsigmoid(x))
      .sum()
      .backward();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(std::isfinite(x.grad().data<float>()[i]));
}

TEST(Flatten, takes_the_dimensions_between) {
  EXPECT_EQ(nn::Flatten(0)(zeros({2, 3, 4})).sizes(), (Shape{24}));
  EXPECT_EQ(nn::Flatten(1, 2)(zeros({2, 3, 4, 5})).sizes(), (Shape{2, 12, 5}));
  EXPECT_THROW(nn::Flatten(2, 1)(zeros({2, 3, 4})), ShapeError);
  EXPECT_THROW(nn::Flatten(1, 5)(zeros({2, 3})), IndexError);
  const Tensor x = zeros({2});
  EXPECT_TRUE(nn::Identity()(x).is_same(x));
  EXPECT_TRUE(allclose(exp(nn::LogSoftmax(-1)(ones({2, 4}))), nn::Softmax(-1)(ones({2, 4}))));
}

TEST(Dropout, without_a_seed_drops_other_elements_than_its_neighbour) {
  const Tensor x = ones({256});
  const auto two_masks = [&] {
    manual_seed(5);
    nn::Dropout first(0.5), second(0.5);
    return std::pair(first(x), second(x));
  };
  const auto [a, b] = two_masks();
  EXPECT_FALSE(equal(a, b));
  EXPECT_TRUE(equal(a, two_masks().first)) << "manual_seed begins the masks anew";
}

TEST(Gates, are_closed_at_minus_infinity_and_open_at_infinity) {
  const std::vector<std::pair<const char*, std::function<Tensor(const Tensor&)>>> gates{
      {"mish", F::mish},
      {"hardswish", F::hardswish},
      {"silu", F::silu},
      {"gelu", [](const Tensor& x) { return F::gelu(x); }},
      {"gelu tanh", [](const Tensor& x) { return F::gelu(x, nn::GeluApproximation::tanh); }}};
  for (const auto& [name, gate] : gates) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      Tensor x = tensor({-infinity, infinity, nan}, dtype).set_requires_grad();
      const Tensor y = gate(x);
      EXPECT_EQ(y.select(0, 0).item<double>(), 0.0) << name;
      EXPECT_EQ(y.select(0, 1).item<double>(), infinity) << name;
      EXPECT_TRUE(std::isnan(y.select(0, 2).item<double>())) << name;
      y.slice(0, 0, 2).sum().backward();
      EXPECT_EQ(x.grad().select(0, 0).item<double>(), 0.0) << name;
      const bool open_end = std::string(name) != "mish";  // whose slope at inf is not told from NaN
      EXPECT_TRUE(!open_end || x.grad().select(0, 1).item<double>() == 1.0) << name;
    }
  }
}

TEST(ActivationOptions, are_checked_when_the_layer_is_made_and_when_the_function_is_called) {
  EXPECT_THROW(nn::LeakyReLU{nan}, ValueError);
  EXPECT_THROW(nn::ELU{nan}, ValueError);
  EXPECT_THROW(nn::CELU(0.0), ValueError);
  EXPECT_THROW(nn::Softplus(0.0), ValueError);
  EXPECT_THROW(nn::Hardtanh(1.0, -1.0), ValueError);
  EXPECT_THROW(nn::Hardtanh(nan, 1.0), ValueError);
  EXPECT_THROW(F::leaky_relu(ones({1}), nan), ValueError);
  EXPECT_THROW(F::celu(ones({1}), -1.0), ValueError);
  EXPECT_THROW(F::softplus(ones({1}), -1.0), ValueError);
  EXPECT_THROW(F::hardtanh(ones({1}), 2.0, 2.0), ValueError);
}

}  // namespace
}  // namespace tinytorch
