#pragma once

#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/linalg.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

/// Linear algebra beyond products. Matrices are the two last dimensions, the others are batches. float32 and float64;
/// other dtypes throw DTypeError, matrices of wrong sizes ShapeError. Results are computed in float64 and rounded once.
/// All gradients are of every order, and exist where the function has one: a repeated singular value or eigenvalue has
/// none for its vectors.
namespace tinytorch {

/// Thrown for a matrix that has no inverse, no Cholesky factor or no eigenvalues that were found.
class LinAlgError : public Error {
  using Error::Error;
};

namespace linalg {

/// The inverse. (..., n, n). Throws LinAlgError `[inv] ...` for a singular matrix.
Tensor inv(const Tensor& a);
/// x with a x = b: a (..., n, n), b (..., n, k) or a vector (n). Throws LinAlgError for a singular matrix.
Tensor solve(const Tensor& a, const Tensor& b);
/// As solve for a triangular matrix: the other half is not read.
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper);
/// The determinant: (...). A singular matrix has the gradient of its cofactors.
Tensor det(const Tensor& a);
/// The sign of the determinant, which has no gradient, and the logarithm of its size; 0 and -inf if singular.
std::pair<Tensor, Tensor> slogdet(const Tensor& a);
/// Lower L with L L^T = a, for a symmetric positive definite matrix, of which the lower half is read. Throws
/// LinAlgError.
Tensor cholesky(const Tensor& a);
/// Q (..., m, k) with orthonormal columns and upper triangular R (..., k, n) with Q R = a, k = min(m, n). The gradient
/// needs m >= n and independent columns.
std::pair<Tensor, Tensor> qr(const Tensor& a);
/// U (..., m, k), the singular values (..., k) in descending order and V^T (..., k, n) with U diag(S) V^T = a, where k
/// = min(m, n). Signs of the vectors are free. A gradient must not depend on them.
std::tuple<Tensor, Tensor, Tensor> svd(const Tensor& a, bool full_matrices = true);
Tensor svdvals(const Tensor& a);
/// The eigenvalues (..., n) in ascending order and the eigenvectors, as columns, of a symmetric matrix, of which the
/// lower half is read.
std::pair<Tensor, Tensor> eigh(const Tensor& a);
Tensor eigvalsh(const Tensor& a);
/// The pseudoinverse (..., n, m); singular values up to eps max(m, n) times the largest count as 0. The rank must not
/// change nearby for a gradient to exist.
Tensor pinv(const Tensor& a);
/// The number of singular values above eps max(m, n) times the largest: int64.
Tensor matrix_rank(const Tensor& a);

/// The x of least |a x - b|, of several the shortest: pinv(a) b. a (..., m, n), b (..., m, k). Also the squared
/// distances of the columns where m > n and the rank is full, the rank, and the singular values.
std::tuple<Tensor, Tensor, Tensor, Tensor> lstsq(const Tensor& a, const Tensor& b);

/// a a ... a, n times; for negative n the inverse.
inline Tensor matrix_power(const Tensor& a, std::int64_t n) {
  if (a.dim() < 2 || a.size(-1) != a.size(-2))
    throw ShapeError(detail::text({"[matrix_power] square matrices, not ", a.sizes()}));
  Tensor square = n < 0 ? inv(a) : a, result;
  for (std::int64_t left = n < 0 ? -n : n; left > 0; left /= 2) {
    if (left % 2 != 0) result = result.defined() ? tinytorch::matmul(result, square) : square;
    if (left > 1) square = tinytorch::matmul(square, square);
  }
  return result.defined() ? result : add(mul(a, 0.0), eye(a.size(-1), a.dtype()));
}
/// The product of several matrices, from left to right.
inline Tensor multi_dot(const std::vector<Tensor>& factors) {
  if (factors.empty()) throw ValueError("[multi_dot] there is nothing to multiply");
  Tensor result = factors[0];
  for (std::size_t i = 1; i < factors.size(); ++i) result = tinytorch::matmul(result, factors[i]);
  return result;
}
/// The p-norm of the elements.
inline Tensor vector_norm(const Tensor& x, double p = 2.0, DimList dims = {}, bool keepdim = false) {
  return tinytorch::norm(x, p, dims, keepdim);
}
inline Tensor norm(const Tensor& x, double p = 2.0, DimList dims = {}, bool keepdim = false) {
  return tinytorch::norm(x, p, dims, keepdim);
}
/// The Frobenius norm of each matrix.
inline Tensor matrix_norm(const Tensor& a) { return tinytorch::norm(a, 2.0, {-2, -1}); }
/// The largest singular value divided by the smallest.
inline Tensor cond(const Tensor& a) {
  const Tensor s = svdvals(a);
  return div(select(s, -1, 0), select(s, -1, s.size(-1) - 1));
}
inline Tensor matmul(const Tensor& a, const Tensor& b) { return tinytorch::matmul(a, b); }

}  // namespace linalg

// The older names of libtorch, which most programs use.
inline Tensor inverse(const Tensor& a) { return linalg::inv(a); }
inline Tensor pinverse(const Tensor& a) { return linalg::pinv(a); }
inline Tensor det(const Tensor& a) { return linalg::det(a); }
inline std::pair<Tensor, Tensor> slogdet(const Tensor& a) { return linalg::slogdet(a); }
/// log(det(a)): NaN for a negative determinant.
inline Tensor logdet(const Tensor& a) {
  const auto [sign, size] = linalg::slogdet(a);
  return add(log(sign), size);
}
inline Tensor cholesky(const Tensor& a) { return linalg::cholesky(a); }
inline Tensor matrix_power(const Tensor& a, std::int64_t n) { return linalg::matrix_power(a, n); }
inline Tensor linalg_inv(const Tensor& a) { return linalg::inv(a); }
inline Tensor linalg_solve(const Tensor& a, const Tensor& b) { return linalg::solve(a, b); }
inline Tensor linalg_det(const Tensor& a) { return linalg::det(a); }
inline Tensor linalg_cholesky(const Tensor& a) { return linalg::cholesky(a); }
inline std::pair<Tensor, Tensor> linalg_qr(const Tensor& a) { return linalg::qr(a); }
inline std::pair<Tensor, Tensor> linalg_eigh(const Tensor& a) { return linalg::eigh(a); }
inline std::tuple<Tensor, Tensor, Tensor> linalg_svd(const Tensor& a, bool full_matrices = true) {
  return linalg::svd(a, full_matrices);
}
inline Tensor linalg_norm(const Tensor& x, double p = 2.0, DimList dims = {}, bool keepdim = false) {
  return norm(x, p, dims, keepdim);
}

}  // namespace tinytorch
