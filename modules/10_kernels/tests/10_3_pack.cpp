// Task 10.3: kernels::pack_a and kernels::pack_b.

#include "modules/10_kernels/tests/oracle.hpp"
#include "tinytorch/core/gemm_loops.hpp"

namespace tinytorch {
namespace {

using kernels::Block;

enum class Operand : std::uint8_t { a, b };

Block block_of(const Tensor& x) { return {x.data<float>(), x.size(0), x.size(1), x.stride(0), x.stride(1)}; }

std::int64_t rounded_up(std::int64_t size, std::int64_t step) { return (size + step - 1) / step; }

// (panels, length, width): a panel of a is as long as a row of a, a panel of b as long as a column of b.
Shape panel_sizes(const Tensor& x, std::int64_t width, Operand which) {
  const bool rows = which == Operand::a;
  return {rounded_up(x.size(rows ? 0 : 1), width), x.size(rows ? 1 : 0), width};
}

// What the function wrote, into memory that held NaN and ends with the last panel.
Tensor packed(const Tensor& x, std::int64_t width, Operand which) {
  const Tensor panels = full(panel_sizes(x, width, which), nan);
  if (which == Operand::a) kernels::pack_a(block_of(x), width, panels.data<float>());
  if (which == Operand::b) kernels::pack_b(block_of(x), width, panels.data<float>());
  return panels;
}

Tensor expected_panels(const Tensor& x, std::int64_t width, Operand which) {
  return make(panel_sizes(x, width, which), DType::float32, [&](const Shape& at) {
    const std::int64_t across = at[0] * width + at[2];
    if (which == Operand::a) return across < x.size(0) ? lab::at(x, {across, at[1]}) : 0.0;
    return across < x.size(1) ? lab::at(x, {at[1], across}) : 0.0;
  });
}

void check_panels(lab::Case& c, const Tensor& part, std::int64_t width, Operand which) {
  const Tensor x = c.input(which == Operand::a ? "a" : "b", part);
  c.input(which == Operand::a ? "mr" : "nr", width);
  CHECK_SAME("panels", packed(x, width, which), expected_panels(x, width, which));
}

std::int64_t width_of_panels(lab::Case& c) {
  return c.index() < 8 ? c.integer(1, 3)
                       : c.pick({std::int64_t{1}, std::int64_t{4}, std::int64_t{6}, std::int64_t{8}, std::int64_t{16}});
}

// Whole panels alone.
void check_whole(lab::Case& c, Operand which) {
  const std::int64_t width = width_of_panels(c), count = c.integer(1, 3), length = awkward(c);
  const bool rows = which == Operand::a;
  check_panels(c, c.contiguous(rows ? Shape{count * width, length} : Shape{length, count * width}), width, which);
}

// Any size: mostly the last panel is not full.
void check_edges(lab::Case& c, Operand which) {
  const std::int64_t width = width_of_panels(c) + 1, rows = awkward(c), columns = awkward(c);
  check_panels(c, c.contiguous({rows, columns}), width, which);
}

void check_views(lab::Case& c, Operand which) {
  const std::int64_t width = width_of_panels(c), rows = awkward(c), columns = awkward(c);
  check_panels(c, c.strided({rows, columns}), width, which);
}

// A part of a larger matrix that ends where its memory ends, with NaN around it.
void check_parts(lab::Case& c, Operand which) {
  const std::int64_t width = width_of_panels(c), rows = awkward(c), columns = awkward(c), gap = c.integer(1, 3);
  check_panels(c, with_gaps(c.contiguous({rows, columns}), gap), width, which);
}

void check_nothing(lab::Case& c, Operand which) {
  const std::int64_t width = width_of_panels(c);
  std::int64_t rows = awkward(c), columns = awkward(c);
  const std::int64_t gone = c.integer(0, 2);  // 2: neither
  if (gone == 0) rows = 0;
  if (gone == 1) columns = 0;
  check_panels(c, c.contiguous({rows, columns}), width, which);
}

}  // namespace

// ---- step: panels of a ----

TASK_TEST(10, 3, a_panel_of_a_holds_mr_rows_column_by_column) {
  lab::cases(50, [](lab::Case& c) { check_whole(c, Operand::a); });
}

TASK_TEST(10, 3, rows_that_a_lacks_are_0) {
  lab::cases(50, [](lab::Case& c) { check_edges(c, Operand::a); });
}

TASK_TEST(10, 3, a_may_be_a_view) {
  lab::cases(50, [](lab::Case& c) { check_views(c, Operand::a); });
}

TASK_TEST(10, 3, nothing_beside_the_block_of_a_is_read) {
  lab::cases(50, [](lab::Case& c) { check_parts(c, Operand::a); });
}

TASK_TEST(10, 3, an_a_without_elements) {
  lab::cases(40, [](lab::Case& c) { check_nothing(c, Operand::a); });
}

// ---- step: panels of b ----

TASK_TEST(10, 3, a_panel_of_b_holds_nr_columns_row_by_row) {
  lab::cases(50, [](lab::Case& c) { check_whole(c, Operand::b); });
}

TASK_TEST(10, 3, columns_that_b_lacks_are_0) {
  lab::cases(50, [](lab::Case& c) { check_edges(c, Operand::b); });
}

TASK_TEST(10, 3, b_may_be_a_view) {
  lab::cases(50, [](lab::Case& c) { check_views(c, Operand::b); });
}

TASK_TEST(10, 3, nothing_beside_the_block_of_b_is_read) {
  lab::cases(50, [](lab::Case& c) { check_parts(c, Operand::b); });
}

TASK_TEST(10, 3, a_b_without_elements) {
  lab::cases(40, [](lab::Case& c) { check_nothing(c, Operand::b); });
}

}  // namespace tinytorch
