// Lab 04, part A: the instrument that finds a wrong gradient.

#include "tinytorch/core/gradcheck.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch {
// BEGIN HELPER 4.1
namespace {

// The sum over all elements of y * upstream. The difference quotient is taken of this number.
double weighted_sum(const Tensor& y, const Tensor& upstream) { return sum(y * upstream).item<double>(); }

// d weighted_sum / d element by central differences. The element has its old value afterwards.
double difference_quotient(FunctionRef<Tensor(Inputs)> function, Inputs inputs, double& element, const Tensor& upstream,
                           double step) {
  const double before = element;
  const double h = step * std::max(1.0, std::abs(before));
  element = before + h;
  const double above = weighted_sum(function(inputs), upstream);
  element = before - h;
  const double below = weighted_sum(function(inputs), upstream);
  element = before;
  return (above - below) / (2.0 * h);
}

}  // namespace
// END HELPER

// Compares the gradients that `gradient` returns with central differences of `function`, element by element.
//   f(x) = x * x at 3, upstream 1: gradient 6 -> ok; gradient 3 -> input 0, index 0, analytic 3, numeric 6
GradcheckResult gradcheck(FunctionRef<Tensor(Inputs)> function,
                          FunctionRef<std::vector<Tensor>(Inputs, const Tensor&)> gradient, Inputs inputs,
                          const GradcheckOptions& options) {
  // BEGIN SOLUTION 4.1: in double, every element, an upstream of no special values
  std::vector<Tensor> points;  // contiguous copies of our own: their elements are moved and put back
  for (const Tensor& input : inputs) {
    if (input.dtype() != DType::float64)
      throw DTypeError(fmt::format("[gradcheck] needs float64 inputs, not {}", to_string(input.dtype())));
    points.push_back(input.detach().clone());
  }
  Generator generator(options.seed);
  const Tensor upstream = randn(function(points).sizes(), generator, DType::float64);
  const std::vector<Tensor> analytic = gradient(points, upstream);
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto input = static_cast<std::int64_t>(k);
    if (k >= analytic.size() || !analytic[k].defined() || analytic[k].sizes() != points[k].sizes())
      return {false, input};  // no element: index -1
    const Tensor claimed = contiguous(analytic[k]);
    std::vector<double> numeric(static_cast<std::size_t>(points[k].numel()));
    double scale = 1.0;
    for (std::size_t i = 0; i < numeric.size(); ++i) {
      numeric[i] = difference_quotient(function, points, points[k].data<double>()[i], upstream, options.step);
      if (std::isfinite(numeric[i])) scale = std::max(scale, std::abs(numeric[i]));
    }
    for (std::size_t i = 0; i < numeric.size(); ++i) {
      const double value = claimed.data<double>()[i];
      if (!(std::abs(value - numeric[i]) <= options.tolerance * scale))
        return {false, input, static_cast<std::int64_t>(i), value, numeric[i]};
    }
  }
  return {};
  // END SOLUTION
}

GradcheckResult gradcheck(FunctionRef<Tensor(Inputs)> function, Inputs inputs, const GradcheckOptions& options) {
  const auto by_backward = [&](Inputs points, const Tensor& upstream) {
    std::vector<Tensor> leaves;
    for (const Tensor& point : points) leaves.push_back(point.detach().set_requires_grad());
    function(leaves).backward(upstream);
    std::vector<Tensor> gradients;
    for (const Tensor& leaf : leaves)
      gradients.push_back(leaf.grad().defined() ? leaf.grad() : zeros(leaf.sizes(), DType::float64));
    return gradients;
  };
  return gradcheck(function, by_backward, inputs, options);
}

std::string to_string(const GradcheckResult& result) {
  if (result.ok) return "ok";
  if (result.index < 0) return fmt::format("input {}: the gradient is missing or has another shape", result.input);
  return fmt::format("input {}, element {}: the gradient says {}, the difference quotient {}", result.input,
                     result.index, result.analytic, result.numeric);
}

}  // namespace tinytorch
