// Task 3.3: raw::im2col.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

Tensor columns_of(const Problem& p, const Tensor& image) {
  return make(p.columns(), image.dtype(), [&](const Shape& index) {
    const Shape source = source_of(p, index[0], index[1]);
    return source[0] < 0 ? 0.0 : lab::at(image, source);
  });
}

// Calls im2col and returns what it wrote.
Tensor written(const Tensor& image, const Problem& p, Tensor columns) {
  raw::im2col(image, p.kernel(), p.spec, columns);
  return columns;
}

void check(lab::Case& c, const Problem& p, const Tensor& drawn) {
  const Tensor image = c.input("image", drawn);
  const Tensor columns = c.shown("columns before", c.contiguous(p.columns(), image.dtype()));
  c.input("kernel", listed(p.kernel()));
  show(c, p.spec);
  CHECK_SAME("columns", written(image, p, columns), columns_of(p, image));
}

Problem of_one_channel(Problem p) {
  p.x[1] = p.w[1] = 1;
  return p;
}

}  // namespace

TASK_TEST_USES(3, 3, a_row_holds_what_one_tap_sees, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = of_one_channel(problem(c));
    check(c, p, c.contiguous(p.image()));
  });
}

TASK_TEST_USES(3, 3, rows_are_ordered_channel_tap_row_tap_column, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c);
    check(c, p, c.contiguous(p.image()));
  });
}

TASK_TEST_USES(3, 3, padding_is_written_as_zeros, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.padding = true});
    check(c, p, c.contiguous(p.image()));
  });
}

TASK_TEST_USES(3, 3, strides_leave_pixels_out, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = true, .padding = c.coin()});
    check(c, p, c.contiguous(p.image()));
  });
}

TASK_TEST_USES(3, 3, dilation_shifts_the_rows_further, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = c.coin(), .padding = c.coin(), .dilation = true});
    check(c, p, c.contiguous(p.image()));
  });
}

TASK_TEST_USES(3, 3, the_image_may_be_a_view, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = c.pick({DType::float32, DType::float64});
    check(c, p, c.integer(0, 2) == 0 ? c.expanded(p.image(), dtype) : c.strided(p.image(), dtype));
  });
}

// A zero of the padding is a zero, not a pixel times 0.
TASK_TEST_USES(3, 3, padding_beside_nan_and_infinity_is_zero, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = c.coin(), .padding = true, .dilation = c.coin()});
    check(c, p, with_infinities(c, p.image()));
  });
}

TASK_TEST_USES(3, 3, entries_keep_the_digits_of_float64, "3.1") {
  lab::cases(30, [](lab::Case& c) {
    const Problem p = problem(c);
    check(c, p, with_many_digits(c, p.image()));
  });
}

// im2col loads a pixel once for each entry that it becomes, and loads nothing for padding.
TASK_TEST_USES(3, 3, a_pixel_is_read_once_for_each_entry, "3.1") {
  lab::cases(8, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Tensor image = c.input("image", c.traced(p.image()));
    const Tensor columns = c.shown("columns before", c.traced(p.columns()));
    c.input("kernel", listed(p.kernel()));
    show(c, p.spec);
    std::int64_t entries = 0;
    for_each_index(p.columns(), [&](const Shape& at) { entries += source_of(p, at[0], at[1])[0] < 0 ? 0 : 1; });
    lab::CacheModel model;
    model.watch(image);
    CHECK_SAME("columns", written(image, p, columns), columns_of(p, image));
    CHECK_RELATION("reads of pixels", model.loads(), <=, entries);
  });
}

}  // namespace tinytorch
