// Linear layers and initial weights.

#include "tinytorch/nn/linear.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/loop_orders.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::integer;
using testing::whole_numbers;

Tensor oracle(const Tensor& x, const Tensor& w, const Tensor& b) {
  const Tensor rows = to(contiguous(x), DType::float64), weight = to(contiguous(w), DType::float64);
  Shape sizes = x.sizes();
  sizes.back() = w.size(0);
  const Tensor y = empty(sizes, DType::float64);
  const std::int64_t in = w.size(1), out = w.size(0);
  for (std::int64_t at = 0; at < y.numel(); ++at) {
    const std::int64_t row = at / out, o = at % out;
    double total = b.defined() ? to(select(b, 0, o), DType::float64).item<double>() : 0.0;
    for (std::int64_t i = 0; i < in; ++i)
      total += rows.data<double>()[row * in + i] * weight.data<double>()[o * in + i];
    y.data<double>()[at] = total;
  }
  return to(y, x.dtype());
}

TEST(Linear, agrees_with_the_formula_in_any_shape_and_layout) {
  for (std::uint64_t k = 0; k < 120; ++k) {
    Generator g(mix_seed(3, k));
    const DType dtype = k % 2 == 0 ? DType::float32 : DType::float64;
    const std::int64_t high = 1 + static_cast<std::int64_t>(k) / 12, in = integer(g, 1, high),
                       out = integer(g, 1, high);
    Shape sizes;
    for (std::int64_t rank = integer(g, 0, 3); rank > 0; --rank) sizes.push_back(integer(g, 0, high));
    sizes.push_back(in);
    const Tensor x = whole_numbers(sizes, g, dtype), w = whole_numbers({out, in}, g, dtype);
    const Tensor b = k % 3 == 0 ? Tensor() : whole_numbers({out}, g, dtype);
    ASSERT_TRUE(equal(raw::linear(x, w, b), oracle(x, w, b)))
        << "x " << to_string(sizes) << " w " << to_string(w.sizes()) << " case " << k;
  }
}

TEST(Linear, every_order_of_the_loops_gives_the_same_values) {
  for (std::uint64_t k = 0; k < 40; ++k) {
    Generator g(mix_seed(4, k));
    const std::int64_t rows = integer(g, 1, 6), in = integer(g, 1, 9), out = integer(g, 1, 9);
    const Tensor x = whole_numbers({rows, in}, g, DType::float32), w = whole_numbers({out, in}, g, DType::float32);
    for (const LoopOrder order : {LoopOrder::dot, LoopOrder::strided, LoopOrder::packed}) {
      Tensor y = full({rows, out}, -77.0);
      raw::linear_into(y, x, w, order);
      ASSERT_TRUE(equal(y, oracle(x, w, Tensor()))) << "case " << k << " order " << static_cast<int>(order);
    }
  }
}

TEST(Linear, backward_agrees_with_the_products_of_matrices) {
  for (std::uint64_t k = 0; k < 40; ++k) {
    Generator g(mix_seed(5, k));
    const std::int64_t rows = integer(g, 1, 6), in = integer(g, 1, 5), out = integer(g, 1, 4);
    const Tensor x = whole_numbers({2, rows, in}, g, DType::float64).set_requires_grad();
    const Tensor w = whole_numbers({out, in}, g, DType::float64).set_requires_grad();
    const Tensor b = whole_numbers({out}, g, DType::float64).set_requires_grad();
    const Tensor grad = whole_numbers({2, rows, out}, g, DType::float64);
    nn::functional::linear(x, w, b).backward(grad);
    const Tensor flat = reshape(grad, {2 * rows, out});
    ASSERT_TRUE(equal(x.grad(), reshape(matmul(flat, w.detach()), x.sizes()))) << k;
    ASSERT_TRUE(equal(w.grad(), matmul(flat.t(), reshape(x.detach(), {2 * rows, in})))) << k;
    ASSERT_TRUE(equal(b.grad(), sum(flat, Shape{0}))) << k;
  }
}

TEST(Linear, refuses_what_does_not_fit) {
  const Tensor x = zeros({2, 3}), w = zeros({4, 3});
  EXPECT_THROW(raw::linear(x, zeros({4, 2}), Tensor()), ShapeError);
  EXPECT_THROW(raw::linear(x, zeros({3}), Tensor()), ShapeError);
  EXPECT_THROW(raw::linear(scalar(1.0), w, Tensor()), ShapeError);
  EXPECT_THROW(raw::linear(x, w, zeros({3})), ShapeError);
  EXPECT_THROW(raw::linear(x, to(w, DType::float64), Tensor()), DTypeError);
  EXPECT_THROW(raw::linear(to(x, DType::int64), to(w, DType::int64), Tensor()), DTypeError);
  Tensor y = zeros({2, 3});
  EXPECT_THROW(raw::linear_into(y, x, w, LoopOrder::dot), ShapeError);
}

TEST(Init, fan_counts_the_kernel_in) {
  EXPECT_EQ(nn::fan_in_out({8, 3}), (nn::Fan{3, 8}));
  EXPECT_EQ(nn::fan_in_out({8, 3, 5, 2}), (nn::Fan{30, 80}));
  EXPECT_THROW(nn::fan_in_out({8}), ShapeError);
}

TEST(Init, draws_once_per_element_in_row_major_order) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    Tensor plain = zeros({4, 3, 2}, dtype), turned = zeros({2, 3, 4}, dtype).transpose(0, 2);
    Generator a(9), b(9), c(9);
    nn::kaiming_uniform_(plain, 2.0, a);
    nn::kaiming_uniform_(turned, 2.0, b);
    EXPECT_TRUE(equal(plain, turned));
    const double bound = 2.0 * std::sqrt(3.0 / 6.0);
    for (std::int64_t i = 0; i < plain.numel(); ++i) {
      const double expected = bound * (2.0 * c.uniform() - 1.0);
      const double value = to(plain, DType::float64).data<double>()[i];
      ASSERT_NEAR(value, expected, dtype == DType::float32 ? 1e-7 : 0.0);
    }
    EXPECT_EQ(a.next(), c.next());  // not one draw more
  }
}

TEST(Init, variance_is_what_the_source_says) {
  Generator g(5);
  Tensor w = empty({300, 200}, DType::float64);
  nn::kaiming_uniform_(w, std::sqrt(2.0), g);
  EXPECT_NEAR(mean(w * w).item<double>(), 2.0 / 200.0, 2e-4);
  nn::xavier_uniform_(w, 1.0, g);
  EXPECT_NEAR(mean(w * w).item<double>(), 2.0 / 500.0, 1e-4);
}

}  // namespace
}  // namespace tinytorch
