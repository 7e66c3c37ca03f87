// Convolution and pooling against loops over the formula, forward and backward, in every small shape.

#include "tinytorch/nn/conv.hpp"

#include "tests/library/nn/images/conv_case.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/memory.hpp"
#include "tinytorch/nn/conv_transpose.hpp"
#include "tinytorch/nn/functional.hpp"

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using namespace testing;  // NOLINT: cases and their oracles

constexpr std::int64_t cases = 240;

TEST(Conv2d, both_algorithms_agree_with_seven_loops) {
  for (std::int64_t k = 0; k < cases; ++k) {
    const ConvCase c = conv_case(k, k % 2 == 0 ? DType::float32 : DType::float64);
    const Tensor expected = oracle_forward(c);
    ASSERT_TRUE(equal(raw::conv2d_direct(c.x, c.w, c.b, c.spec), expected)) << "direct, " << describe(c, k);
    ASSERT_TRUE(equal(raw::conv2d_gemm(c.x, c.w, c.b, c.spec), expected)) << "gemm, " << describe(c, k);
  }
}

TEST(Conv2d, gradients_agree_with_seven_loops) {
  for (std::int64_t k = 0; k < cases; ++k) {
    const ConvCase c = conv_case(k, k % 2 == 0 ? DType::float32 : DType::float64);
    ASSERT_TRUE(equal(raw::conv2d_grad_input(c.grad, c.w, c.x.sizes(), c.spec), oracle_grad_input(c)))
        << describe(c, k);
    ASSERT_TRUE(equal(raw::conv2d_grad_weight(c.grad, c.x, c.w.sizes(), c.spec), oracle_grad_weight(c)))
        << describe(c, k);
  }
}

TEST(Conv2d, backward_through_the_graph_agrees_with_seven_loops) {
  for (std::int64_t k = 0; k < cases; k += 3) {
    const ConvCase c = conv_case(k + 1, DType::float64);
    const Tensor x = c.x.detach().set_requires_grad(), w = c.w.detach().set_requires_grad();
    const Tensor b = c.b.defined() ? c.b.detach().set_requires_grad() : Tensor();
    nn::functional::conv2d(x, w, b, c.spec).backward(c.grad);
    ASSERT_TRUE(equal(x.grad(), oracle_grad_input(c))) << describe(c, k);
    ASSERT_TRUE(equal(w.grad(), oracle_grad_weight(c))) << describe(c, k);
    if (b.defined()) {
      ASSERT_TRUE(equal(b.grad(), sum(c.grad, Shape{0, 2, 3}))) << describe(c, k);
    }
  }
}

// <conv(x), g> = <x, grad_input(g)> = <w, grad_weight(g)>: needs no finite differences and no oracle.
TEST(Conv2d, gradients_are_adjoint_to_the_forward_map) {
  for (std::int64_t k = 0; k < cases; ++k) {
    const ConvCase c = conv_case(k, DType::float64);
    const double forward = sum(raw::conv2d_gemm(c.x, c.w, Tensor(), c.spec) * c.grad).item<double>();
    const Tensor by_x = raw::conv2d_grad_input(c.grad, c.w, c.x.sizes(), c.spec);
    const Tensor by_w = raw::conv2d_grad_weight(c.grad, c.x, c.w.sizes(), c.spec);
    ASSERT_EQ(sum(by_x * c.x).item<double>(), forward) << describe(c, k);
    ASSERT_EQ(sum(by_w * c.w).item<double>(), forward) << describe(c, k);
  }
}

TEST(Im2col, col2im_is_its_transpose_and_adds_to_what_is_there) {
  for (std::int64_t k = 0; k < cases; ++k) {
    const ConvCase c = conv_case(k, DType::float64);
    Generator g(static_cast<std::uint64_t>(k));
    const Pair kernel{c.w.size(2), c.w.size(3)};
    const Tensor image = select(c.x, 0, 0);
    Tensor columns = full({c.x.size(1) * kernel.h * kernel.w, c.y[2] * c.y[3]}, -99.0, DType::float64);
    raw::im2col(image, kernel, c.spec, columns);
    const Tensor grad = whole_numbers(columns.sizes(), g, DType::float64);
    Tensor back = ones(image.sizes(), DType::float64);
    raw::col2im(grad, kernel, c.spec, back);
    ASSERT_EQ(sum(columns * grad).item<double>(), sum((back + -1.0) * image).item<double>()) << describe(c, k);
  }
}

TEST(Conv2d, a_layer_that_needs_no_input_gradient_gets_none) {
  Generator g(1);
  const Tensor images = randn({2, 1, 4, 4}, g);
  nn::Conv2d layer(1, 2, 3, g);
  layer(images).sum().backward();
  EXPECT_TRUE(layer.weight.grad().defined());
  EXPECT_FALSE(images.grad().defined());
}

TEST(Conv2d, gemm_holds_the_result_and_the_columns_of_one_image) {
  Generator g(1);
  const Tensor x = randn({16, 4, 12, 12}, g), w = randn({8, 4, 3, 3}, g);
  raw::conv2d_gemm(x, w, Tensor(), {});  // warm
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  const Tensor y = raw::conv2d_gemm(x, w, Tensor(), {});
  const std::int64_t one_image = nn::im2col_bytes({1, 4, 12, 12}, w.sizes(), {});
  EXPECT_LE(memory::stats().peak - before, y.numel() * 4 + one_image + 1024);
}

TEST(ConvOutputSize, counts_positions_of_the_kernel) {
  for (std::int64_t in = 1; in <= 9; ++in)
    for (std::int64_t kernel = 1; kernel <= 4; ++kernel)
      for (std::int64_t stride = 1; stride <= 3; ++stride)
        for (std::int64_t padding = 0; padding <= 2; ++padding)
          for (std::int64_t dilation = 1; dilation <= 3; ++dilation) {
            std::int64_t positions = 0;
            for (std::int64_t at = -padding; at + dilation * (kernel - 1) < in + padding; at += stride) ++positions;
            if (positions > 0) {
              ASSERT_EQ(nn::conv_output_size(in, kernel, stride, padding, dilation), positions);
            } else {
              ASSERT_THROW(nn::conv_output_size(in, kernel, stride, padding, dilation), ShapeError);
            }
          }
  EXPECT_THROW(nn::conv_output_size(4, 2, 0, 0, 1), ValueError);
  EXPECT_THROW(nn::conv_output_size(4, 0, 1, 0, 1), ValueError);
  EXPECT_THROW(nn::conv_output_size(4, 2, 1, -1, 1), ValueError);
  EXPECT_THROW(nn::conv_output_size(4, 2, 1, 0, 0), ValueError);
}

TEST(ConvCost, counts_what_the_loops_do) {
  for (std::int64_t k = 0; k < cases; ++k) {
    ConvCase c = conv_case(k, DType::float32);
    c.spec.padding = {0, 0};  // padding zeros count as products too
    const Pair reach{c.spec.dilation.h * (c.w.size(2) - 1) + 1, c.spec.dilation.w * (c.w.size(3) - 1) + 1};
    if (reach.h > c.x.size(2) || reach.w > c.x.size(3)) continue;
    c.y[2] = (c.x.size(2) - reach.h) / c.spec.stride.h + 1;
    c.y[3] = (c.x.size(3) - reach.w) / c.spec.stride.w + 1;
    std::int64_t products = 0;
    seven_loops(c, [&](auto...) { ++products; });
    const nn::Cost cost = nn::conv2d_cost(c.x.sizes(), c.w.sizes(), c.spec);
    ASSERT_EQ(cost.flops, 2 * products + numel(c.y)) << describe(c, k);
    ASSERT_EQ(cost.params, c.w.numel() + c.w.size(0));
    ASSERT_EQ(cost.bytes_written, 4 * numel(c.y));
    ASSERT_EQ(cost.bytes_read, 4 * (c.x.numel() + cost.params));
  }
  EXPECT_EQ(nn::im2col_bytes({1, 3, 32, 32}, {8, 3, 5, 5}, {.padding = {2, 2}}), 307200);
  EXPECT_EQ(nn::im2col_bytes({64, 3, 32, 32}, {8, 3, 5, 5}, {.padding = {2, 2}}), 64 * 307200);
}

TEST(ChooseConv, stays_within_the_workspace_and_copies_nothing_for_one_pixel) {
  const Shape x{64, 3, 32, 32}, w{8, 3, 5, 5};
  const std::int64_t columns = nn::im2col_bytes({1, 3, 32, 32}, w, {});
  EXPECT_EQ(nn::choose_conv(x, w, {}, columns), nn::ConvAlgo::im2col);
  EXPECT_EQ(nn::choose_conv(x, w, {}, columns - 1), nn::ConvAlgo::direct);
  EXPECT_EQ(nn::choose_conv(x, {8, 3, 1, 1}, {}, 0), nn::ConvAlgo::pointwise);
  EXPECT_NE(nn::choose_conv(x, {8, 3, 1, 1}, {.stride = {1, 2}}, 0), nn::ConvAlgo::pointwise);
  EXPECT_NE(nn::choose_conv(x, {8, 3, 1, 1}, {.padding = {1, 0}}, 0), nn::ConvAlgo::pointwise);
}

TEST(Conv2d, refuses_what_does_not_fit) {
  const Tensor x = zeros({1, 2, 4, 4}), w = zeros({3, 2, 3, 3});
  EXPECT_THROW(nn::functional::conv2d(x, zeros({3, 1, 3, 3})), ShapeError);
  EXPECT_THROW(nn::functional::conv2d(zeros({4, 4}), w), ShapeError);
  EXPECT_THROW(nn::functional::conv2d(x, zeros({3, 2, 5, 5})), ShapeError);
  EXPECT_THROW(nn::functional::conv2d(x, w, zeros({2})), ShapeError);
  EXPECT_THROW(nn::functional::conv2d(x, to(w, DType::float64)), DTypeError);
  EXPECT_THROW(nn::functional::conv2d(to(x, DType::int64), to(w, DType::int64)), DTypeError);
  EXPECT_THROW(raw::conv2d_grad_input(zeros({1, 3, 3, 3}), w, x.sizes(), {}), ShapeError);
  EXPECT_THROW(raw::conv2d_grad_weight(zeros({1, 3, 3, 3}), x, w.sizes(), {}), ShapeError);
  Tensor columns = zeros({18, 5});
  EXPECT_THROW(raw::im2col(select(x, 0, 0), {3, 3}, {}, columns), ShapeError);
}

TEST(Conv2d, an_empty_batch_gives_an_empty_batch) {
  const Tensor w = ones({3, 2, 3, 3}).set_requires_grad();
  const Tensor y = nn::functional::conv2d(zeros({0, 2, 4, 4}), w);
  EXPECT_EQ(y.sizes(), (Shape{0, 3, 2, 2}));
  y.sum().backward();
  EXPECT_TRUE(equal(w.grad(), zeros(w.sizes())));
}

TEST(ConvTranspose2d, undoes_the_sizes_of_a_convolution) {
  Generator g(7);
  const nn::ConvTranspose2dOptions options = nn::ConvTranspose2dOptions(4, 2, {3, 2}).stride(2).padding({1, 0});
  nn::ConvTranspose2d up(options, g);
  EXPECT_EQ(up(randn({1, 4, 3, 5}, g)).sizes(), (Shape{1, 2, 5, 10}));
  const Tensor x = randn({2, 4, 3, 3}, g);
  EXPECT_TRUE(equal(up(x), (*up.clone())(x)));
}

TEST(ConvTranspose2d, says_what_does_not_fit) {
  Generator g(8);
  namespace F = nn::functional;
  EXPECT_THROW(F::conv_transpose2d(ones({1, 3, 4, 4}), ones({2, 3, 2, 2})), ShapeError);
  EXPECT_THROW(F::conv_transpose2d(ones({1, 2, 1, 1}), ones({2, 1, 2, 2}), Tensor(), {{1, 1}, {1, 1}}), ShapeError);
  EXPECT_THROW(F::conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 1, 2, 2}), Tensor(), {}, {1, 1}), ValueError);
  EXPECT_THROW(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(3, 4, 2).groups(2), g), ValueError);
}

}  // namespace
}  // namespace tinytorch
