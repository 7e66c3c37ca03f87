// Another right solution: computes the loss for moved copies, and compares after all quotients of all inputs are known.

#include "tinytorch/core/gradcheck.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch {
namespace {

double loss(const Tensor& y, const Tensor& upstream) {
  const Tensor flat = contiguous(y), weights = contiguous(upstream);
  double total = 0.0;
  for (std::int64_t i = 0; i < flat.numel(); ++i) total += flat.data<double>()[i] * weights.data<double>()[i];
  return total;
}

// A copy of the inputs in which element i of input k is moved by `way`.
std::vector<Tensor> moved(Inputs inputs, std::size_t k, std::int64_t i, double way) {
  std::vector<Tensor> copies;
  for (const Tensor& input : inputs) copies.push_back(input.detach().clone());
  copies[k].data<double>()[i] += way;
  return copies;
}

struct Verdict {
  std::size_t input;
  Tensor claimed;
  std::vector<double> numeric;
};

GradcheckResult judge(const Verdict& v, double tolerance) {
  double largest = 1.0;
  for (const double n : v.numeric) largest = std::isinf(n) ? largest : std::max(largest, std::abs(n));
  const double allowed = tolerance * largest;
  for (std::size_t i = 0; i < v.numeric.size(); ++i) {
    const double claim = v.claimed.data<double>()[i];
    const bool near = std::abs(claim - v.numeric[i]) <= allowed;
    if (!near) return {false, static_cast<std::int64_t>(v.input), static_cast<std::int64_t>(i), claim, v.numeric[i]};
  }
  return {};
}

}  // namespace

GradcheckResult gradcheck(FunctionRef<Tensor(Inputs)> function,
                          FunctionRef<std::vector<Tensor>(Inputs, const Tensor&)> gradient, Inputs inputs,
                          const GradcheckOptions& options) {
  std::vector<Tensor> own;
  for (const Tensor& input : inputs) {
    if (input.dtype() != DType::float64)
      throw DTypeError(fmt::format("[gradcheck] float64, please, not {}", to_string(input.dtype())));
    own.push_back(input.detach().clone());
  }
  Generator generator(options.seed);
  const Tensor upstream = randn(function(own).sizes(), generator, DType::float64);
  const std::vector<Tensor> claims = gradient(own, upstream);
  for (std::size_t k = 0; k < own.size(); ++k) {
    const bool there = k < claims.size() && claims[k].defined() && claims[k].sizes() == own[k].sizes();
    if (!there) return {false, static_cast<std::int64_t>(k), -1, 0.0, 0.0};
    Verdict verdict{k, contiguous(claims[k]), {}};
    for (std::int64_t i = 0; i < own[k].numel(); ++i) {
      const double h = options.step * std::max(1.0, std::abs(own[k].data<double>()[i]));
      const double up = loss(function(moved(own, k, i, h)), upstream);
      const double down = loss(function(moved(own, k, i, -h)), upstream);
      verdict.numeric.push_back((up - down) / h / 2.0);
    }
    const GradcheckResult result = judge(verdict, options.tolerance);
    if (!result.ok) return result;
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
