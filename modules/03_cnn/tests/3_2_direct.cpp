// Task 3.2: raw::conv2d_direct.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

struct Operands {
  bool bias = false, views = false;
  DType dtype = DType::float32;
};

void check(lab::Case& c, const Problem& p, const Operands& operands) {
  const auto draw = [&](const Shape& sizes) {
    return operands.views ? c.strided(sizes, operands.dtype) : c.contiguous(sizes, operands.dtype);
  };
  const Tensor x = c.input("x", draw(p.x)), w = c.input("w", draw(p.w));
  const Tensor b = operands.bias ? c.input("b", draw({p.w[0]})) : Tensor();
  show(c, p.spec);
  CHECK_SAME("y", raw::conv2d_direct(x, w, b, p.spec), convolved(p, x, w, b));
}

// A dilation of one axis only: where `keep` is not 0, that axis has none.
Problem dilated(lab::Case& c, Pair keep) {
  Problem p = problem(c, {.dilation = true});
  if (keep.h != 0) p.spec.dilation.h = 1;
  if (keep.w != 0) p.spec.dilation.w = 1;
  p.y[2] = places(p.x[2], p.w[2], 1, 0, p.spec.dilation.h);
  p.y[3] = places(p.x[3], p.w[3], 1, 0, p.spec.dilation.w);
  return p;
}

}  // namespace

// ---- step: plain ----

TASK_TEST_USES(3, 2, each_output_is_a_weighted_sum, "3.1") {
  lab::cases(60, [](lab::Case& c) { check(c, problem(c), {}); });
}

TASK_TEST_USES(3, 2, the_bias_is_added_once_to_each_output, "3.1") {
  lab::cases(40, [](lab::Case& c) { check(c, problem(c), {.bias = true}); });
}

TASK_TEST_USES(3, 2, operands_may_be_views, "3.1") {
  lab::cases(40, [](lab::Case& c) { check(c, problem(c), {.bias = true, .views = true}); });
}

TASK_TEST_USES(3, 2, float64_keeps_its_digits, "3.1") {
  lab::cases(30, [](lab::Case& c) {
    const Problem p = problem(c);
    const Tensor x = c.input("x", with_many_digits(c, p.x));
    const Tensor w = c.input("w", c.contiguous(p.w, DType::float64));
    CHECK_SAME("y", raw::conv2d_direct(x, w, Tensor(), p.spec), convolved(p, x, w));
  });
}

// 0 times infinity is NaN: no product may be left out because a weight or a pixel is 0.
TASK_TEST_USES(3, 2, nan_and_infinity_count_as_in_the_formula, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c);
    const bool images = c.coin();
    const Tensor x = c.input("x", images ? with_infinities(c, p.x) : c.contiguous(p.x));
    const Tensor w = c.input("w", images ? c.contiguous(p.w) : with_infinities(c, p.w));
    show(c, p.spec);
    CHECK_SAME("y", raw::conv2d_direct(x, w, Tensor(), p.spec), convolved(p, x, w));
  });
}

// ---- step: stride and padding ----

TASK_TEST_USES(3, 2, each_axis_has_a_stride_of_its_own, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = true});
    check(c, p, {.bias = c.coin()});
  });
}

TASK_TEST_USES(3, 2, padding_counts_as_zeros, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = problem(c, {.stride = c.coin(), .padding = true});
    check(c, p, {.bias = c.coin()});
  });
}

TASK_TEST_USES(3, 2, no_padded_copy_is_made, "3.1") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t side = c.integer(30, 34), images = c.integer(1, 2);
    const Problem p{{images, 2, side, side}, {1, 2, 2, 2}, {images, 1, side + 1, side + 1}, {.padding = {1, 1}}};
    const Tensor x = c.input("x", c.contiguous(p.x)), w = c.input("w", c.contiguous(p.w));
    show(c, p.spec);
    Tensor y;
    const std::int64_t bytes = growth(y, [&] { return raw::conv2d_direct(x, w, Tensor(), p.spec); });
    CHECK_SAME("y", y, convolved(p, x, w));
    CHECK_RELATION("bytes that tensors grew by", bytes, <=, numel(p.y) * 4 + 1024);
  });
}

// A copy in any container shows: every line of memory is counted once. One window may be copied.
TASK_TEST_USES(3, 2, memory_is_touched_for_operands_and_result_alone, "3.1") {
  lab::cases(4, [](lab::Case& c) {
    const std::int64_t side = c.integer(20, 24);
    const Problem p{{1, 2, side, side}, {1, 2, 2, 2}, {1, 1, side + 1, side + 1}, {.padding = {1, 1}}};
    const Tensor x = c.input("x", c.traced(p.x)), w = c.input("w", c.traced(p.w));
    show(c, p.spec);
    lab::CacheModel model(4096);  // larger than all of it, so a line misses once
    model.watch_heap();
    const Tensor y = raw::conv2d_direct(x, w, Tensor(), p.spec);
    const std::int64_t bytes = 64 * model.misses();
    CHECK_SAME("y", y, convolved(p, x, w));
    CHECK_RELATION("bytes touched", bytes, <=, (numel(p.x) + numel(p.w) + numel(p.y)) * 4 + 1024);
  });
}

// ---- step: dilation ----

TASK_TEST_USES(3, 2, dilation_spreads_the_taps, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = dilated(c, {1, 0});
    check(c, p, {.bias = c.coin()});
  });
}

TASK_TEST_USES(3, 2, dilation_spreads_the_rows_of_taps, "3.1") {
  lab::cases(60, [](lab::Case& c) {
    const Problem p = dilated(c, {0, 1});
    check(c, p, {.bias = c.coin()});
  });
}

TASK_TEST_USES(3, 2, all_options_together, "3.1") {
  lab::cases(80, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const Operands operands{c.coin(), c.coin(), c.pick({DType::float32, DType::float64})};
    check(c, p, operands);
  });
}

}  // namespace tinytorch
