// Task 4.7: vjp::relu, vjp::tanh and vjp::exp.

#include "modules/04_autograd/tests/oracle.hpp"
#include "tinytorch/core/vjps.hpp"

#include <algorithm>

namespace tinytorch {
namespace {

// grad and y of one shape. `rule` gives the elements of y. Either tensor may be non-contiguous.
struct Pair {
  Tensor grad, y;
};

template <class Rule>
Pair drawn(lab::Case& c, DType dtype, Rule rule) {
  const Shape sizes = c.shape(0, 4);
  const Tensor y = c.input("y", raw::permute(make(sizes, dtype, rule), [&] {
                             Shape order = Shape::filled(sizes.size(), 0);
                             for (std::int64_t d = 0; d < sizes.size(); ++d) order[d] = sizes.size() - 1 - d;
                             return order;
                           }()));
  return {c.input("grad", c.tensor(y.sizes(), dtype)), y};
}

template <class Slope>
Tensor weighted(const Pair& p, Slope slope) {
  return make(p.y.sizes(), p.y.dtype(),
              [&](const Shape& index) { return lab::at(p.grad, index) * slope(lab::at(p.y, index)); });
}

}  // namespace

TASK_TEST(4, 7, relu_passes_the_gradient_where_y_is_above_zero) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = float_dtype(c);
    const Pair p = drawn(c, dtype, [&](const Shape&) { return std::max<std::int64_t>(0, c.integer(-3, 3)); });
    CHECK_SAME("dx", vjp::relu(p.grad, p.y), weighted(p, [](double y) { return y > 0.0 ? 1.0 : 0.0; }));
  });
}

TASK_TEST(4, 7, relu_hides_no_nan) {
  lab::cases(40, [](lab::Case& c) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const DType dtype = float_dtype(c);
    const Pair p = drawn(c, dtype, [&](const Shape&) { return c.pick({0.0, 1.0, nan}); });
    CHECK_SAME("dx", vjp::relu(p.grad, p.y), weighted(p, [](double y) { return y == 0.0 ? 0.0 : 1.0; }));
  });
}

TASK_TEST(4, 7, tanh_from_its_output) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = float_dtype(c);
    const Pair p = drawn(c, dtype, [&](const Shape&) { return c.real(-1.0, 1.0); });
    CHECK_CLOSE("dx", vjp::tanh(p.grad, p.y), weighted(p, [](double y) { return 1.0 - y * y; }),
                rounding(dtype, 4.0, 9.0));
  });
}

TASK_TEST(4, 7, exp_from_its_output) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = float_dtype(c);
    const Pair p = drawn(c, dtype, [&](const Shape&) { return c.real(0.0, 5.0); });
    CHECK_CLOSE("dx", vjp::exp(p.grad, p.y), weighted(p, [](double y) { return y; }), rounding(dtype, 2.0, 45.0));
  });
}

}  // namespace tinytorch
