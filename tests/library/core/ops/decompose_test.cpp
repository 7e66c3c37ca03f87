// What the oracle of tests/library/ops does not reach: errors, singular matrices, and batches without a matrix.

#include "tinytorch/core/decompose.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/gradcheck.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

Tensor singular_matrix() { return tensor({{1.0, 2.0}, {2.0, 4.0}}, DType::float64); }

TEST(Decompose, a_singular_matrix_has_no_inverse) {
  EXPECT_THROW(linalg::inv(singular_matrix()), LinAlgError);
  EXPECT_THROW(linalg::solve(singular_matrix(), ones({2}, DType::float64)), LinAlgError);
  try {
    linalg::inv(zeros({3, 2, 2}) + eye(2) * reshape(tensor({1.0, 0.0, 1.0}), {3, 1, 1}));
    FAIL() << "the second matrix is singular";
  } catch (const LinAlgError& error) {
    EXPECT_STREQ(error.what(), "[inv] matrix 1 of the batch is singular: pivot 0 is 0");
  }
}

TEST(Decompose, sizes_and_dtypes_are_checked) {
  EXPECT_THROW(linalg::inv(ones({2, 3})), ShapeError);
  EXPECT_THROW(linalg::inv(ones({2})), ShapeError);
  EXPECT_THROW(linalg::inv(ones({2, 2}, DType::int64)), DTypeError);
  EXPECT_THROW(linalg::solve(eye(2), ones({3, 1})), ShapeError);
  EXPECT_THROW(linalg::solve(eye(2), ones({2, 1}, DType::float64)), DTypeError);
  EXPECT_THROW(linalg::svd(ones({4}), false), ShapeError);
}

TEST(Decompose, a_matrix_that_is_not_positive_definite_has_no_cholesky_factor) {
  EXPECT_THROW(linalg::cholesky(tensor({{1.0, 2.0}, {2.0, 1.0}})), LinAlgError);
}

TEST(Decompose, nan_has_no_singular_values) {
  EXPECT_THROW(linalg::svd(full({2, 2}, std::nan("")), false), LinAlgError);
}

TEST(Decompose, the_determinant_of_a_singular_matrix_has_a_gradient_and_a_second_one) {
  const Tensor a = singular_matrix().set_requires_grad();
  const std::vector<Tensor> first = autograd::grad({linalg::det(a)}, {a}, {}, true, true);
  EXPECT_TRUE(allclose(first[0], tensor({{4.0, -2.0}, {-2.0, 1.0}}, DType::float64)));
  // d det / d a11 is a22, whose derivative by a22 is 1.
  const Tensor second = autograd::grad({first[0].select(0, 0).select(0, 0)}, {a})[0];
  EXPECT_TRUE(allclose(second, tensor({{0.0, 0.0}, {0.0, 1.0}}, DType::float64)));
}

TEST(Decompose, the_determinants_of_a_batch_with_a_singular_matrix_have_gradients) {
  const Tensor batch = stack({singular_matrix(), eye(2, DType::float64)});
  const std::vector<Tensor> inputs{batch};
  const GradcheckResult check = gradcheck([](Inputs in) { return linalg::det(in[0]); }, inputs);
  EXPECT_TRUE(check.ok) << to_string(check);
}

TEST(Decompose, a_singular_matrix_has_sign_0_and_logarithm_minus_infinity) {
  const auto [sign, size] = linalg::slogdet(singular_matrix());
  EXPECT_EQ(sign.item<double>(), 0.0);
  EXPECT_EQ(size.item<double>(), -std::numeric_limits<double>::infinity());
}

TEST(Decompose, solutions_broadcast_over_batches) {
  const Tensor a = eye(3) * 2.0, b = ones({4, 3, 1});
  EXPECT_EQ(linalg::solve(a, b).sizes(), (Shape{4, 3, 1}));
  EXPECT_EQ(linalg::solve(a.expand({5, 3, 3}), ones({3})).sizes(), (Shape{5, 3}));
}

TEST(Decompose, a_full_svd_has_square_factors) {
  const Tensor a = tensor({{3.0, 0.0, 0.0}, {0.0, 2.0, 0.0}}, DType::float64);
  const auto [u, s, vt] = linalg::svd(a);
  EXPECT_EQ(u.sizes(), (Shape{2, 2}));
  EXPECT_EQ(vt.sizes(), (Shape{3, 3}));
  EXPECT_TRUE(allclose(s, tensor({3.0, 2.0}, DType::float64)));
  EXPECT_TRUE(allclose(matmul(vt, vt.mT()), eye(3, DType::float64)));
}

TEST(Decompose, the_rank_counts_independent_rows) {
  EXPECT_EQ(linalg::matrix_rank(singular_matrix()).item<std::int64_t>(), 1);
  EXPECT_EQ(linalg::matrix_rank(eye(3)).item<std::int64_t>(), 3);
  EXPECT_EQ(linalg::matrix_rank(zeros({2, 2})).item<std::int64_t>(), 0);
}

TEST(Decompose, least_squares_finds_a_line) {
  const Tensor a = tensor({{0.0, 1.0}, {1.0, 1.0}, {2.0, 1.0}, {3.0, 1.0}}, DType::float64);
  const Tensor b = tensor({{1.0}, {3.0}, {5.0}, {7.0}}, DType::float64);
  const auto [x, rest, rank, values] = linalg::lstsq(a, b);
  EXPECT_TRUE(allclose(x, tensor({{2.0}, {1.0}}, DType::float64)));
  EXPECT_LT(rest.item<double>(), 1e-20);
  EXPECT_EQ(rank.item<std::int64_t>(), 2);
  EXPECT_EQ(values.sizes(), (Shape{2}));
}

TEST(Decompose, an_empty_batch_and_an_empty_matrix_are_allowed) {
  EXPECT_EQ(linalg::inv(zeros({0, 3, 3})).sizes(), (Shape{0, 3, 3}));
  EXPECT_EQ(linalg::det(zeros({0, 0})).item<float>(), 1.0F);
  EXPECT_EQ(linalg::qr(zeros({2, 0})).first.sizes(), (Shape{2, 0}));
}

TEST(Decompose, the_gradient_of_a_wide_qr_is_refused) {
  const Tensor a = ones({2, 3}).set_requires_grad();
  EXPECT_THROW(linalg::qr(a).second.sum().backward(), AutogradError);
}

}  // namespace
}  // namespace tinytorch
