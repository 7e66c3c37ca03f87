// Lab 04, part A: the instrument that finds a wrong gradient.

#include "tinytorch/core/gradcheck.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch {

// Compares the gradients that `gradient` returns with central differences of `function`, element by element.
//   f(x) = x * x at 3, upstream 1: gradient 6 -> ok; gradient 3 -> input 0, index 0, analytic 3, numeric 6
GradcheckResult gradcheck(FunctionRef<Tensor(Inputs)> function,
                          FunctionRef<std::vector<Tensor>(Inputs, const Tensor&)> gradient, Inputs inputs,
                          const GradcheckOptions& options) {
  // BEGIN 4.1: in double, every element, an upstream of no special values
  TINYTORCH_TODO("4.1");
  // END 4.1
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
