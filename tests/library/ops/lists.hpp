#pragma once

#include "tests/library/ops/op.hpp"

#include <limits>

/// Shorthand for the lists of descriptions.
namespace tinytorch::ops {

using DrawTensor = Tensor (Draw::*)(const Shape&);
using Unary = std::function<Tensor(const Tensor&)>;
using Binary = std::function<Tensor(const Tensor&, const Tensor&)>;

inline const std::vector<DType> floats = {DType::float32, DType::float64};
inline const std::vector<DType> numbers = {DType::float32, DType::float64, DType::int64,
                                           DType::int32,   DType::int8,    DType::uint8};
inline const std::vector<DType> all_dtypes = {DType::float32, DType::float64, DType::int64,  DType::int32,
                                              DType::int8,    DType::uint8,   DType::boolean};

/// NaN, infinities, both zeros, ones, tiny and huge.
Tensor special_values(DType dtype);
/// Every pair of special values: (n, 1) and (1, n).
std::vector<Tensor> special_pairs(DType dtype);

/// An element-wise operation on one tensor of any shape. Its edge values are the special values.
Op unary(std::string name, DrawTensor draw, Unary function);
/// An operation on two tensors that broadcast. Its edge values are all pairs of special values.
Op binary(std::string name, DrawTensor first, DrawTensor second, Binary function);

/// One argument list, of tensors alone.
inline Arguments only(std::vector<Tensor> tensors) { return {std::move(tensors), {}}; }

inline constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// x with changes: with(unary(...), [](Op& op) { op.roundings = 64.0; }).
template <class F>
Op with(Op op, F change) {
  change(op);
  return op;
}

inline Op on(std::vector<DType> dtypes, Op op) {
  op.dtypes = std::move(dtypes);
  return op;
}
inline Op without_gradient(Op op, std::string reason) {
  op.no_gradient = std::move(reason);
  return op;
}

}  // namespace tinytorch::ops
