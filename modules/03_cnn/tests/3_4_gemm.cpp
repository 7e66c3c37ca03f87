// Task 3.4: raw::conv2d_gemm.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

void check(lab::Case& c, const Problem& p, const Tensor& images, const Tensor& kernels, const Tensor& bias = Tensor()) {
  const Tensor x = c.input("x", images), w = c.input("w", kernels);
  const Tensor b = bias.defined() ? c.input("b", bias) : bias;
  show(c, p.spec);
  CHECK_SAME("y", raw::conv2d_gemm(x, w, b, p.spec), convolved(p, x, w, b));
}

// The same problem with another number of images.
Problem with_images(Problem p, std::int64_t images) {
  p.x[0] = p.y[0] = images;
  return p;
}

void make_pointwise(Problem& p) {
  p.w[2] = p.w[3] = 1;
  p.spec = {};
  p.y[2] = p.x[2];
  p.y[3] = p.x[3];
}

}  // namespace

// ---- step: product ----

TASK_TEST_USES(3, 4, the_product_equals_the_formula, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = with_images(problem(c, all_options), 1);
    const Tensor x = c.contiguous(p.x), w = c.contiguous(p.w);
    check(c, p, x, w);
  });
}

TASK_TEST_USES(3, 4, the_second_image_sees_no_leftovers, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t images = c.integer(2, 3);
    const Problem p = with_images(problem(c, {.padding = true}), images);
    const Tensor x = c.contiguous(p.x), w = c.contiguous(p.w);
    check(c, p, x, w);
  });
}

TASK_TEST_USES(3, 4, the_bias_reaches_every_pixel, "3.1", "3.3") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Tensor x = c.contiguous(p.x), w = c.contiguous(p.w);
    check(c, p, x, w, c.tensor({p.w[0]}));
  });
}

TASK_TEST_USES(3, 4, images_and_kernels_may_be_views, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = c.pick({DType::float32, DType::float64});
    const Tensor x = c.strided(p.x, dtype), w = c.strided(p.w, dtype);
    check(c, p, x, w, c.coin() ? c.tensor({p.w[0]}, dtype) : Tensor());
  });
}

TASK_TEST_USES(3, 4, the_product_multiplies_nan_and_infinity, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = c.coin(), .dilation = c.coin()});
    const bool images = c.coin();
    const Tensor x = images ? with_infinities(c, p.x) : c.contiguous(p.x);
    const Tensor w = images ? c.contiguous(p.w) : with_infinities(c, p.w);
    check(c, p, x, w);
  });
}

TASK_TEST_USES(3, 4, a_kernel_of_one_pixel_mixes_channels, "3.1", "3.3") {
  lab::cases(60, [](lab::Case& c) {
    Problem p = problem(c);
    make_pointwise(p);
    if (c.coin()) {  // 1x1 but not pointwise: a stride or padding moves pixels
      p.spec.stride = {c.integer(1, 2), c.integer(1, 2)};
      p.spec.padding = {c.integer(0, 1), c.integer(0, 1)};
      p.y[2] = places(p.x[2], 1, p.spec.stride.h, p.spec.padding.h, 1);
      p.y[3] = places(p.x[3], 1, p.spec.stride.w, p.spec.padding.w, 1);
    }
    const Tensor x = c.coin() ? c.strided(p.x) : c.contiguous(p.x);
    check(c, p, x, c.contiguous(p.w));
  });
}

// ---- step: memory ----

// Beside y: the columns of one image. A product by lab 01's matmul may take two more images of y.
TASK_TEST_USES(3, 4, the_workspace_is_one_image, "3.1", "3.3") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t images = c.integer(7, 9), side = c.integer(10, 12);
    const Problem p{{images, 3, side, side}, {1, 3, 3, 3}, {images, 1, side - 2, side - 2}, {}};
    const Tensor x = c.input("x", c.contiguous(p.x)), w = c.input("w", c.contiguous(p.w));
    Tensor y;
    const std::int64_t bytes = growth(y, [&] { return raw::conv2d_gemm(x, w, Tensor(), p.spec); });
    CHECK_SAME("y", y, convolved(p, x, w));
    const std::int64_t image = (side - 2) * (side - 2) * 4;
    CHECK_RELATION("bytes that tensors grew by", bytes, <=, (images + 2) * image + 27 * image + 1024);
  });
}

// Without columns there is no product of matrices: then these are the loops of conv2d_direct.
TASK_TEST_USES(3, 4, the_workspace_holds_the_columns, "3.1", "3.3") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t side = c.integer(10, 12);
    const Problem p{{2, 3, side, side}, {1, 3, 3, 3}, {2, 1, side - 2, side - 2}, {}};
    const Tensor x = c.input("x", c.contiguous(p.x)), w = c.input("w", c.contiguous(p.w));
    Tensor y;
    const std::int64_t bytes = growth(y, [&] { return raw::conv2d_gemm(x, w, Tensor(), p.spec); });
    CHECK_SAME("y", y, convolved(p, x, w));
    CHECK_RELATION("bytes that tensors grew by", bytes, >=, (numel(p.y) + numel(p.columns())) * 4);
  });
}

TASK_TEST_USES(3, 4, a_pointwise_kernel_needs_no_columns, "3.1") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t images = c.integer(4, 6), side = c.integer(10, 12), channels = c.integer(12, 16);
    Problem p{{images, channels, side, side}, {1, channels, 1, 1}, {images, 1, side, side}, {}};
    p.spec.dilation = {c.integer(1, 2), c.integer(1, 2)};  // it moves no tap of a 1x1 kernel
    const Tensor x = c.input("x", c.contiguous(p.x)), w = c.input("w", c.contiguous(p.w));
    show(c, p.spec);
    Tensor y;
    const std::int64_t bytes = growth(y, [&] { return raw::conv2d_gemm(x, w, Tensor(), p.spec); });
    CHECK_SAME("y", y, convolved(p, x, w));
    CHECK_RELATION("bytes that tensors grew by", bytes, <=, (images + 2) * side * side * 4 + 1024);
  });
}

}  // namespace tinytorch
