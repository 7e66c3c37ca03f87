// Task 3.9: raw::conv2d_grad_input.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

void check(lab::Case& c, const Problem& p, const Tensor& upstream, const Tensor& kernels) {
  const Tensor grad = c.input("grad", upstream), w = c.input("w", kernels);
  c.input("x_sizes", p.x);
  show(c, p.spec);
  CHECK_SAME("gradient of x", raw::conv2d_grad_input(grad, w, p.x, p.spec), gradient_of_x(p, grad, w));
}

}  // namespace

TASK_TEST_USES(3, 9, a_pixel_gets_from_every_output_that_saw_it, "3.1", "3.8") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c);
    const Tensor grad = c.contiguous(p.y), w = c.contiguous(p.w);
    check(c, p, grad, w);
  });
}

TASK_TEST_USES(3, 9, a_pixel_that_no_window_saw_gets_zero, "3.1", "3.8") {
  lab::cases(60, [](lab::Case& c) {
    Problem p = problem(c, {.stride = true});
    p.spec.stride = {c.integer(2, 3), c.integer(2, 3)};  // larger than small kernels: leaves pixels between the windows
    p.y[2] = places(p.x[2], p.w[2], p.spec.stride.h, 0, 1);
    p.y[3] = places(p.x[3], p.w[3], p.spec.stride.w, 0, 1);
    const Tensor grad = c.contiguous(p.y), w = c.contiguous(p.w);
    check(c, p, grad, w);
  });
}

TASK_TEST_USES(3, 9, options_lead_back_to_the_same_pixels, "3.1", "3.8") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Tensor grad = c.contiguous(p.y), w = c.contiguous(p.w);
    check(c, p, grad, w);
  });
}

TASK_TEST_USES(3, 9, upstream_and_kernels_may_be_views, "3.1", "3.8") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = c.pick({DType::float32, DType::float64});
    const Tensor grad = c.coin() ? c.expanded(p.y, dtype) : c.strided(p.y, dtype);
    check(c, p, grad, c.strided(p.w, dtype));
  });
}

// 0 times infinity is NaN. A pixel gets neither from an output that did not see it.
TASK_TEST_USES(3, 9, nan_and_infinity_go_back_as_in_the_formula, "3.1", "3.8") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = c.coin(), .padding = c.coin(), .dilation = c.coin()});
    const bool upstream = c.coin();
    const Tensor grad = upstream ? with_infinities(c, p.y) : c.contiguous(p.y);
    check(c, p, grad, upstream ? c.contiguous(p.w) : with_infinities(c, p.w));
  });
}

TASK_TEST_USES(3, 9, the_gradient_keeps_the_digits_of_float64, "3.1", "3.8") {
  lab::cases(30, [](lab::Case& c) {
    const Problem p = problem(c);
    const Tensor grad = with_many_digits(c, p.y);
    check(c, p, grad, c.contiguous(p.w, DType::float64));
  });
}

// <conv(x), g> = <x, grad_input(g)>, in float64, where the sums of small integers are exact. No finite differences.
TASK_TEST_USES(3, 9, grad_input_is_the_convolution_turned_round, "3.1", "3.8") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Tensor x = c.input("x", c.contiguous(p.x, DType::float64));
    const Tensor grad = c.input("grad", c.contiguous(p.y, DType::float64));
    const Tensor w = c.input("w", c.contiguous(p.w, DType::float64));
    show(c, p.spec);
    CHECK_SAME("<x, grad_input(grad)>", inner(x, raw::conv2d_grad_input(grad, w, p.x, p.spec)),
               inner(convolved(p, x, w), grad));
  });
}

// Beside the gradient: the columns of one image. A product by lab 01's matmul makes them once more.
TASK_TEST_USES(3, 9, the_gradient_needs_the_columns_of_one_image, "3.1", "3.8") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t images = c.integer(7, 9), side = c.integer(10, 12);
    const Problem p{{images, 1, side, side}, {2, 1, 3, 3}, {images, 2, side - 2, side - 2}, {}};
    const Tensor grad = c.input("grad", c.contiguous(p.y)), w = c.input("w", c.contiguous(p.w));
    Tensor x_grad;
    const std::int64_t bytes = growth(x_grad, [&] { return raw::conv2d_grad_input(grad, w, p.x, p.spec); });
    CHECK_SAME("gradient of x", x_grad, gradient_of_x(p, grad, w));
    const std::int64_t columns = 9 * (side - 2) * (side - 2) * 4;
    CHECK_RELATION("bytes that tensors grew by", bytes, <=, numel(p.x) * 4 + 3 * columns + 1024);
  });
}

}  // namespace tinytorch
