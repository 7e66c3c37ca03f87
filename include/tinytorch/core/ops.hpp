#pragma once

#include "tinytorch/core/tensor.hpp"

#include <span>
#include <string>
#include <utility>

/// Differentiable operations. Each is a raw kernel, and a node when one of its inputs requires a gradient.
/// Names, argument order and semantics are libtorch's. Operands of different dtypes are converted to the wider one.
namespace tinytorch {

// Arithmetic, broadcast as lab 01's broadcast_shapes says. Integer division is true division: the result is a float.
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, double b);
Tensor mul(const Tensor& a, double b);
Tensor neg(const Tensor& x);
/// x to a constant power. Gradient: p * x^(p-1).
Tensor pow(const Tensor& x, double exponent);
Tensor maximum(const Tensor& a, const Tensor& b);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator+(const Tensor& a, double b) { return add(a, b); }
inline Tensor operator+(double a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, double b) { return add(a, -b); }
inline Tensor operator-(double a, const Tensor& b) { return add(neg(b), a); }
inline Tensor operator*(const Tensor& a, double b) { return mul(a, b); }
inline Tensor operator*(double a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Tensor& a, double b) { return mul(a, 1.0 / b); }
inline Tensor operator/(double a, const Tensor& b) { return mul(pow(b, -1.0), a); }
inline Tensor operator-(const Tensor& x) { return neg(x); }

// Comparison, element by element: a boolean tensor, no gradient.
Tensor eq(const Tensor& a, const Tensor& b);
Tensor lt(const Tensor& a, const Tensor& b);
Tensor le(const Tensor& a, const Tensor& b);
Tensor gt(const Tensor& a, const Tensor& b);
Tensor ge(const Tensor& a, const Tensor& b);

// Element by element, shape kept.
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor abs(const Tensor& x);
Tensor relu(const Tensor& x);
Tensor sigmoid(const Tensor& x);
Tensor tanh(const Tensor& x);

// Reductions. Empty `dims` means all of them; negative ones count from the end.
Tensor sum(const Tensor& x, Dims dims = {}, bool keepdim = false);
Tensor mean(const Tensor& x, Dims dims = {}, bool keepdim = false);
/// The largest along a dimension and its index (int64, the first on ties); NaN wins.
std::pair<Tensor, Tensor> max(const Tensor& x, std::int64_t dim, bool keepdim = false);
Tensor argmax(const Tensor& x, std::int64_t dim, bool keepdim = false);

// Views: no element moves, and a write through one is seen by the other.
Tensor permute(const Tensor& x, Dims order);
Tensor transpose(const Tensor& x, std::int64_t dim0, std::int64_t dim1);
Tensor slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step = 1);
/// One index of a dimension, which goes: (3, 4) -> (4,) for dim 0.
Tensor select(const Tensor& x, std::int64_t dim, std::int64_t index);
Tensor expand(const Tensor& x, const Shape& sizes);
Tensor squeeze(const Tensor& x, std::int64_t dim);
Tensor unsqueeze(const Tensor& x, std::int64_t dim);
/// A view where strides allow, else a copy; one size may be -1.
Tensor reshape(const Tensor& x, const Shape& sizes);

// Copies.
Tensor contiguous(const Tensor& x);
/// x itself when it already has that dtype.
Tensor to(const Tensor& x, DType dtype);
/// Tensors that differ only along `dim`, one after the other.
Tensor cat(std::span<const Tensor> tensors, std::int64_t dim = 0);
/// The rows (entries of dimension 0) listed in `indices` (int64, 1-d): (n, ...) -> (k, ...). Throws IndexError.
Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& indices);
/// Where `condition` (boolean) holds a, elsewhere b; broadcast.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

/// (..., m, k) x (..., k, n) -> (..., m, n); the leading dimensions broadcast, a vector is a row on the left and a
/// column on the right. Throws ShapeError `[matmul] inner dimensions differ: (2, 3) x (4, 5)`.
Tensor matmul(const Tensor& a, const Tensor& b);

/// Over one dimension, shifted by the maximum so that nothing overflows.
Tensor softmax(const Tensor& x, std::int64_t dim);
Tensor log_softmax(const Tensor& x, std::int64_t dim);

// Judging results.
/// Same shape, dtype and elements; NaN equals nothing.
bool equal(const Tensor& a, const Tensor& b);
/// |a - b| <= atol + rtol |b| everywhere.
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8);
/// The values as nested lists, long ones shortened in the middle.
std::string to_string(const Tensor& x);

}  // namespace tinytorch
