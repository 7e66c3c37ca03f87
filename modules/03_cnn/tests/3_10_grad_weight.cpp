// Task 3.10: raw::conv2d_grad_weight.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

void check(lab::Case& c, const Problem& p, const Tensor& upstream, const Tensor& images) {
  const Tensor grad = c.input("grad", upstream), x = c.input("x", images);
  c.input("w_sizes", p.w);
  show(c, p.spec);
  CHECK_SAME("gradient of w", raw::conv2d_grad_weight(grad, x, p.w, p.spec), gradient_of_w(p, grad, x));
}

Problem with_images(Problem p, std::int64_t images) {
  p.x[0] = p.y[0] = images;
  return p;
}

}  // namespace

TASK_TEST_USES(3, 10, a_tap_gets_from_every_pixel_it_met, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = with_images(problem(c), 1);
    const Tensor grad = c.contiguous(p.y), x = c.contiguous(p.x);
    check(c, p, grad, x);
  });
}

TASK_TEST_USES(3, 10, every_image_adds_its_share, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t images = c.integer(2, 4);
    const Problem p = with_images(problem(c), images);
    const Tensor grad = c.contiguous(p.y), x = c.contiguous(p.x);
    check(c, p, grad, x);
  });
}

TASK_TEST_USES(3, 10, options_move_the_taps, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Tensor grad = c.contiguous(p.y), x = c.contiguous(p.x);
    check(c, p, grad, x);
  });
}

TASK_TEST_USES(3, 10, upstream_and_images_may_be_views, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = c.pick({DType::float32, DType::float64});
    const Tensor grad = c.coin() ? c.expanded(p.y, dtype) : c.strided(p.y, dtype);
    check(c, p, grad, c.strided(p.x, dtype));
  });
}

// 0 times infinity is NaN. Without padding, where its zeros may be left out.
TASK_TEST_USES(3, 10, nan_and_infinity_reach_the_taps_that_met_them, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = c.coin(), .dilation = c.coin()});
    const bool upstream = c.coin();
    const Tensor grad = upstream ? with_infinities(c, p.y) : c.contiguous(p.y);
    check(c, p, grad, upstream ? c.contiguous(p.x) : with_infinities(c, p.x));
  });
}

TASK_TEST_USES(3, 10, taps_keep_the_digits_of_float64, "3.1", "3.3") {
  lab::cases(30, [](lab::Case& c) {
    const Problem p = problem(c);
    const Tensor grad = with_many_digits(c, p.y);
    check(c, p, grad, c.contiguous(p.x, DType::float64));
  });
}

// <conv(x), g> = <w, grad_weight(g)>: the convolution is linear in w too. In float64, where the sums are exact.
TASK_TEST_USES(3, 10, grad_weight_is_the_convolution_turned_round, "3.1", "3.3") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Tensor w = c.input("w", c.contiguous(p.w, DType::float64));
    const Tensor grad = c.input("grad", c.contiguous(p.y, DType::float64));
    const Tensor x = c.input("x", c.contiguous(p.x, DType::float64));
    show(c, p.spec);
    CHECK_SAME("<w, grad_weight(grad)>", inner(w, raw::conv2d_grad_weight(grad, x, p.w, p.spec)),
               inner(convolved(p, x, w), grad));
  });
}

}  // namespace tinytorch
