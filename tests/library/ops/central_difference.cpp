#include "tests/library/ops/central_difference.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinytorch::ops {

namespace {

bool has_gradient(const Op& op, const Arguments& arguments, std::size_t i) {
  const Tensor& x = arguments.tensors[i];
  return x.defined() && is_floating(x.dtype()) && !op.is_constant(i);
}

/// A differentiable scalar function of the arguments.
using ScalarFunction = std::function<Tensor(const Arguments&)>;

Tensor weighted_sum(const Op& op, const Arguments& arguments) {
  Tensor total;
  const Outputs outputs = op.run(arguments);
  for (std::size_t i = 0; i + op.state_outputs < outputs.size(); ++i) {
    if (!is_floating(outputs[i].dtype())) continue;
    const Tensor part = sum(outputs[i] * upstream_of(outputs[i], i));
    total = total.defined() ? total + part : part;
  }
  return total;
}

// The arguments, with a leaf for each input that has a gradient.
Arguments leaves_of(const Op& op, const Arguments& arguments) {
  Arguments leaves = arguments;
  for (std::size_t i = 0; i < leaves.tensors.size(); ++i)
    if (has_gradient(op, arguments, i)) leaves.tensors[i] = leaves.tensors[i].detach().clone().set_requires_grad();
  return leaves;
}

// sum over the inputs of sum(input * d weighted_sum / d input), recorded when grad mode is on.
Tensor first_gradients(const Op& op, const Arguments& arguments) {
  const bool recording = GradMode::set(true);
  Arguments points = arguments;
  for (std::size_t i = 0; i < points.tensors.size(); ++i)
    if (has_gradient(op, arguments, i) && !points.tensors[i].requires_grad())
      points.tensors[i] = points.tensors[i].detach().clone().set_requires_grad();
  std::vector<Tensor> before;
  for (const Tensor& x : points.tensors) {
    before.push_back(x.defined() && x.requires_grad() ? x.grad() : Tensor());
    if (x.defined() && x.requires_grad()) x.set_grad({});
  }
  weighted_sum(op, points).backward({}, true, true);
  Tensor total = zeros({}, DType::float64);
  for (std::size_t i = 0; i < points.tensors.size(); ++i) {
    const Tensor& x = points.tensors[i];
    if (!has_gradient(op, arguments, i)) continue;
    const Tensor gradient = x.grad();
    x.set_grad(before[i]);
    if (gradient.defined()) total = total + sum(x * gradient);
  }
  GradMode::set(recording);
  return total;
}

double largest_error(const Op& op, const Arguments& arguments, const ScalarFunction& function) {
  const Arguments leaves = leaves_of(op, arguments);
  const Tensor root = function(leaves);
  if (root.requires_grad()) root.backward();
  double worst = 0.0;
  for (std::size_t i = 0; i < arguments.tensors.size(); ++i) {
    if (!has_gradient(op, arguments, i) || arguments.tensors[i].numel() == 0) continue;
    Tensor gradient = leaves.tensors[i].grad();
    if (!gradient.defined()) gradient = zeros(leaves.tensors[i].sizes(), DType::float64);
    if (gradient.sizes() != arguments.tensors[i].sizes()) return std::numeric_limits<double>::infinity();
    const Tensor analytic = raw::contiguous(gradient.detach());
    double scale = 1.0;
    for (std::int64_t e = 0; e < analytic.numel(); ++e) scale = std::max(scale, std::abs(analytic.data<double>()[e]));
    Arguments moved = arguments;
    const Tensor x = raw::contiguous(arguments.tensors[i]).clone();
    moved.tensors[i] = x;
    for (std::int64_t e = 0; e < x.numel(); ++e) {
      const double middle = x.data<double>()[e], step = 1e-6 * std::max(1.0, std::abs(middle));
      const auto at = [&](double value) {
        x.data<double>()[e] = value;
        return function(moved).item<double>();
      };
      const double numeric = (at(middle + step) - at(middle - step)) / (2.0 * step);
      x.data<double>()[e] = middle;
      const double error = std::abs(analytic.data<double>()[e] - numeric) / std::max(scale, std::abs(numeric));
      if (!(error <= worst)) worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
    }
  }
  return worst;
}

}  // namespace

double gradient_error(const Op& op, const Arguments& arguments) {
  return largest_error(op, arguments, [&op](const Arguments& points) { return weighted_sum(op, points); });
}

double second_gradient_error(const Op& op, const Arguments& arguments) {
  return largest_error(op, arguments, [&op](const Arguments& points) { return first_gradients(op, points); });
}

}  // namespace tinytorch::ops
