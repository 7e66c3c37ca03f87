// Arithmetic, functions, reductions and linear algebra.

#include "tests/library/libtorch/says.hpp"

namespace says {
namespace {

const double not_a_number = std::nan("");

SAYS(pointwise, operators) {
  const tt::Tensor x = tt::tensor({1.0, 2.0});
  EXPECT_EQ(numbers((x + x) * 2 - 1), (Numbers{3, 7}));
}
SAYS(pointwise, number_on_the_left) { EXPECT_EQ(numbers(1 / tt::tensor({2.0, 4.0})), (Numbers{0.5, 0.25})); }
SAYS(pointwise, add_with_alpha) { EXPECT_EQ(numbers(tt::add(tt::ones({1}), tt::ones({1}), 3)), (Numbers{4})); }
SAYS(pointwise, add_in_place) { EXPECT_EQ(numbers(tt::ones({2}).add_(2).mul_(3)), (Numbers{9, 9})); }
SAYS(pointwise, plus_assign) {
  tt::Tensor x = tt::ones({2});
  x += 1;
  x *= x;
  EXPECT_EQ(numbers(x), (Numbers{4, 4}));
}
SAYS(pointwise, pow) { EXPECT_EQ(numbers(tt::pow(tt::tensor({2.0, 3.0}), 2)), (Numbers{4, 9})); }
SAYS(pointwise, pow_of_tensors) { EXPECT_TRUE(near(tt::tensor({2.0}).pow(tt::tensor({3.0})), {8})); }
SAYS(pointwise, exp_and_log) { EXPECT_TRUE(near(tt::ones({1}).exp().log(), {1})); }
SAYS(pointwise, sqrt_and_abs) { EXPECT_EQ(numbers(tt::tensor({-4.0}).abs().sqrt()), (Numbers{2})); }
SAYS(pointwise, trigonometry) { EXPECT_TRUE(near(tt::sin(tt::zeros({1})) + tt::cos(tt::zeros({1})), {1})); }
SAYS(pointwise, inverse_trigonometry) { EXPECT_TRUE(near(tt::atan(tt::ones({1})) * 4, {3.14159265})); }
SAYS(pointwise, atan2) { EXPECT_TRUE(near(tt::atan2(tt::ones({1}), tt::zeros({1})), {1.57079633})); }
SAYS(pointwise, hyperbolic) { EXPECT_TRUE(near(tt::cosh(tt::zeros({1})) + tt::asinh(tt::zeros({1})), {1})); }
SAYS(pointwise, clamp) { EXPECT_EQ(numbers(tt::clamp(tt::arange(4), 1, 2)), (Numbers{1, 1, 2, 2})); }
SAYS(pointwise, clamp_min) { EXPECT_EQ(numbers(tt::arange(3).clamp_min(1)), (Numbers{1, 1, 2})); }
SAYS(pointwise, rounding) {
  EXPECT_EQ(numbers(tt::floor(tt::tensor({1.5})) + tt::ceil(tt::tensor({1.5})) + tt::round(tt::tensor({2.5}))),
            (Numbers{5}));
}
SAYS(pointwise, frac_and_trunc) {
  EXPECT_EQ(numbers(tt::frac(tt::tensor({-1.25})) + tt::trunc(tt::tensor({2.5}))), (Numbers{1.75}));
}
SAYS(pointwise, remainder) { EXPECT_EQ(numbers(tt::remainder(tt::tensor({-3}), 2)), (Numbers{1})); }
SAYS(pointwise, fmod) { EXPECT_EQ(numbers(tt::fmod(tt::tensor({-3.0}), 2)), (Numbers{-1})); }
SAYS(pointwise, lerp) { EXPECT_EQ(numbers(tt::lerp(tt::zeros({1}), tt::ones({1}), 0.25)), (Numbers{0.25})); }
SAYS(pointwise, logaddexp) { EXPECT_TRUE(near(tt::logaddexp(tt::zeros({1}), tt::zeros({1})), {0.69314718})); }
SAYS(pointwise, nan_to_num) { EXPECT_EQ(numbers(tt::nan_to_num(tt::tensor({not_a_number, 1.0}))), (Numbers{0, 1})); }
SAYS(pointwise, isnan) { EXPECT_TRUE(tt::isnan(tt::tensor({not_a_number})).item<bool>()); }
SAYS(pointwise, comparison) { EXPECT_EQ((tt::arange(4) > 1).sum().item<int64_t>(), 2); }
SAYS(pointwise, logical) {
  EXPECT_EQ(numbers(tt::logical_and(tt::tensor({1, 0}), tt::tensor({1, 1}))), (Numbers{1, 0}));
}
SAYS(pointwise, sigmoid_and_tanh) {
  EXPECT_EQ(numbers(tt::sigmoid(tt::zeros({1})) + tt::tanh(tt::zeros({1}))), (Numbers{0.5}));
}
SAYS(pointwise, maximum) { EXPECT_EQ(numbers(tt::maximum(tt::tensor({1, 5}), tt::tensor({3, 2}))), (Numbers{3, 5})); }
SAYS(pointwise, allclose) { EXPECT_TRUE(tt::allclose(tt::ones({2}), tt::ones({2}) + 1e-7)); }
SAYS(pointwise, equal_member) { EXPECT_TRUE(tt::ones({2}).equal(tt::ones({2}))); }
SAYS(pointwise, addcmul) {
  EXPECT_EQ(numbers(tt::addcmul(tt::ones({1}), tt::ones({1}), tt::full({1}, 3.0), 2)), (Numbers{7}));
}
SAYS(pointwise, cumsum) { EXPECT_EQ(numbers(tt::cumsum(tt::arange(4), 0)), (Numbers{0, 1, 3, 6})); }
SAYS(pointwise, cumprod) { EXPECT_EQ(numbers(tt::cumprod(tt::arange(1, 4), 0)), (Numbers{1, 2, 6})); }
SAYS(pointwise, diff) { EXPECT_EQ(numbers(tt::diff(tt::tensor({1, 4, 9}))), (Numbers{3, 5})); }

SAYS(reductions, sum) { EXPECT_EQ(two_by_three().sum().item<float>(), 21.0F); }
SAYS(reductions, sum_of_a_dimension) { EXPECT_EQ(numbers(two_by_three().sum(0)), (Numbers{5, 7, 9})); }
SAYS(reductions, sum_of_dimensions) { EXPECT_EQ(shape(tt::zeros({2, 3, 4}).sum({0, 2})), (Sizes{3})); }
SAYS(reductions, mean_keeping_a_dimension) { EXPECT_EQ(shape(two_by_three().mean(1, true)), (Sizes{2, 1})); }
SAYS(reductions, max_of_a_dimension) { EXPECT_EQ(numbers(std::get<1>(two_by_three().max(1))), (Numbers{2, 2})); }
SAYS(reductions, argmax) { EXPECT_EQ(numbers(two_by_three().argmax(1)), (Numbers{2, 2})); }
SAYS(reductions, min) { EXPECT_EQ(two_by_three().min().item<float>(), 1.0F); }
SAYS(reductions, standard_deviation) { EXPECT_TRUE(near(tt::tensor({1.0, 3.0}).std(), {1.41421356})); }
SAYS(reductions, population_variance) { EXPECT_TRUE(near(tt::tensor({1.0, 3.0}).var(0, false), {1})); }
SAYS(reductions, norm) { EXPECT_TRUE(near(tt::tensor({3.0, 4.0}).norm(), {5})); }
SAYS(reductions, prod) { EXPECT_EQ(two_by_three().prod().item<float>(), 720.0F); }
SAYS(reductions, any_and_all) {
  EXPECT_TRUE((two_by_three() > 5).any().item<bool>() && (two_by_three() > 0).all().item<bool>());
}
SAYS(reductions, logsumexp) { EXPECT_TRUE(near(tt::logsumexp(tt::zeros({2}), 0), {0.69314718})); }
SAYS(reductions, topk) {
  const auto [values, indices] = tt::arange(5).topk(2);
  EXPECT_EQ(numbers(values), (Numbers{4, 3}));
}
SAYS(reductions, sort) { EXPECT_EQ(numbers(std::get<0>(tt::sort(tt::tensor({3, 1, 2})))), (Numbers{1, 2, 3})); }
SAYS(reductions, argsort_descending) {
  EXPECT_EQ(numbers(tt::argsort(tt::tensor({3, 1, 2}), 0, true)), (Numbers{0, 2, 1}));
}
SAYS(reductions, median) { EXPECT_EQ(tt::median(tt::tensor({3.0, 1.0, 2.0, 4.0})).item<float>(), 2.0F); }
SAYS(reductions, quantile) { EXPECT_TRUE(near(tt::quantile(tt::tensor({1.0, 2.0, 3.0}), 0.25), {1.5})); }
SAYS(reductions, kthvalue) { EXPECT_EQ(numbers(std::get<0>(tt::kthvalue(tt::tensor({5, 1, 3}), 2))), (Numbers{3})); }
SAYS(reductions, bincount) { EXPECT_EQ(numbers(tt::bincount(tt::tensor({0, 2, 2}))), (Numbers{1, 0, 2})); }
SAYS(reductions, histc) { EXPECT_EQ(numbers(tt::histc(tt::tensor({0.1, 0.6, 0.9}), 2, 0, 1)), (Numbers{1, 2})); }
SAYS(reductions, unique) {
  const auto [values, inverse, counts] = tt::_unique2(tt::tensor({3, 1, 3}), true, true, true);
  EXPECT_EQ(numbers(values), (Numbers{1, 3}));
  EXPECT_EQ(numbers(inverse), (Numbers{1, 0, 1}));
  EXPECT_EQ(numbers(counts), (Numbers{1, 2}));
}
SAYS(reductions, searchsorted) {
  EXPECT_EQ(numbers(tt::searchsorted(tt::tensor({1, 3, 5}), tt::tensor({3, 4}))), (Numbers{1, 2}));
}
SAYS(reductions, count_nonzero) { EXPECT_EQ(tt::count_nonzero(tt::tensor({0, 1, 2})).item<int64_t>(), 2); }
SAYS(reductions, nansum) { EXPECT_EQ(tt::nansum(tt::tensor({not_a_number, 2.0})).item<float>(), 2.0F); }
SAYS(reductions, softmax) { EXPECT_TRUE(near(tt::softmax(tt::zeros({1, 2}), 1), {0.5, 0.5})); }
SAYS(reductions, cdist) { EXPECT_TRUE(near(tt::cdist(tt::zeros({1, 2}), tt::tensor({{3.0, 4.0}})), {5})); }
SAYS(reductions, cov) { EXPECT_TRUE(near(tt::cov(tt::tensor({{1.0, 3.0}, {2.0, 6.0}})), {2, 4, 4, 8})); }

tt::Tensor matrix() { return tt::tensor({{4.0, 2.0}, {2.0, 3.0}}, tt::kFloat64); }

SAYS(linalg, matmul) { EXPECT_EQ(shape(tt::matmul(tt::ones({2, 3}), tt::ones({3, 4}))), (Sizes{2, 4})); }
SAYS(linalg, mm) { EXPECT_EQ(shape(two_by_three().mm(two_by_three().t())), (Sizes{2, 2})); }
SAYS(linalg, bmm) { EXPECT_EQ(shape(tt::bmm(tt::ones({5, 2, 3}), tt::ones({5, 3, 1}))), (Sizes{5, 2, 1})); }
SAYS(linalg, mv) { EXPECT_EQ(numbers(two_by_three().mv(tt::ones({3}))), (Numbers{6, 15})); }
SAYS(linalg, dot) { EXPECT_EQ(tt::dot(tt::ones({3}), tt::ones({3})).item<float>(), 3.0F); }
SAYS(linalg, outer) { EXPECT_EQ(shape(tt::outer(tt::ones({2}), tt::ones({3}))), (Sizes{2, 3})); }
SAYS(linalg, addmm) { EXPECT_EQ(numbers(tt::addmm(tt::ones({1}), tt::ones({1, 2}), tt::ones({2, 1}))), (Numbers{3})); }
SAYS(linalg, baddbmm) {
  EXPECT_EQ(numbers(tt::baddbmm(tt::ones({1, 1, 1}), tt::ones({1, 1, 2}), tt::ones({1, 2, 1}))), (Numbers{3}));
}
SAYS(linalg, einsum) { EXPECT_EQ(numbers(tt::einsum("ij,j->i", {two_by_three(), tt::ones({3})})), (Numbers{6, 15})); }
SAYS(linalg, inverse) { EXPECT_TRUE(near(tt::matmul(matrix(), matrix().inverse()), {1, 0, 0, 1})); }
SAYS(linalg, solve) { EXPECT_TRUE(near(tt::linalg_solve(matrix(), tt::tensor({6.0, 5.0}, tt::kFloat64)), {1, 1})); }
SAYS(linalg, det) { EXPECT_TRUE(near(tt::det(matrix()), {8})); }
SAYS(linalg, slogdet) { EXPECT_TRUE(near(std::get<1>(tt::slogdet(matrix())), {2.0794415})); }
SAYS(linalg, cholesky) {
  const tt::Tensor l = tt::linalg_cholesky(matrix());
  EXPECT_TRUE(near(tt::matmul(l, l.t()), {4, 2, 2, 3}));
}
SAYS(linalg, qr) {
  const auto [q, r] = tt::linalg_qr(matrix());
  EXPECT_TRUE(near(tt::matmul(q, r), {4, 2, 2, 3}));
}
SAYS(linalg, svd) {
  const auto [u, s, vt] = tt::linalg_svd(matrix());
  EXPECT_TRUE(near(tt::matmul(u * s, vt), {4, 2, 2, 3}));
}
SAYS(linalg, eigh) { EXPECT_TRUE(near(std::get<0>(tt::linalg_eigh(matrix())).sum(), {7})); }
SAYS(linalg, norm_function) { EXPECT_TRUE(near(tt::linalg_norm(tt::tensor({3.0, 4.0})), {5})); }
SAYS(linalg, matrix_power) { EXPECT_TRUE(near(tt::matrix_power(matrix(), 2), {20, 14, 14, 13})); }
SAYS(linalg, pinverse) { EXPECT_EQ(shape(tt::pinverse(tt::ones({2, 3}))), (Sizes{3, 2})); }
SAYS(linalg, kron) { EXPECT_EQ(shape(tt::kron(tt::ones({2, 2}), tt::ones({2, 3}))), (Sizes{4, 6})); }
SAYS(linalg, trace) { EXPECT_EQ(tt::trace(tt::eye(3)).item<float>(), 3.0F); }

}  // namespace
}  // namespace says
