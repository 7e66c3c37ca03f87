// Task 4.3: vjp::mul and vjp::div.

#include "modules/04_autograd/tests/second.hpp"
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

// 1e-25 squared is 0 in float32, and 1e25 squared is infinite. The gradient itself is an ordinary number.
TASK_TEST_USES(4, 3, small_and_large_divisors_are_not_squared, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 2);
    const bool wide = c.coin(), large = c.coin();
    const double power = (wide ? 180.0 : 25.0) * (large ? 1.0 : -1.0);
    const double of_a = power + static_cast<double>(c.integer(-5, 5));
    const DType dtype = wide ? DType::float64 : DType::float32;
    const auto about = [&](double ten_to) {
      return [&c, ten_to](const Shape&) { return c.real(1.0, 2.0) * std::pow(10.0, ten_to) * (c.coin() ? 1.0 : -1.0); };
    };
    const Tensor a = c.input("a", make(sizes, dtype, about(of_a))), b = c.input("b", make(sizes, dtype, about(power)));
    const Operands o{c.input("grad", make(sizes, dtype, about(0.0))), a, b};
    const double slope = std::pow(10.0, of_a - 2.0 * power);  // the gradient is below 4 * slope
    const auto in_slopes = [&](const Tensor& x) {
      return make(x.sizes(), DType::float64, [&](const Shape& i) { return lab::at(x, i) / slope; });
    };
    const auto right = [&](const Shape& i) {
      return -lab::at(o.grad, i) * (lab::at(a, i) / lab::at(b, i) / lab::at(b, i)) / slope;
    };
    CHECK_CLOSE("db, in units of 1e" + std::to_string(std::lround(of_a - 2.0 * power)),
                in_slopes(vjp::div(o.grad, a, b).second), make(sizes, DType::float64, right),
                rounding(dtype, 8.0, 8.0));
  });
}

TASK_TEST_USES(4, 3, infinities_and_nan_reach_their_own_elements_alone, "4.2") {
  lab::cases(60, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const auto any = [&](const Shape&) { return c.pick({1.0, -2.0, 4.0, 0.0, infinity, -infinity, nan}); };
    const Shape sizes = c.shape(0, 3);
    const DType dtype = float_dtype(c);
    const Tensor a = c.input("a", make(sizes, dtype, any)), b = c.input("b", make(sizes, dtype, any));
    const Operands o{c.input("grad", make(sizes, dtype, any)), a, b};
    const TensorPair product = vjp::mul(o.grad, a, b), quotient = vjp::div(o.grad, a, b);
    CHECK_SAME("da of the product", product.first, of_product(o).first);
    CHECK_SAME("db of the product", product.second, of_product(o).second);
    CHECK_SAME("da of the quotient", quotient.first,
               make(sizes, dtype, [&](const Shape& i) { return lab::at(o.grad, i) / lab::at(b, i); }));
  });
}

TASK_TEST_USES(4, 3, products_and_quotients_have_second_gradients, "4.2", "4.5", "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 2);
    const Operands o = reals(c, partner(c, sizes), partner(c, sizes));
    const bool quotient = c.input("quotient", c.coin());
    const auto code = [&](const Tensors& x) {
      return quotient ? vjp::div(x[0], x[1], x[2]) : vjp::mul(x[0], x[1], x[2]);
    };
    const auto rule = [&](const Tensors& x) {
      const Operands at{x[0], x[1], x[2]};
      return quotient ? of_quotient(at) : of_product(at);
    };
    const Tensors points{o.grad, o.a, o.b};
    check_second(
        c, "da", points, [&](const Tensors& x) { return keep(code(x)).first; },
        [&](const Tensors& x) { return rule(x).first; });
    check_second(
        c, "db", points, [&](const Tensors& x) { return keep(code(x)).second; },
        [&](const Tensors& x) { return rule(x).second; });
  });
}

}  // namespace tinytorch
