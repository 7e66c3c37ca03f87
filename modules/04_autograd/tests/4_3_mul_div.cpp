// Task 4.3: vjp::mul and vjp::div.

#include "modules/04_autograd/tests/oracle.hpp"
#include "tinytorch/core/vjps.hpp"

namespace tinytorch {
namespace {

struct Operands {
  Tensor grad, a, b;
};

// Small integers: their products are exact.
Operands integers(lab::Case& c, const Shape& a_sizes, const Shape& b_sizes) {
  const DType dtype = float_dtype(c);
  const Tensor a = c.input("a", c.tensor(a_sizes, dtype)), b = c.input("b", c.tensor(b_sizes, dtype));
  return {c.input("grad", c.tensor(common_sizes(a_sizes, b_sizes), dtype)), a, b};
}

// Numbers of both signs that are not near 0.
Operands reals(lab::Case& c, const Shape& a_sizes, const Shape& b_sizes) {
  const auto away = [&](const Shape&) { return c.real(0.5, 2.0) * (c.coin() ? 1.0 : -1.0); };
  const Tensor a = c.input("a", make(a_sizes, DType::float64, away));
  const Tensor b = c.input("b", make(b_sizes, DType::float64, away));
  return {c.input("grad", c.reals(common_sizes(a_sizes, b_sizes), DType::float64)), a, b};
}

// weight(index) * grad, summed to a's shape and to b's.
template <class WeightA, class WeightB>
std::pair<Tensor, Tensor> weighted(const Operands& o, WeightA weight_a, WeightB weight_b) {
  Totals da(o.a.sizes()), db(o.b.sizes());
  for_each_index(o.grad.sizes(), [&](const Shape& index) {
    const double g = lab::at(o.grad, index), x = broadcast_at(o.a, index), y = broadcast_at(o.b, index);
    da.add(index, g * weight_a(x, y));
    db.add(index, g * weight_b(x, y));
  });
  return {da.tensor(o.a.dtype()), db.tensor(o.b.dtype())};
}

std::pair<Tensor, Tensor> of_product(const Operands& o) {
  return weighted(
      o, [](double, double y) { return y; }, [](double x, double) { return x; });
}
std::pair<Tensor, Tensor> of_quotient(const Operands& o) {
  return weighted(
      o, [](double, double y) { return 1.0 / y; }, [](double x, double y) { return -x / (y * y); });
}

void check_product(lab::Case& c, const Shape& a, const Shape& b) {
  const Operands o = integers(c, a, b);
  const TensorPair y = vjp::mul(o.grad, o.a, o.b);
  CHECK_SAME("da", y.first, of_product(o).first);
  CHECK_SAME("db", y.second, of_product(o).second);
}

void check_quotient(lab::Case& c, const Shape& a, const Shape& b) {
  const Operands o = reals(c, a, b);
  const TensorPair y = vjp::div(o.grad, o.a, o.b);
  const double tolerance = rounding(DType::float64, 8.0 + 2.0 * static_cast<double>(o.grad.numel()), 8.0);
  CHECK_CLOSE("da", y.first, of_quotient(o).first, tolerance);
  CHECK_CLOSE("db", y.second, of_quotient(o).second, tolerance);
}

}  // namespace

TASK_TEST_USES(4, 3, each_factor_is_weighted_by_the_other, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 4);
    check_product(c, sizes, sizes);
  });
}

TASK_TEST_USES(4, 3, broadcast_factors_get_sums, "4.2") {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4), a = partner(c, sizes), b = partner(c, sizes);
    check_product(c, a, b);
  });
}

TASK_TEST_USES(4, 3, the_quotient_rule, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 4);
    check_quotient(c, sizes, sizes);
  });
}

TASK_TEST_USES(4, 3, broadcast_quotients_get_sums, "4.2") {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4), a = partner(c, sizes), b = partner(c, sizes);
    check_quotient(c, a, b);
  });
}

// A gradient that `needs` does not ask for may be undefined. The other one must be right.
TASK_TEST_USES(4, 3, the_gradient_that_was_asked_for_is_there, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3);
    const Operands o = integers(c, partner(c, sizes), sizes);
    const bool first = c.input("the first is asked for", c.coin());
    const TensorPair y = vjp::mul(o.grad, o.a, o.b, {first, !first});
    CHECK_SAME("gradient", first ? y.first : y.second, first ? of_product(o).first : of_product(o).second);
  });
}

}  // namespace tinytorch
