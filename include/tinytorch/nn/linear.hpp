#pragma once

#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/options.hpp"

#include <concepts>
#include <memory>
#include <utility>

/// The linear layer; Identity and Flatten, which libtorch also keeps beside it.
namespace tinytorch::raw {

/// x w^T + b: x (..., in), w (out, in), b (out) or undefined -> (..., out); any strides. float32, float64, traced.
/// Throws ShapeError `[linear] ...` with the two shapes that don't fit, and DTypeError unless all have the same dtype.
/// (lab 02, unit nn/linear)
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b);

}  // namespace tinytorch::raw

namespace tinytorch::detail {

/// x as a matrix: every dimension but the last counts rows.
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
  OpScope scope("linear", {&x, &w, &b});
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
  return scope.result(std::move(y));
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// y = x w^T + b. x: (..., in) -> (..., out).
class Linear : public Module, public PointerSyntax<Linear> {
 public:
  /// Weights and bias are uniform in +-1 / sqrt(in), as in libtorch. The weights are drawn first. Throws ValueError for
  /// a size below 1.
  Linear(std::int64_t in, std::int64_t out, Generator& generator, bool with_bias = true)
      : weight(detail::default_weight(sizes_of(in, out), generator)),
        bias(with_bias ? detail::default_bias(weight.sizes(), generator) : Tensor()) {}
  // The same from default_generator().
  Linear(std::int64_t in, std::int64_t out, bool with_bias = true) : Linear(in, out, default_generator(), with_bias) {}
  Linear(const LinearOptions& layer)  // NOLINT(google-explicit-constructor): as in libtorch
      : Linear(layer.in_features(), layer.out_features(), layer.bias()) {}
  // Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit Linear(Null) {}
  /// Keeps the given tensors without a copy: weight (out, in), bias (out) or undefined.
  Linear(Tensor weight_, Tensor bias_) : weight(std::move(weight_)), bias(std::move(bias_)) {}

  Tensor forward(const Tensor& x) override { return functional::linear(x, weight, bias); }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new Linear(weight, bias)); }

  Tensor weight;  ///< (out, in)
  Tensor bias;    ///< (out), or undefined

 private:
  static Shape sizes_of(std::int64_t in, std::int64_t out) {
    if (in < 1 || out < 1) throw ValueError(detail::text({"[linear] sizes are 1 or more, not ", in, " -> ", out}));
    return {out, in};
  }
};

/// Returns x itself: takes the place of a layer that is left out.
class Identity : public Module, public PointerSyntax<Identity> {
 public:
  Tensor forward(const Tensor& x) override { return x; }
  std::shared_ptr<Module> clone() const override { return clone_into(new Identity()); }
};

/// Merges the dimensions from start_dim to end_dim into one: (N, C, H, W) -> (N, C H W). A vector (N) becomes (N, 1).
class Flatten : public Module, public PointerSyntax<Flatten> {
 public:
  explicit Flatten(std::int64_t start_dim = 1, std::int64_t end_dim = -1) : start_(start_dim), end_(end_dim) {}
  /// Throws ShapeError for a scalar, IndexError for a dimension out of range.
  Tensor forward(const Tensor& x) override {
    if (x.dim() < 1) throw ShapeError("[flatten] a scalar has no batch");
    if (start_ == x.dim() && end_ == -1) return unsqueeze(x, -1);
    const std::int64_t first = wrap_dim(start_, x.dim(), "flatten"), last = wrap_dim(end_, x.dim(), "flatten");
    if (first > last) throw ShapeError(detail::text({"[flatten] dimension ", first, " comes after ", last}));
    Shape sizes;
    for (std::int64_t d = 0; d <= first; ++d) sizes.push_back(x.size(d));
    for (std::int64_t d = first + 1; d <= last; ++d) sizes.back() *= x.size(d);
    for (std::int64_t d = last + 1; d < x.dim(); ++d) sizes.push_back(x.size(d));
    return reshape(x, sizes);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new Flatten(start_, end_)); }

 private:
  std::int64_t start_, end_;
};

}  // namespace tinytorch::nn
