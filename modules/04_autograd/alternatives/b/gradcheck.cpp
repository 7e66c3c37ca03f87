// Another right solution: two sets of points. One of them is always a step above the other.

#include "tinytorch/core/gradcheck.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace tinytorch {
namespace {

std::vector<Tensor> copies_of(Inputs inputs) {
  std::vector<Tensor> copies;
  std::transform(inputs.begin(), inputs.end(), std::back_inserter(copies),
                 [](const Tensor& x) { return x.detach().clone(); });
  return copies;
}

}  // namespace

GradcheckResult gradcheck(FunctionRef<Tensor(Inputs)> function,
                          FunctionRef<std::vector<Tensor>(Inputs, const Tensor&)> gradient, Inputs inputs,
                          const GradcheckOptions& options) {
  for (const Tensor& input : inputs)
    if (input.dtype() != DType::float64) throw DTypeError("[gradcheck] an input is not float64");
  const std::vector<Tensor> above = copies_of(inputs), below = copies_of(inputs);
  Generator generator(options.seed);
  const Tensor upstream = randn(function(above).sizes(), generator, DType::float64);
  std::vector<Tensor> claims = gradient(above, upstream);
  claims.resize(above.size());
  std::int64_t k = -1;
  for (const Tensor& claim : claims) {
    ++k;
    const Tensor &up = above[static_cast<std::size_t>(k)], &down = below[static_cast<std::size_t>(k)];
    if (!claim.defined() || claim.sizes() != up.sizes()) return {false, k, -1, 0.0, 0.0};
    const Tensor numeric = zeros(up.sizes(), DType::float64);
    for (std::int64_t i = 0; i < up.numel(); ++i) {
      double& high = up.data<double>()[i];
      double& low = down.data<double>()[i];
      const double at = high;
      const double h = options.step * (std::abs(at) > 1.0 ? std::abs(at) : 1.0);
      high = at + h;
      low = at - h;
      const Tensor difference = (function(above) - function(below)) * upstream;
      numeric.data<double>()[i] = sum(difference).item<double>() / (2.0 * h);
      high = low = at;
    }
    double allowed = options.tolerance;
    for (std::int64_t i = 0; i < numeric.numel(); ++i)
      if (std::isfinite(numeric.data<double>()[i]))
        allowed = std::max(allowed, options.tolerance * std::abs(numeric.data<double>()[i]));
    const Tensor written = claim.clone();
    for (std::int64_t i = 0; i < numeric.numel(); ++i) {
      const double says = written.data<double>()[i], is = numeric.data<double>()[i];
      const bool numbers = std::isfinite(says) && std::isfinite(is);
      if (!numbers || std::abs(says - is) > allowed) return {false, k, i, says, is};
    }
  }
  return {};
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
