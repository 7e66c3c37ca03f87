#pragma once

#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/initializers.hpp"
#include "tinytorch/nn/linear_kernels.hpp"
#include "tinytorch/nn/module.hpp"

#include <utility>

/// Linear layers on the kernels of nn/linear_kernels.hpp.
namespace tinytorch::detail {

/// x as a matrix: every dimension but the last is rows.
inline Tensor rows_of(const Tensor& x) {
  if (x.dim() == 2) return x;
  std::int64_t rows = 1;
  for (std::int64_t d = 0; d + 1 < x.dim(); ++d) rows *= x.size(d);
  return reshape(x, {rows, x.sizes().back()});
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// x w^T + b: x (..., in), w (out, in), b (out) or undefined -> (..., out).
inline Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b = Tensor()) {
  Tensor y = raw::linear(x, w, b);
  if (detail::needs_grad({&x, &w, &b}))
    detail::record(y, {&x, &w, &b},
                   detail::make_node("linear", [x = detail::Saved(x), w = detail::Saved(w)](
                                                   const Tensor& grad, detail::Grads grads, detail::Node& node) {
                     const Tensor upstream = detail::rows_of(grad);
                     const Shape& x_sizes = x.get("linear").sizes();
                     if (node.needs(0)) grads[0] = reshape(matmul(upstream, w.get("linear")), x_sizes);
                     if (node.needs(1)) grads[1] = matmul(upstream.t(), detail::rows_of(x.get("linear")));
                     if (node.needs(2)) grads[2] = sum(upstream, Shape{0});
                   }));
  return y;
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// y = x w^T + b. x: (..., in) -> (..., out).
class Linear : public Module {
 public:
  /// Weights and bias uniform in +-1 / sqrt(in), as libtorch's; weights are drawn first.
  Linear(std::int64_t in, std::int64_t out, Generator& generator, bool with_bias = true)
      : weight(detail::default_weight({out, in}, generator)),
        bias(with_bias ? detail::default_bias(weight.sizes(), generator) : Tensor()) {}
  /// Takes the tensors as they are: weight (out, in), bias (out) or undefined.
  Linear(Tensor weight_, Tensor bias_) : weight(std::move(weight_)), bias(std::move(bias_)) {}

  Tensor forward(const Tensor& x) override { return functional::linear(x, weight, bias); }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new Linear(weight, bias)); }

  Tensor weight;  ///< (out, in)
  Tensor bias;    ///< (out), or undefined
};

}  // namespace tinytorch::nn
