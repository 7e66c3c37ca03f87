#include "src/core/linalg/factors.hpp"

#include "tinytorch/core/decompose.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>

namespace tinytorch::factors {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;
using View = Eigen::Map<Matrix>;

// Matrix number i of a batch (b, m, n).
View matrix(const Tensor& batch, std::int64_t i) {
  const std::int64_t rows = batch.size(1), columns = batch.size(2);
  return {batch.data<double>() + i * rows * columns, rows, columns};
}

Eigen::Map<Vector> row(const Tensor& batch, std::int64_t i) {
  return {batch.data<double>() + i * batch.size(1), batch.size(1)};
}

Tensor blank(const Shape& sizes) { return empty(sizes, DType::float64); }

using Lu = Eigen::PartialPivLU<Matrix>;

// The last pivot is 0, or not a number, when the matrix has no inverse.
Lu invertible(const View& a, std::int64_t i, const char* op) {
  Lu lu(a);
  const auto pivots = lu.matrixLU().diagonal();
  for (Eigen::Index k = 0; k < pivots.size(); ++k)
    if (pivots[k] == 0.0)
      throw LinAlgError(detail::text({"[", op, "] matrix ", i, " of the batch is singular: pivot ", k, " is 0"}));
  return lu;
}

}  // namespace

Tensor inverse(const Tensor& a, const char* op) {
  const Tensor out = blank(a.sizes());
  for (std::int64_t i = 0; i < a.size(0) && a.size(1) > 0; ++i)
    matrix(out, i) = invertible(matrix(a, i), i, op).inverse();
  return out;
}

Tensor solve(const Tensor& a, const Tensor& b, const char* op) {
  const Tensor out = blank(b.sizes());
  for (std::int64_t i = 0; i < a.size(0) && out.numel() > 0; ++i)
    matrix(out, i) = invertible(matrix(a, i), i, op).solve(matrix(b, i));
  return out;
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper) {
  const Tensor out = blank(b.sizes());
  for (std::int64_t i = 0; i < a.size(0) && out.numel() > 0; ++i) {
    if (upper)
      matrix(out, i) = matrix(a, i).triangularView<Eigen::Upper>().solve(matrix(b, i));
    else
      matrix(out, i) = matrix(a, i).triangularView<Eigen::Lower>().solve(matrix(b, i));
  }
  return out;
}

std::pair<Tensor, Tensor> sign_and_log(const Tensor& a) {
  const Tensor sign = blank({a.size(0)}), size = blank({a.size(0)});
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    double s = 1.0, log = 0.0;
    if (a.size(1) > 0) {
      const Lu lu(matrix(a, i));
      s = static_cast<double>(lu.permutationP().determinant());
      const auto pivots = lu.matrixLU().diagonal();
      for (Eigen::Index k = 0; k < pivots.size(); ++k) {
        log += std::log(std::abs(pivots[k]));
        s = pivots[k] == 0.0 ? 0.0 : pivots[k] < 0.0 ? -s : s;
      }
    }
    sign.data<double>()[i] = s;
    size.data<double>()[i] = log;
  }
  return {sign, size};
}

Tensor cholesky(const Tensor& a) {
  const Tensor out = blank(a.sizes());
  for (std::int64_t i = 0; i < a.size(0) && a.size(1) > 0; ++i) {
    const Eigen::LLT<Matrix> llt(matrix(a, i));
    if (llt.info() != Eigen::Success)
      throw LinAlgError(detail::text({"[cholesky] matrix ", i, " of the batch is not positive definite"}));
    matrix(out, i) = Matrix(llt.matrixL());
  }
  return out;
}

std::pair<Tensor, Tensor> qr(const Tensor& a) {
  const std::int64_t m = a.size(1), n = a.size(2), k = std::min(m, n);
  const Tensor q = blank({a.size(0), m, k}), r = blank({a.size(0), k, n});
  for (std::int64_t i = 0; i < a.size(0) && k > 0; ++i) {
    const Eigen::HouseholderQR<Matrix> decomposed(matrix(a, i));
    matrix(q, i) = decomposed.householderQ() * Matrix::Identity(m, k);
    matrix(r, i) = decomposed.matrixQR().topRows(k).triangularView<Eigen::Upper>();
  }
  return {q, r};
}

Singular svd(const Tensor& a, bool full) {
  const std::int64_t m = a.size(1), n = a.size(2), k = std::min(m, n);
  const Singular out{blank({a.size(0), m, full ? m : k}), blank({a.size(0), k}), blank({a.size(0), full ? n : k, n})};
  const unsigned wanted = full ? Eigen::ComputeFullU | Eigen::ComputeFullV : Eigen::ComputeThinU | Eigen::ComputeThinV;
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    const View in = matrix(a, i);
    if (!in.allFinite())
      throw LinAlgError(detail::text({"[svd] matrix ", i, " of the batch holds NaN or an infinity"}));
    if (k == 0) {
      matrix(out.u, i).setIdentity();
      matrix(out.vt, i).setIdentity();
      continue;
    }
    const Eigen::BDCSVD<Eigen::MatrixXd> decomposed(in, wanted);
    matrix(out.u, i) = decomposed.matrixU();
    row(out.s, i) = decomposed.singularValues();
    matrix(out.vt, i) = decomposed.matrixV().transpose();
  }
  return out;
}

std::pair<Tensor, Tensor> eigh(const Tensor& a) {
  const std::int64_t n = a.size(1);
  const Tensor values = blank({a.size(0), n}), vectors = blank(a.sizes());
  for (std::int64_t i = 0; i < a.size(0) && n > 0; ++i) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix(a, i));
    if (solver.info() != Eigen::Success)
      throw LinAlgError(detail::text({"[eigh] no eigenvalues were found for matrix ", i, " of the batch"}));
    row(values, i) = solver.eigenvalues();
    matrix(vectors, i) = solver.eigenvectors();
  }
  return {values, vectors};
}

}  // namespace tinytorch::factors
