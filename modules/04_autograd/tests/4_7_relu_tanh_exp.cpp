// Task 4.7: vjp::relu, vjp::tanh and vjp::exp.

#include "modules/04_autograd/tests/second.hpp"
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

// A choice lets infinity and NaN pass where y is above 0, and stops them where it is 0. A product with 0 gives NaN.
TASK_TEST(4, 7, relu_stops_an_infinite_gradient_too) {
  lab::cases(40, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const DType dtype = float_dtype(c);
    const Shape sizes = c.shape(0, 3);
    const Tensor y = c.input("y", make(sizes, dtype, [&](const Shape&) { return c.pick({0.0, 0.0, 1.0, infinity}); }));
    const Tensor grad = c.input("grad", make(sizes, dtype, [&](const Shape&) {
                                  return c.pick({infinity, -infinity, nan, 3.0});
                                }));
    CHECK_SAME("dx", vjp::relu(grad, y), make(sizes, dtype, [&](const Shape& index) {
                 return lab::at(y, index) == 0.0 ? 0.0 : lab::at(grad, index);
               }));
  });
}

TASK_TEST(4, 7, tanh_and_exp_let_infinities_and_nan_pass) {
  lab::cases(40, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const DType dtype = float_dtype(c);
    const Shape sizes = c.shape(0, 3);
    const Tensor y = c.input("y", make(sizes, dtype, [&](const Shape&) { return c.pick({0.5, 0.25, nan}); }));
    const Tensor grad = c.input("grad", make(sizes, dtype, [&](const Shape&) {
                                  return c.pick({infinity, -infinity, nan, 2.0});
                                }));
    const Pair p{grad, y};
    CHECK_SAME("dx of tanh", vjp::tanh(grad, y), weighted(p, [](double v) { return 1.0 - v * v; }));
    CHECK_SAME("dx of exp", vjp::exp(grad, y), weighted(p, [](double v) { return v; }));
  });
}

TASK_TEST_USES(4, 7, each_has_a_gradient_for_its_output_too, "4.2", "4.3", "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 2);
    const Tensor y = c.input("y", make(sizes, DType::float64, [&](const Shape&) { return c.real(0.2, 0.9); }));
    const Tensors points{c.input("grad", c.reals(sizes, DType::float64)), y};
    const std::string which = c.input("of", std::string(c.pick({"relu", "tanh", "exp"})));
    check_second(
        c, "dx", points,
        [&](const Tensors& x) {
          return which == "relu"   ? vjp::relu(x[0], x[1])
                 : which == "tanh" ? vjp::tanh(x[0], x[1])
                                   : vjp::exp(x[0], x[1]);
        },
        [&](const Tensors& x) {
          return weighted({x[0], x[1]}, [&](double v) {
            return which == "relu" ? 1.0 : which == "tanh" ? 1.0 - v * v : v;
          });
        });
  });
}

}  // namespace tinytorch
