// Task 6.5: clip_grad_norm_.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/optim/loop.hpp"

#include <cmath>

namespace tinytorch {
namespace {

struct Given {
  std::vector<Tensor> parameters;
  std::vector<Numbers> gradients;  // empty: the parameter has no gradient
  double norm = 0.0;
};

// Parameters of different sizes; gradients in any layout, some missing.
Given given(lab::Case& c, DType dtype) {
  Given all;
  double squares = 0.0;
  for (std::int64_t k = c.integer(1, 3 + c.size() / 3); k > 0; --k) {
    const Shape sizes = c.shape(1, 3);
    const std::string name = "gradient " + std::to_string(all.parameters.size());
    Tensor gradient;
    if (c.integer(0, 3) != 0) gradient = c.shown(name, c.reals(sizes, dtype, -3.0, 3.0));
    all.parameters.push_back(parameter_of(make(sizes, dtype, [](const Shape&) { return 0.0; }), gradient));
    all.gradients.push_back(gradient.defined() ? lab::values(gradient) : Numbers());
    for (const double value : all.gradients.back()) squares += value * value;
  }
  all.norm = std::sqrt(squares);
  return all;
}

std::vector<Numbers> gradients_of(const std::vector<Tensor>& parameters) {
  std::vector<Numbers> all;
  for (const Tensor& p : parameters) all.push_back(p.grad().defined() ? lab::values(p.grad()) : Numbers());
  return all;
}

std::vector<Numbers> scaled(std::vector<Numbers> gradients, double factor) {
  for (Numbers& gradient : gradients)
    for (double& value : gradient) value *= factor;
  return gradients;
}

// The number in "... parameter 3 ..." of the error; -1 if it names none, -2 if there is no error.
std::string parameter_named(const std::vector<Tensor>& parameters, double max_norm) {
  try {
    optim::clip_grad_norm_(parameters, max_norm);
  } catch (const ValueError& error) {
    const std::string text = error.what(), word = "parameter ";
    const std::size_t at = text.find(word);
    if (at == std::string::npos) return "none";
    return std::to_string(std::atoll(text.c_str() + at + word.size()));
  }
  return "no ValueError";
}

}  // namespace

TASK_TEST(6, 5, one_norm_over_all_gradients_is_returned) {
  lab::cases(30, [](lab::Case& c) {
    const DType dtype = float_dtype(c);
    const Given all = given(c, dtype);
    const double most = c.input("max_norm", c.coin() ? c.real(0.1, 1.0) : 1e3);
    CHECK_CLOSE("norm before", optim::clip_grad_norm_(all.parameters, most), all.norm, 1e-12 * (1.0 + all.norm));
  });
}

TASK_TEST(6, 5, all_gradients_shrink_by_one_factor) {
  lab::cases(30, [](lab::Case& c) {
    const DType dtype = float_dtype(c);
    const Given all = given(c, dtype);
    const double most = c.input("max_norm", all.norm * c.real(0.1, 0.9));
    optim::clip_grad_norm_(all.parameters, most);
    const double factor = all.norm > 0.0 ? most / all.norm : 1.0;
    CHECK_CLOSE("gradients", gradients_of(all.parameters), scaled(all.gradients, factor), rounding(dtype, 3, 3.0));
  });
}

TASK_TEST(6, 5, smaller_gradients_are_left_as_they_are) {
  lab::cases(30, [](lab::Case& c) {
    const Given all = given(c, float_dtype(c));
    const double more = c.real(1.1, 4.0);
    const double most = c.input("max_norm", c.coin() ? all.norm * more : std::numeric_limits<double>::infinity());
    CHECK_CLOSE("norm", optim::clip_grad_norm_(all.parameters, most), all.norm, 1e-12 * (1.0 + all.norm));
    CHECK_SAME("gradients", gradients_of(all.parameters), all.gradients);
  });
}

// Others may hold the gradient too. Clipping must change its elements, and not replace the tensor.
TASK_TEST(6, 5, gradients_shrink_in_place) {
  lab::cases(20, [](lab::Case& c) {
    const Tensor gradient = row_major(c, c.shape(1, 2), DType::float64, 1.0, 2.0);
    c.shown("gradient", gradient);
    const std::vector<Tensor> parameters{parameter_of(gradient, gradient)};
    const Numbers before = lab::values(gradient);
    optim::clip_grad_norm_(parameters, c.input("max_norm", 0.5));
    CHECK_CLOSE("the gradient that was given", lab::values(gradient), scaled({before}, 0.5 / norm_of(before)).front(),
                1e-14);
    CHECK_SAME("nothing is recorded for it", gradient.requires_grad(), false);
  });
}

namespace {

// Puts `odd` into a gradient, which must be named before any gradient changes.
void check_named(double odd) {
  lab::cases(30, [odd](lab::Case& c) {
    Given all = given(c, DType::float64);
    const auto last = static_cast<std::int64_t>(all.parameters.size()) - 1;
    const std::int64_t broken = c.input("parameter that is not finite", c.integer(0, last));
    c.input("element", odd);
    const auto slot = static_cast<std::size_t>(broken);
    const Tensor gradient = row_major(c, all.parameters[slot].sizes(), DType::float64);
    gradient.data<double>()[c.integer(0, gradient.numel() - 1)] = odd;
    all.parameters[slot].set_grad(gradient);
    all.gradients[slot] = lab::values(gradient);
    const double most = c.input("max_norm", c.coin() ? 0.5 : std::numeric_limits<double>::infinity());
    CHECK_SAME("parameter that the ValueError names", parameter_named(all.parameters, most), std::to_string(broken));
    CHECK_SAME("gradients", gradients_of(all.parameters), all.gradients);
  });
}

}  // namespace

TASK_TEST(6, 5, a_gradient_with_nan_is_named_before_anything_changes) { check_named(std::nan("")); }

TASK_TEST(6, 5, an_infinite_gradient_is_named_before_anything_changes) {
  check_named(std::numeric_limits<double>::infinity());
}

TASK_TEST(6, 5, a_max_norm_that_is_no_norm_is_refused) {
  lab::cases(12, [](lab::Case& c) {
    const Given all = given(c, float_dtype(c));
    const double most = c.input("max_norm", c.index() % 3 == 2 ? std::nan("") : -c.real(0.1, 2.0));
    const auto expected = []() -> double { throw ValueError("no norm"); };
    CHECK_OUTCOME("norm", optim::clip_grad_norm_(all.parameters, most), expected());
    CHECK_SAME("gradients", gradients_of(all.parameters), all.gradients);
  });
}

}  // namespace tinytorch
