// Task 3.6: nn::conv2d_cost and nn::im2col_bytes.

#include "modules/03_cnn/tests/oracle.hpp"

namespace tinytorch {
namespace {

constexpr std::int64_t big = 6'000'000'000;  // larger than the largest int

// The multiply-adds of one output: the taps of its kernel, counted one by one.
std::int64_t taps_of(const Problem& p) {
  std::int64_t taps = 0;
  for_each_index({p.w[1], p.w[2], p.w[3]}, [&](const Shape&) { ++taps; });
  return taps;
}

// A kernel of one tap would need as many operations for its product as for its bias.
void add_channel(Problem& p) { p.x[1] = ++p.w[1]; }

std::int64_t outputs_of(const Problem& p) { return p.y[0] * p.y[1] * p.y[2] * p.y[3]; }

DType draw_dtype(lab::Case& c) { return c.pick({DType::float32, DType::float64}); }

std::int64_t bytes_of(DType dtype) { return dtype == DType::float64 ? 8 : 4; }

void show(lab::Case& c, const Problem& p, DType dtype) {
  c.input("x", p.x);
  c.input("w", p.w);
  show(c, p.spec);
  c.input("bytes of an element", bytes_of(dtype));
}

}  // namespace

TASK_TEST_USES(3, 6, operations_are_counted_once_for_each_output, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    Problem p = problem(c, all_options);
    add_channel(p);
    const DType dtype = draw_dtype(c);
    show(c, p, dtype);
    CHECK_SAME("flops", nn::conv2d_cost(p.x, p.w, p.spec, dtype).flops, outputs_of(p) * (2 * taps_of(p) + 1));
  });
}

TASK_TEST_USES(3, 6, parameters_are_kernels_and_bias, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = draw_dtype(c);
    show(c, p, dtype);
    CHECK_SAME("params", nn::conv2d_cost(p.x, p.w, p.spec, dtype).params, p.w[0] * (taps_of(p) + 1));
  });
}

TASK_TEST_USES(3, 6, operands_are_read_once_and_results_written_once, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = draw_dtype(c);
    show(c, p, dtype);
    const nn::Cost cost = nn::conv2d_cost(p.x, p.w, p.spec, dtype);
    const std::int64_t pixels = p.x[0] * p.x[1] * p.x[2] * p.x[3];
    CHECK_SAME("bytes_read", cost.bytes_read, bytes_of(dtype) * (pixels + p.w[0] * (taps_of(p) + 1)));
    CHECK_SAME("bytes_written", cost.bytes_written, bytes_of(dtype) * outputs_of(p));
  });
}

TASK_TEST_USES(3, 6, columns_take_a_row_for_each_tap_of_every_image, "3.1") {
  lab::cases(40, [](lab::Case& c) {
    const Problem p = problem(c, all_options);
    const DType dtype = draw_dtype(c);
    show(c, p, dtype);
    CHECK_SAME("bytes", nn::im2col_bytes(p.x, p.w, p.spec, dtype),
               bytes_of(dtype) * p.x[0] * taps_of(p) * p.y[2] * p.y[3]);
  });
}

// Batches too large for any machine: the counts need more than 32 bits.
TASK_TEST_USES(3, 6, large_counts_are_exact, "3.1") {
  lab::cases(20, [](lab::Case& c) {
    Problem p = problem(c);
    add_channel(p);
    p.x[0] = p.y[0] = big + c.integer(0, 9);
    show(c, p, DType::float32);
    CHECK_SAME("flops", nn::conv2d_cost(p.x, p.w, p.spec).flops, outputs_of(p) * (2 * taps_of(p) + 1));
    CHECK_SAME("bytes of the columns", nn::im2col_bytes(p.x, p.w, p.spec), 4 * p.x[0] * taps_of(p) * p.y[2] * p.y[3]);
  });
}

}  // namespace tinytorch
