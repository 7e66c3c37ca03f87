#pragma once

#include "tinytorch/core/activations.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/module.hpp"

/// Linear layers. Lab 02 defines the kernels (unit nn/linear).
namespace tinytorch {

/// Three walks through x (rows, in) and w (out, in) that add the same products in the same order:
/// `dot` finishes one output after the other along rows of x and w; `strided` adds one input to all outputs, down a
/// column of w; `packed` does the same along a row of a copy of w that was transposed once.
enum class LoopOrder : std::uint8_t { dot, strided, packed };

namespace raw {

/// x w^T + b: x (..., in), w (out, in), b (out) or undefined -> (..., out); any strides. float32, float64, traced.
/// Throws ShapeError `[linear] ...` with the shapes, DTypeError.
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& b);
/// y = x w^T in the given order of loops: x (rows, in), w (out, in), y (rows, out) row-major, overwritten.
/// Throws ShapeError, DTypeError.
void linear_into(Tensor& y, const Tensor& x, const Tensor& w, LoopOrder order);

}  // namespace raw

namespace nn {

/// y = x w^T + b. x: (..., in) -> (..., out).
class Linear : public Module {
 public:
  /// Weights and bias uniform in +-1 / sqrt(in), as libtorch's; weights are drawn first.
  Linear(std::int64_t in, std::int64_t out, Generator& generator, bool bias = true);
  /// Takes the tensors as they are: weight (out, in), bias (out) or undefined.
  Linear(Tensor weight, Tensor bias);

  Tensor forward(const Tensor& x) override;
  void members(MemberVisitor& visit) override;
  std::shared_ptr<Module> clone() const override;

  Tensor weight;  ///< (out, in)
  Tensor bias;    ///< (out), or undefined
};

}  // namespace nn
}  // namespace tinytorch
