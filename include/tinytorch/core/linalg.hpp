#pragma once

#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/core/views.hpp"

/// Products of matrices.
namespace tinytorch {

/// (..., m, k) x (..., k, n) -> (..., m, n); the leading dimensions broadcast, a vector is a row on the left and a
/// column on the right. Throws ShapeError `[matmul] inner dimensions differ: (2, 3) x (4, 5)`.
Tensor matmul(const Tensor& a, const Tensor& b);

namespace detail {
inline void check_product(const char* op, const Tensor& a, std::int64_t a_dim, const Tensor& b, std::int64_t b_dim) {
  if (a.dim() != a_dim || b.dim() != b_dim)
    throw ShapeError(text({"[", op, "] needs ", a_dim, " and ", b_dim, " dimensions: ", a.sizes(), " x ", b.sizes()}));
  if (a.size(-1) != b.size(b_dim == 1 ? 0 : -2) || (a_dim == 3 && a.size(0) != b.size(0)))
    throw ShapeError(text({"[", op, "] sizes differ: ", a.sizes(), " x ", b.sizes()}));
}
}  // namespace detail

/// (m, k) x (k, n) -> (m, n).
inline Tensor mm(const Tensor& a, const Tensor& b) {
  detail::check_product("mm", a, 2, b, 2);
  return matmul(a, b);
}
/// (b, m, k) x (b, k, n) -> (b, m, n); no broadcasting.
inline Tensor bmm(const Tensor& a, const Tensor& b) {
  detail::check_product("bmm", a, 3, b, 3);
  return matmul(a, b);
}
/// (m, k) x (k,) -> (m,).
inline Tensor mv(const Tensor& a, const Tensor& x) {
  detail::check_product("mv", a, 2, x, 1);
  return matmul(a, x);
}
/// (k,) x (k,) -> ().
inline Tensor dot(const Tensor& a, const Tensor& b) {
  detail::check_product("dot", a, 1, b, 1);
  return matmul(a, b);
}
/// (m,) x (n,) -> (m, n).
inline Tensor outer(const Tensor& a, const Tensor& b) {
  if (a.dim() != 1 || b.dim() != 1)
    throw ShapeError(detail::text({"[outer] needs two vectors: ", a.sizes(), " x ", b.sizes()}));
  return mul(unsqueeze(a, 1), b);
}
/// beta * x + alpha * a b, with x broadcast to (m, n); beta = 0 never reads x.
inline Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, double beta = 1.0, double alpha = 1.0) {
  detail::check_product("addmm", a, 2, b, 2);
  const Tensor product = alpha == 1.0 ? matmul(a, b) : mul(matmul(a, b), alpha);
  const Tensor fitting = expand(x, product.sizes());
  if (beta == 0.0) return product;
  return add(beta == 1.0 ? fitting : mul(fitting, beta), product);
}
/// The sum of a matrix's diagonal.
inline Tensor trace(const Tensor& x) {
  if (x.dim() != 2) throw ShapeError(detail::text({"[trace] needs a matrix: ", x.sizes()}));
  return sum(diagonal(x));
}

}  // namespace tinytorch
