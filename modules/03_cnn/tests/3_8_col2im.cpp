// Task 3.8: raw::col2im.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

/// The image after every column entry was added to the pixel it came from.
Tensor image_plus(const Problem& p, const Tensor& columns, const Tensor& image) {
  std::vector<double> sums = lab::values(image);
  for_each_index(p.columns(), [&](const Shape& at) {
    const Shape source = source_of(p, at[0], at[1]);
    if (source[0] >= 0) sums[position(p.image(), source)] += lab::at(columns, at);
  });
  return tensor_of(sums, p.image(), image.dtype());
}

// Calls col2im and returns the image.
Tensor added(const Tensor& columns, const Problem& p, Tensor image) {
  raw::col2im(columns, p.kernel(), p.spec, image);
  return image;
}

void check(lab::Case& c, const Problem& p, const Tensor& drawn, const Tensor& before) {
  const Tensor columns = c.input("columns", drawn), image = c.shown("image before", before);
  c.input("kernel", listed(p.kernel()));
  show(c, p.spec);
  const Tensor kept = copied(image);
  CHECK_SAME("image", added(columns, p, image), image_plus(p, columns, kept));
}

}  // namespace

TASK_TEST_USES(3, 8, entries_of_one_pixel_are_added_up, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c);
    check(c, p, c.contiguous(p.columns()), zeros(p.image()));
  });
}

TASK_TEST_USES(3, 8, the_image_keeps_what_it_held, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c);
    const Tensor columns = c.contiguous(p.columns()), image = c.contiguous(p.image());
    check(c, p, columns, image);
  });
}

TASK_TEST_USES(3, 8, what_fell_on_padding_is_dropped, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.padding = true});
    check(c, p, c.contiguous(p.columns()), zeros(p.image()));
  });
}

TASK_TEST_USES(3, 8, strides_and_dilation_lead_back_to_the_same_pixels, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = true, .padding = c.coin(), .dilation = true});
    check(c, p, c.contiguous(p.columns()), zeros(p.image()));
  });
}

TASK_TEST_USES(3, 8, columns_may_be_a_view, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = c.pick({DType::float32, DType::float64});
    const Tensor columns = c.coin() ? c.expanded(p.columns(), dtype) : c.strided(p.columns(), dtype);
    check(c, p, columns, zeros(p.image(), dtype));
  });
}

// What fell on padding is dropped even where it is NaN; NaN and infinity are added to their pixels alone.
TASK_TEST_USES(3, 8, nan_and_infinity_reach_their_pixels_alone, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = c.coin(), .padding = true, .dilation = c.coin()});
    const Tensor columns = with_infinities(c, p.columns());
    check(c, p, columns, c.coin() ? with_infinities(c, p.image()) : zeros(p.image()));
  });
}

TASK_TEST_USES(3, 8, pixels_keep_the_digits_of_float64, "3.1") {
  lab::cases(30, [](lab::Case& c) {
    const Problem p = problem(c);
    check(c, p, with_many_digits(c, p.columns()), zeros(p.image(), DType::float64));
  });
}

// <im2col(x), columns> = <x, col2im(columns)>: col2im is the transpose of im2col. In float64, where the sums are exact.
TASK_TEST_USES(3, 8, col2im_is_the_transpose_of_im2col, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Tensor x = c.input("x", c.contiguous(p.image(), DType::float64));
    const Tensor columns = c.input("columns", c.contiguous(p.columns(), DType::float64));
    c.input("kernel", listed(p.kernel()));
    show(c, p.spec);
    CHECK_SAME("<x, col2im(columns)>", inner(x, added(columns, p, zeros(p.image(), DType::float64))), [&] {
      double total = 0;
      for_each_index(p.columns(), [&](const Shape& at) {
        const Shape source = source_of(p, at[0], at[1]);
        if (source[0] >= 0) total += lab::at(columns, at) * lab::at(x, source);
      });
      return total;
    }());
  });
}

}  // namespace tinytorch
