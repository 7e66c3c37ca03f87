// Task 2.4: raw::relu, sigmoid, tanh and gelu.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/core/activations.hpp"

#include <algorithm>
#include <cmath>

namespace tinytorch {
namespace {

using Op = Tensor (*)(const Tensor&);
using Formula = long double (*)(long double);

// The formulas of the lesson. long double holds numbers up to exp(11356), so they don't overflow where a float does.
long double relu_at(long double v) { return v < 0 ? 0 : v; }
long double sigmoid_at(long double v) { return 1 / (1 + std::exp(-v)); }
long double tanh_at(long double v) { return std::tanh(v); }
long double gelu_at(long double v) { return v * (1 + std::erf(v / std::sqrt(2.0L))) / 2; }

Tensor mapped(const Tensor& x, Formula formula) {
  return make(x.sizes(), x.dtype(), [&](const Shape& index) { return formula(lab::at(x, index)); });
}

// A few roundings of numbers no larger than the result's bound: 1, or the largest |x| for gelu.
double rounding(const Tensor& x, bool grows) {
  double largest = 1;
  for (const double value : lab::values(x)) largest = grows ? std::max(largest, std::abs(value)) : 1.0;
  return 8 * eps_of(x.dtype()) * largest;
}

void check(lab::Case& c, Op op, Formula formula, const Tensor& input, bool grows = false) {
  const Tensor x = c.input("x", input);
  CHECK_CLOSE("y", op(x), mapped(x, formula), rounding(x, grows));
}

// Values from -1000 to 1000, some of them exactly at an end.
Tensor far_out(lab::Case& c) {
  const Tensor x = reals(c, 1, 3, -1000.0, 1000.0);
  return make(x.sizes(), x.dtype(), [&](const Shape& index) {
    const std::int64_t draw = c.integer(0, 5);
    return draw == 0 ? -1000.0 : draw == 1 ? 1000.0 : lab::at(x, index);
  });
}

}  // namespace

// ---- step: relu ----

TASK_TEST(2, 4, relu_cuts_at_zero) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Shape sizes = c.shape(0, 4);
    const Tensor x = c.input("x", c.coin() ? c.tensor(sizes, dtype) : c.reals(sizes, dtype, -2.0, 2.0));
    CHECK_SAME("y", raw::relu(x), mapped(x, relu_at));
  });
}

TASK_TEST(2, 4, relu_has_no_upper_end) {
  lab::cases(32, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity();
    const Tensor values = far_out(c);
    const Tensor x = c.input("x", make(values.sizes(), values.dtype(), [&](const Shape& index) {
                               const std::int64_t draw = c.integer(0, 7);
                               return draw == 0 ? infinity : draw == 1 ? -infinity : lab::at(values, index);
                             }));
    CHECK_SAME("y", raw::relu(x), mapped(x, relu_at));
  });
}

// ---- step: sigmoid, tanh ----

TASK_TEST(2, 4, sigmoid_follows_its_formula) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = reals(c, 0, 4, -20.0, 20.0);
    check(c, raw::sigmoid, sigmoid_at, x);
  });
}

TASK_TEST(2, 4, sigmoid_is_safe_far_out) {
  lab::cases(40, [](lab::Case& c) { check(c, raw::sigmoid, sigmoid_at, far_out(c)); });
}

TASK_TEST(2, 4, tanh_follows_its_formula) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = reals(c, 0, 4, -10.0, 10.0);
    check(c, raw::tanh, tanh_at, x);
  });
}

TASK_TEST(2, 4, tanh_is_safe_far_out) {
  lab::cases(40, [](lab::Case& c) { check(c, raw::tanh, tanh_at, far_out(c)); });
}

// ---- step: gelu ----

TASK_TEST(2, 4, gelu_weighs_by_the_normal_distribution) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = reals(c, 0, 4, -6.0, 6.0);
    check(c, raw::gelu, gelu_at, x, true);
  });
}

TASK_TEST(2, 4, gelu_is_safe_far_out) {
  lab::cases(40, [](lab::Case& c) { check(c, raw::gelu, gelu_at, far_out(c), true); });
}

// ---- the rest ----

TASK_TEST(2, 4, nan_stays_nan) {
  lab::cases(48, [](lab::Case& c) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::int64_t op = c.index() % 4;
    c.input("op", std::string_view(op == 0 ? "relu" : op == 1 ? "sigmoid" : op == 2 ? "tanh" : "gelu"));
    const DType dtype = any_float(c);
    const Tensor x = make(c.shape(1, 3), dtype, [&](const Shape&) {
      return c.integer(0, 2) == 0 ? nan : static_cast<double>(c.integer(-3, 3));
    });
    if (op == 0) check(c, raw::relu, relu_at, x);
    if (op == 1) check(c, raw::sigmoid, sigmoid_at, x);
    if (op == 2) check(c, raw::tanh, tanh_at, x);
    if (op == 3) check(c, raw::gelu, gelu_at, x, true);
  });
}

}  // namespace tinytorch
