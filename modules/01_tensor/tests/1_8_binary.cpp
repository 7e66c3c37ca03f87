// Task 1.8: raw::add, sub, mul and div.

#include "modules/01_tensor/tests/oracle.hpp"

#include <limits>
#include <string>

namespace tinytorch {
namespace {

const char* const names[] = {"add", "sub", "mul", "div"};

// Draws one of the four operations and shows its name.
int any_operation(lab::Case& c) {
  const int op = static_cast<int>(c.integer(0, 3));
  c.input("op", names[op]);
  return op;
}

Tensor applied(int op, const Tensor& a, const Tensor& b) {
  if (op == 0) return raw::add(a, b);
  if (op == 1) return raw::sub(a, b);
  return op == 2 ? raw::mul(a, b) : raw::div(a, b);
}

Shape common_sizes(const Tensor& a, const Tensor& b) {
  Shape sizes = a.dim() > b.dim() ? a.sizes() : b.sizes();
  for (const Tensor& x : {a, b}) {
    for (std::int64_t back = 1; back <= x.dim(); ++back) {
      const std::int64_t size = x.sizes()[x.dim() - back];
      if (size != 1) sizes[sizes.size() - back] = size;
    }
  }
  return sizes;
}

template <class T>
Tensor combined(int op, const Tensor& a, const Tensor& b) {
  return filled<T>(common_sizes(a, b), [&](const Shape& index) {
    const T x = element<T>(a, index), y = element<T>(b, index);
    if (op == 0) return static_cast<T>(x + y);
    if (op == 1) return static_cast<T>(x - y);
    return op == 2 ? static_cast<T>(x * y) : static_cast<T>(x / y);
  });
}

Tensor expected(int op, const Tensor& a, const Tensor& b) {
  if (a.dtype() == DType::float64) return combined<double>(op, a, b);
  if (a.dtype() == DType::int64) return combined<std::int64_t>(op, a, b);
  return combined<float>(op, a, b);
}

// Replaces zeros, so that int64 may divide by x.
Tensor without_zeros(const Tensor& x) {
  for_each_index(x.sizes(), [&](const Shape& index) {
    std::int64_t cell = 0;
    for (std::int64_t d = 0; d < x.dim(); ++d) cell += index[d] * x.strides()[d];
    std::int64_t& value = x.data<std::int64_t>()[cell];
    if (value == 0) value = 7;
  });
  return x;
}

void check(lab::Case& c, int op, const Tensor& first, const Tensor& second) {
  const Tensor a = c.input("a", first), b = c.input("b", second);
  CHECK_SAME("y", applied(op, a, b), expected(op, a, b));
}

// The sizes of an operand that broadcasts to `sizes`: some of them 1, some leading ones missing.
Shape partner(lab::Case& c, Shape sizes, bool shorter) {
  for (std::int64_t& size : sizes) size = c.coin() ? 1 : size;
  for (std::int64_t drop = shorter ? c.integer(1, sizes.size()) : 0; drop > 0; --drop) sizes.erase(0);
  return sizes;
}

}  // namespace

// ---- step: same shape ----

TASK_TEST_USES(1, 8, equal_shapes_meet_element_by_element, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 4);
    const int op = any_operation(c);
    check(c, op, c.contiguous(sizes), c.contiguous(sizes));
  });
}

TASK_TEST_USES(1, 8, float64_keeps_its_digits, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 3);
    const int op = any_operation(c);
    check(c, op, c.reals(sizes, DType::float64), c.reals(sizes, DType::float64));
  });
}

TASK_TEST_USES(1, 8, int64_is_exact_beyond_double, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t big = (std::int64_t{1} << 60) + c.integer(0, 99);
    const Tensor a = without_zeros(c.contiguous(c.shape(0, 3), DType::int64));
    const Tensor b = make({1}, DType::int64, [](const Shape&) { return 0; });
    b.data<std::int64_t>()[0] = big;
    const int op = static_cast<int>(c.pick({0, 1, 3}));
    c.input("op", names[op]);
    op == 3 ? check(c, op, b, a) : check(c, op, a, b);
  });
}

// ---- step: scalar ----

TASK_TEST_USES(1, 8, a_scalar_meets_every_element, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.contiguous(c.shape(1, 4)), one = c.contiguous(c.coin() ? Shape{} : Shape{1});
    const int op = any_operation(c);
    c.coin() ? check(c, op, x, one) : check(c, op, one, x);
  });
}

// ---- step: broadcast ----

TASK_TEST_USES(1, 8, sizes_of_one_are_stretched, "1.1", "1.7") {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4);
    const int op = any_operation(c);
    check(c, op, c.contiguous(partner(c, sizes, false)), c.contiguous(partner(c, sizes, false)));
  });
}

TASK_TEST_USES(1, 8, missing_dimensions_are_stretched, "1.1", "1.7") {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4);
    const Tensor a = c.contiguous(sizes), b = c.contiguous(partner(c, sizes, true));
    const int op = any_operation(c);
    c.coin() ? check(c, op, a, b) : check(c, op, b, a);
  });
}

TASK_TEST_USES(1, 8, without_elements_there_is_nothing_to_do, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 4);
    sizes[c.integer(0, sizes.size() - 1)] = c.integer(0, 1);
    const int op = any_operation(c);
    check(c, op, c.contiguous(sizes), c.contiguous(partner(c, sizes, false)));
  });
}

TASK_TEST_USES(1, 8, operands_that_make_no_pair_throw, "1.1", "1.7") {
  lab::cases(60, [](lab::Case& c) {
    Shape left = c.shape(1, 3), right = partner(c, left, c.coin());
    DType dtype = c.pick({DType::float32, DType::float64, DType::int64});
    const std::int64_t fault = c.integer(0, 5);
    if (fault == 0) left = {2, 3}, right = {2, 4};
    if (fault == 1) dtype = c.pick({DType::int32, DType::uint8, DType::boolean});
    const DType other = fault != 2 ? dtype : dtype == DType::float32 ? DType::float64 : DType::float32;
    const Tensor a = c.input("a", c.contiguous(left, dtype)), b = c.input("b", c.contiguous(right, other));
    const int op = static_cast<int>(c.integer(0, 2));
    c.input("op", names[op]);
    CHECK_OUTCOME("y", applied(op, a, b), [&] {
      if (fault == 0) throw ShapeError("3 beside 4");
      if (fault == 1) throw DTypeError("no loop");
      if (fault == 2) throw DTypeError("two dtypes");
      return expected(op, a, b);
    }());
  });
}

// ---- step: strided ----

TASK_TEST_USES(1, 8, operands_may_lie_anywhere, "1.1", "1.7") {
  lab::cases(80, [](lab::Case& c) {
    const DType dtype = c.pick({DType::float32, DType::float64, DType::int64});
    const Shape sizes = c.shape(1, 4);
    const int op = any_operation(c);
    const Tensor a = c.tensor(sizes, dtype), b = c.strided(partner(c, sizes, c.coin()), dtype);
    check(c, op, a, dtype == DType::int64 ? without_zeros(b) : b);
  });
}

TASK_TEST_USES(1, 8, operands_may_have_stride_zero, "1.1", "1.7") {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4);
    const Tensor a = c.expanded(sizes), b = c.coin() ? c.contiguous(sizes) : c.expanded(sizes);
    const int op = any_operation(c);
    c.coin() ? check(c, op, a, b) : check(c, op, b, a);
  });
}

TASK_TEST_USES(1, 8, two_views_of_one_storage, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.integer(1, 5);
    const Tensor x = c.distinct({n, n});
    const Tensor transpose = as_strided(x, x.sizes(), {x.strides()[1], x.strides()[0]}, x.storage_offset());
    const int op = any_operation(c);
    check(c, op, x, transpose);
  });
}

TASK_TEST_USES(1, 8, a_contiguous_operand_beside_a_strided_one, "1.1", "1.7") {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(2, 3);
    const Tensor a = c.reals(sizes), b = c.contiguous(sizes);
    const int op = any_operation(c);
    c.coin() ? check(c, op, a, b) : check(c, op, b, a);
  });
}

// ---- step: quotients ----

TASK_TEST_USES(1, 8, floats_are_divided_as_in_ieee_754, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const DType dtype = c.coin() ? DType::float32 : DType::float64;
    const auto value = [&](const Shape&) { return c.pick({0.0, 1.0, -2.0, inf, -inf, nan}); };
    const Shape sizes = c.shape(1, 2);
    const Tensor a = make(sizes, dtype, value), b = make(partner(c, sizes, false), dtype, value);
    const int op = c.index() < 8 ? 3 : any_operation(c);
    check(c, op, a, b);
  });
}

TASK_TEST_USES(1, 8, int64_division_goes_towards_zero, "1.1", "1.7") {
  lab::cases(60, [](lab::Case& c) {
    const Tensor a = make({c.integer(1, 3)}, DType::int64, [&](const Shape&) { return c.integer(-9, 9); });
    const Tensor b = make({1}, DType::int64, [&](const Shape&) { return c.pick({-3, -2, -1, 1, 2, 3}); });
    if (c.index() % 8 == 7) a.data<std::int64_t>()[0] = std::numeric_limits<std::int64_t>::min() + 1;
    check(c, 3, a, b);
  });
}

TASK_TEST_USES(1, 8, int64_by_zero_throws, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor a = make({c.integer(1, 3)}, DType::int64, [&](const Shape&) { return c.integer(-9, 9); });
    const Tensor b = make({1}, DType::int64, [&](const Shape&) { return c.integer(0, 1) * c.integer(1, 3); });
    c.input("a", a);
    c.input("b", b);
    CHECK_OUTCOME("y", raw::div(a, b), [&] {
      if (b.data<std::int64_t>()[0] == 0) throw ValueError("by zero");
      return combined<std::int64_t>(3, a, b);
    }());
  });
}

TASK_TEST_USES(1, 8, the_smallest_int64_by_minus_one_throws, "1.1", "1.7") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const Tensor a = filled<std::int64_t>({c.integer(1, 3)}, [&](const Shape&) { return c.integer(-9, 9); });
    if (c.coin()) a.data<std::int64_t>()[0] = least;
    const Tensor b = filled<std::int64_t>({1}, [&](const Shape&) { return c.pick({-1, 1, 2}); });
    c.input("a", a);
    c.input("b", b);
    CHECK_OUTCOME("y", raw::div(a, b), [&] {
      if (b.data<std::int64_t>()[0] == -1 && a.data<std::int64_t>()[0] == least) throw ValueError("too large");
      return combined<std::int64_t>(3, a, b);
    }());
  });
}

}  // namespace tinytorch
