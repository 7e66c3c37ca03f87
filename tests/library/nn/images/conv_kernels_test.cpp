// The library's convolution against loops over the formula, for each instruction set.

#include "src/nn/conv/conv_kernels.hpp"

#include "tests/library/core/each_instruction_set.hpp"
#include "tests/library/nn/images/conv_case.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/nn/conv.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using namespace testing;  // NOLINT: cases and their oracles

/// Wide enough for whole vectors and their rests, more kernels and taps than a tile has.
ConvCase wide_case(std::int64_t k) {
  Generator g(mix_seed(11, static_cast<std::uint64_t>(k)));
  const std::int64_t stride = k % 3 == 0 ? 3 : 1;
  return random_conv(g, {3, 5, 13, 5, stride, 3, 2, {5, 36}}, DType::float32, k % 2 == 0);
}

TEST(ConvKernels, agree_with_seven_loops) {
  constexpr std::int64_t cases = 100;
  std::int64_t given = 0, asked = 0;
  for (std::int64_t k = 0; k < cases; ++k) {
    const ConvCase c = wide_case(k);
    const Tensor y = oracle_forward(c), x_grad = oracle_grad_input(c), w_grad = oracle_grad_weight(c);
    const auto same = [&](const Tensor& got, const Tensor& expected, const char* what) {
      ++asked;
      if (!got.defined()) return;
      ++given;
      EXPECT_TRUE(equal(got, expected)) << what << ", " << describe(c, k);
    };
    on_each_instruction_set([&] {
      same(conv_kernels::forward(c.x, c.w, c.b, c.spec), y, "forward");
      same(conv_kernels::grad_input(c.grad, c.w, c.x.sizes(), c.spec), x_grad, "gradient of x");
      same(conv_kernels::grad_weight(c.grad, c.x, c.w.sizes(), c.spec), w_grad, "gradient of w");
    });
  }
  EXPECT_GE(3 * given, 2 * asked);  // the gradient of x needs a stride of 1
}

TEST(ConvKernels, are_what_conv2d_calls) {
  const ConvCase c = wide_case(1);
  ASSERT_TRUE(conv_kernels::forward(c.x, c.w, c.b, c.spec).defined());
  EXPECT_TRUE(equal(detail::conv2d_forward(c.x, c.w, c.b, c.spec), oracle_forward(c)));
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  const Tensor x = randn({1, 16, 40, 40}, default_generator()), w = randn({4, 16, 5, 5}, default_generator());
  detail::conv2d_forward(x, w, Tensor(), {});
  EXPECT_LT(memory::stats().peak - before, nn::im2col_bytes(x.sizes(), w.sizes(), {})) << "no columns";
}

// Infinity times the zeros around an image or behind a row is NaN, and in no sum of the formula.
TEST(ConvKernels, add_no_product_of_infinity_that_the_formula_lacks) {
  on_each_instruction_set([] {
    for (std::int64_t k = 0; k < 60; ++k) {
      ConvCase c = wide_case(k);
      Generator g(mix_seed(12, static_cast<std::uint64_t>(k)));
      const auto put_infinity = [&](Tensor& t) {
        t = t.contiguous().clone();
        t.data<float>()[integer(g, 0, t.numel() - 1)] = std::numeric_limits<float>::infinity();
      };
      const Tensor plain_w = c.w;
      put_infinity(c.x);
      EXPECT_TRUE(allclose(detail::conv2d_grad_weight(c.grad, c.x, c.w.sizes(), c.spec),
                           raw::conv2d_grad_weight(c.grad, c.x, c.w.sizes(), c.spec), 0, 0, true))
          << describe(c, k);
      put_infinity(c.w);
      EXPECT_TRUE(allclose(detail::conv2d_grad_input(c.grad, c.w, c.x.sizes(), c.spec),
                           raw::conv2d_grad_input(c.grad, c.w, c.x.sizes(), c.spec), 0, 0, true))
          << describe(c, k);
    }
  });
}

// Added one after the other in float32, 640,000 numbers would lose their last ten bits. 256 numbers lose at most 128
// eps.
TEST(ConvKernels, the_gradient_of_a_tap_is_exact_over_a_large_image) {
  on_each_instruction_set([] {
    const std::int64_t side = 800;
    const Tensor x = full({1, 1, side, side}, 1.1), grad = full({1, 1, side, side}, 1.0);
    const Tensor w_grad = conv_kernels::grad_weight(grad, x, {1, 1, 1, 1}, {});
    ASSERT_TRUE(w_grad.defined());
    const double exact = static_cast<double>(1.1F) * static_cast<double>(side * side);
    EXPECT_NEAR(w_grad.item<float>(), exact, 128 * std::numeric_limits<float>::epsilon() * exact);
  });
}

TEST(ConvKernels, leave_to_lab_03_what_they_are_not_made_for) {
  const Tensor x = ones({1, 2, 8, 8}), w = ones({3, 2, 3, 3}), grad = ones({1, 3, 6, 6});
  ASSERT_TRUE(conv_kernels::forward(x, w, Tensor(), {}).defined());
  EXPECT_FALSE(conv_kernels::forward(to(x, DType::float64), to(w, DType::float64), Tensor(), {}).defined());
  EXPECT_FALSE(conv_kernels::forward(x, ones({3, 2, 1, 1}), Tensor(), {}).defined()) << "its columns are the image";
  EXPECT_FALSE(conv_kernels::forward(x, ones({3, 1, 3, 3}), Tensor(), {}).defined());
  EXPECT_FALSE(conv_kernels::forward(x, w, ones({2}), {}).defined());
  EXPECT_FALSE(conv_kernels::forward(ones({0, 2, 8, 8}), w, Tensor(), {}).defined());
  EXPECT_FALSE(conv_kernels::grad_input(grad, w, x.sizes(), {.stride = {2, 2}}).defined());
  EXPECT_FALSE(conv_kernels::grad_input(ones({1, 3, 5, 6}), w, x.sizes(), {}).defined());
  EXPECT_FALSE(conv_kernels::grad_weight(ones({1, 3, 5, 6}), x, w.sizes(), {}).defined());
  EXPECT_FALSE(conv_kernels::forward(ones({1, 512, 8, 8}), ones({1, 512, 3, 3}), Tensor(), {}).defined())
      << "a sum of 4608 float32 products drifts";
}

}  // namespace
}  // namespace tinytorch
