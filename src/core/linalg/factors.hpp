#pragma once

#include "tinytorch/core/tensor.hpp"

#include <utility>

/// Factors of matrices by Eigen, without gradients. Each takes a batch of row-major float64 matrices (b, m, n) and
/// returns row-major float64. Private to the library.
namespace tinytorch::factors {

/// The inverse (b, n, n). Throws LinAlgError with `op` for a singular matrix, and names it by its number in the batch.
Tensor inverse(const Tensor& a, const char* op);
/// a^-1 b for b (b, n, k). Throws as inverse.
Tensor solve(const Tensor& a, const Tensor& b, const char* op);
/// The same for the upper or the lower half of a.
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper);
/// The sign of the determinant and the logarithm of its size: two of (b).
std::pair<Tensor, Tensor> sign_and_log(const Tensor& a);
/// Lower factors (b, n, n). Throws LinAlgError.
Tensor cholesky(const Tensor& a);
/// Q (b, m, k) and R (b, k, n), k = min(m, n).
std::pair<Tensor, Tensor> qr(const Tensor& a);
/// U (b, m, k), S (b, k) and V^T (b, k, n). Full: U (b, m, m), V^T (b, n, n). Throws LinAlgError.
struct Singular {
  Tensor u, s, vt;
};
Singular svd(const Tensor& a, bool full);
/// Eigenvalues (b, n) and eigenvectors (b, n, n). Throws LinAlgError.
std::pair<Tensor, Tensor> eigh(const Tensor& a);

}  // namespace tinytorch::factors
