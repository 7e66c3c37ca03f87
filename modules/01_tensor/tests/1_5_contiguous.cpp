// Task 1.5: raw::contiguous.

#include "modules/01_tensor/tests/oracle.hpp"

namespace tinytorch {
namespace {

Shape row_major_strides_of(const Tensor& x) { return lab::canonical_strides(copied(x)); }

}  // namespace

TASK_TEST_USES(1, 5, a_contiguous_tensor_is_returned_as_it_is, "1.1") {
  lab::cases(64, [](lab::Case& c) {
    const Shape sizes = c.shape_with_zero(0, 4);
    const Tensor x = c.input("x", c.coin() ? c.contiguous(sizes) : c.strided(sizes));
    CHECK_SAME("the same handle", raw::contiguous(x).is_same(x), lab::is_row_major(x.sizes(), x.strides()));
  });
}

TASK_TEST_USES(1, 5, the_copy_is_row_major_and_keeps_the_order, "1.1") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(0, 4)));
    const Tensor y = raw::contiguous(x);
    CHECK_SAME("y", y, copied(x));
    CHECK_SAME("strides of y", lab::canonical_strides(y), row_major_strides_of(x));
  });
}

TASK_TEST_USES(1, 5, the_copy_starts_at_the_offset_of_x, "1.1") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t rows = c.integer(2, 4), columns = c.integer(2, 4), skipped = c.integer(1, 3);
    const Tensor base = c.distinct({rows + skipped, columns + 1});
    const Tensor x = c.input(
        "x", as_strided(base, {rows, columns}, base.strides(), base.storage_offset() + skipped * base.strides()[0]));
    CHECK_SAME("y", raw::contiguous(x), copied(x));
  });
}

TASK_TEST_USES(1, 5, repeated_elements_are_written_out, "1.1") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.expanded(c.shape(1, 4)));
    CHECK_SAME("y", raw::contiguous(x), copied(x));
  });
}

TASK_TEST_USES(1, 5, the_copy_has_memory_of_its_own, "1.1") {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(2, 3);
    sizes[0] = c.integer(2, 4);
    const Tensor x = c.shown("x", c.strided(sizes));
    const Tensor before = copied(x), y = raw::contiguous(x);
    write_somewhere(c, x);
    CHECK_SAME("y after a write to x", y, before);
  });
}

TASK_TEST_USES(1, 5, contiguous_copies_every_dtype, "1.1") {
  lab::cases(48, [](lab::Case& c) {
    const DType dtype = c.pick({DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8, DType::boolean});
    const Tensor x = c.input("x", c.strided(c.shape(1, 4), dtype));
    CHECK_SAME("y", raw::contiguous(x), copied(x));
  });
}

}  // namespace tinytorch
