// Task 4.2: unbroadcast.

#include "modules/04_autograd/tests/second.hpp"
#include "tinytorch/core/vjps.hpp"

namespace tinytorch {
namespace {

Tensor totals(const Tensor& grad, const Shape& sizes) {
  Totals cells(sizes);
  for_each_index(grad.sizes(), [&](const Shape& index) { cells.add(index, lab::at(grad, index)); });
  return cells.tensor(grad.dtype());
}

void check(lab::Case& c, const Tensor& given, const Shape& wanted) {
  const Tensor grad = c.input("grad", given);
  const Shape sizes = c.input("sizes", wanted);
  CHECK_SAME("y", unbroadcast(grad, sizes), totals(grad, sizes));
}

}  // namespace

TASK_TEST(4, 2, equal_sizes_give_the_gradient_itself) {
  lab::cases(32, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 4);
    const Tensor grad = c.input("grad", c.tensor(sizes, float_dtype(c)));
    const Tensor y = unbroadcast(grad, grad.sizes());
    CHECK_SAME("y", y, grad);
    CHECK_SAME("the same storage", y.shares_storage(grad), true);
  });
}

TASK_TEST(4, 2, stretched_dimensions_are_summed) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 4);
    const Tensor grad = c.contiguous(sizes, float_dtype(c));
    for (std::int64_t& size : sizes) size = c.coin() ? 1 : size;
    check(c, grad, sizes);
  });
}

TASK_TEST(4, 2, added_dimensions_are_summed) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 4);
    const Tensor grad = c.contiguous(sizes, float_dtype(c));
    for (std::int64_t drop = c.integer(1, sizes.size()); drop > 0; --drop) sizes.erase(0);
    check(c, grad, sizes);
  });
}

TASK_TEST(4, 2, added_and_stretched_dimensions_together) {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(2, 4);
    const Tensor grad = c.tensor(sizes, float_dtype(c));
    check(c, grad, partner(c, sizes));
  });
}

TASK_TEST(4, 2, the_gradient_may_repeat_its_elements) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4);
    const DType dtype = float_dtype(c);
    const Tensor grad = c.coin() ? c.expanded(sizes, dtype) : c.strided(sizes, dtype);
    check(c, grad, partner(c, sizes));
  });
}

TASK_TEST(4, 2, a_stretch_to_size_zero_leaves_zeros) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 3), small = sizes;
    const std::int64_t d = c.integer(0, sizes.size() - 1);
    sizes[d] = 0;
    small[d] = c.integer(0, 1);
    check(c, c.contiguous(sizes, float_dtype(c)), small);
  });
}

TASK_TEST(4, 2, infinities_and_nan_reach_their_own_sums_alone) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3);
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const auto any = [&](const Shape&) { return c.pick({1.0, 2.0, 3.0, infinity, nan}); };
    const Tensor grad = make(sizes, float_dtype(c), any);
    check(c, grad, partner(c, sizes));
  });
}

TASK_TEST_USES(4, 2, the_sums_have_a_gradient_themselves, "4.5", "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3), small = c.input("sizes", partner(c, sizes));
    const Tensor grad = c.input("grad", c.reals(sizes, DType::float64));
    check_second(
        c, "the sums", {grad}, [&](const Tensors& x) { return unbroadcast(x[0], small); },
        [&](const Tensors& x) { return totals(x[0], small); });
  });
}

}  // namespace tinytorch
