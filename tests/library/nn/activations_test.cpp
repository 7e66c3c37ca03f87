// Activations and softmax, without gradients.

#include "tinytorch/core/activations.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::infinity;
using testing::integer;
using testing::relaid;

TEST(Activations, agree_with_the_formula_and_survive_large_inputs) {
  const Tensor x = tensor({-1000.0, -30.0, -1.5, -0.0, 0.0, 0.25, 2.0, 30.0, 1000.0}, DType::float64);
  const auto check = [&](Tensor (*op)(const Tensor&), double (*formula)(double)) {
    const Tensor y = op(x);
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      const double value = x.data<double>()[i];
      EXPECT_NEAR(y.data<double>()[i], formula(value), 1e-12 * std::max(1.0, std::abs(value))) << value;
      EXPECT_NEAR(static_cast<double>(op(to(x, DType::float32)).data<float>()[i]), formula(value),
                  1e-6 * std::max(1.0, std::abs(value)))
          << value;
    }
  };
  check(raw::relu, [](double v) { return v > 0 ? v : 0.0; });
  check(raw::sigmoid, [](double v) { return v < -700 ? 0.0 : 1.0 / (1.0 + std::exp(-v)); });
  check(raw::tanh, [](double v) { return std::tanh(v); });
  check(raw::gelu, [](double v) { return v * 0.5 * (1.0 + std::erf(v / std::sqrt(2.0))); });
  EXPECT_EQ(raw::relu(scalar(infinity)).item<double>(), infinity);
  EXPECT_EQ(raw::sigmoid(scalar(-infinity)).item<double>(), 0.0);
  for (Tensor (*op)(const Tensor&) : {raw::relu, raw::sigmoid, raw::tanh, raw::gelu}) {
    EXPECT_TRUE(std::isnan(op(scalar(std::nan(""))).item<double>()));
    EXPECT_THROW(op(zeros({2}, DType::int64)), DTypeError);
  }
}

TEST(Activations, hold_in_every_layout_and_length) {
  for (std::uint64_t k = 0; k < 60; ++k) {
    Generator g(mix_seed(6, k));
    Shape shape = testing::random_shape(g, 0, 3, 0, 1 + static_cast<std::int64_t>(k) / 10);
    const Tensor x = relaid(randn(shape, g), g);
    const Tensor dense = to(contiguous(x), DType::float64);
    for (Tensor (*op)(const Tensor&) : {raw::relu, raw::sigmoid, raw::tanh, raw::gelu})
      ASSERT_TRUE(allclose(to(op(x), DType::float64), op(dense), 2e-6, 2e-7)) << to_string(shape) << " case " << k;
  }
}

// A run repeats bit by bit only if it does not matter where the memory of a result lies.
TEST(Softmax, gives_a_line_the_same_bits_whatever_stands_beside_it) {
  for (std::uint64_t k = 0; k < 200; ++k) {
    Generator g(mix_seed(22, k));
    const std::int64_t lines = integer(g, 1, 40), count = integer(g, 1, 70);
    const Tensor x = randn({lines, count}, g);
    for (Tensor (*op)(const Tensor&, std::int64_t) : {raw::softmax, raw::log_softmax}) {
      const Tensor together = op(x, 1);
      const std::int64_t line = integer(g, 0, lines - 1);
      ASSERT_TRUE(equal(op(x.slice(0, line, line + 1), 1), together.slice(0, line, line + 1)))
          << lines << " lines of " << count << ", line " << line;
      ASSERT_TRUE(equal(op(x, 1), together)) << lines << " lines of " << count;
    }
  }
}

TEST(Softmax, agrees_with_the_formula_along_every_dimension) {
  for (std::uint64_t k = 0; k < 80; ++k) {
    Generator g(mix_seed(21, k));
    const Shape shape = testing::random_shape(g, 1, 4, 1, 2 + static_cast<std::int64_t>(k) / 20);
    const Tensor x = testing::random_double(shape, g);
    const std::int64_t dim = integer(g, -shape.size(), shape.size() - 1);
    const Tensor e = exp(x);
    const Tensor expected = e / sum(e, Shape{dim}, true);
    ASSERT_TRUE(allclose(raw::softmax(x, dim), expected, 1e-12, 1e-14)) << to_string(shape) << " dim " << dim;
    ASSERT_TRUE(allclose(raw::log_softmax(x, dim), log(expected), 1e-12, 1e-12)) << to_string(shape) << " dim " << dim;
    const Tensor narrow = to(x, DType::float32);
    ASSERT_TRUE(allclose(to(raw::softmax(narrow, dim), DType::float64), expected, 1e-5, 1e-6)) << to_string(shape);
  }
}

TEST(Softmax, far_apart_rows_of_one_tensor_stay_right) {
  const Tensor x = tensor({{1e4, 1e4 - 1.0}, {-1e4, -1e4 - 1.0}}, DType::float32);
  const double p = 1.0 / (1.0 + std::exp(-1.0));
  const Tensor expected = tensor({{p, 1.0 - p}, {p, 1.0 - p}}, DType::float32);
  EXPECT_TRUE(allclose(raw::softmax(x, 1), expected, 1e-4, 1e-4));
  EXPECT_TRUE(allclose(raw::log_softmax(x, 1), log(expected), 1e-4, 1e-3));
  EXPECT_NEAR(raw::log_softmax(tensor({0.0, 200.0}), 0).data<float>()[0], -200.0F, 1e-4F);
}

TEST(Softmax, minus_infinity_has_probability_zero) {
  const Tensor x = tensor({-infinity, 0.0, 0.0}, DType::float64);
  EXPECT_TRUE(equal(raw::softmax(x, 0), tensor({0.0, 0.5, 0.5}, DType::float64)));
  EXPECT_EQ(raw::log_softmax(x, 0).data<double>()[0], -infinity);
}

TEST(Softmax, refuses_what_does_not_fit) {
  EXPECT_THROW(raw::softmax(zeros({2, 3}), 2), IndexError);
  EXPECT_THROW(raw::log_softmax(zeros({2, 3}), -3), IndexError);
  EXPECT_THROW(raw::softmax(zeros({2, 3}, DType::int64), 1), DTypeError);
  EXPECT_EQ(raw::softmax(zeros({0, 3}), 1).sizes(), (Shape{0, 3}));
}

}  // namespace
}  // namespace tinytorch
