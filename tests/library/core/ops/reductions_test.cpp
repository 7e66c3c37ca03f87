#include "tinytorch/core/reductions.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/linalg.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::infinity;
using testing::integer;
using testing::nan;
using testing::random_double;
using testing::random_shape;

using Numbers = std::vector<double>;

// Reduces x over dims (none: all): applies a function to the numbers of each cell, found by a loop over every index.
Tensor by_hand(const Tensor& x, const Shape& dims, bool keepdim, const std::function<double(const Numbers&)>& f) {
  Shape marked = Shape::filled(x.dim(), dims.empty() ? 1 : 0), kept = x.sizes(), out;
  for (const std::int64_t d : dims) marked[d < 0 ? d + x.dim() : d] = 1;
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (marked[d] != 0) kept[d] = 1;
    if (marked[d] == 0 || keepdim) out.push_back(kept[d]);
  }
  std::vector<Numbers> cells(static_cast<std::size_t>(numel(kept)));
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    std::int64_t rest = i, at = 0, cell = 0, stride = 1;
    for (std::int64_t d = x.dim() - 1; d >= 0; --d) {
      const std::int64_t index = rest % x.sizes()[d];
      rest /= x.sizes()[d];
      at += index * x.strides()[d];
      if (marked[d] == 0) cell += index * stride;
      stride *= kept[d];
    }
    cells[static_cast<std::size_t>(cell)].push_back(x.data<double>()[at]);
  }
  Tensor y = empty(out, DType::float64);
  for (std::size_t i = 0; i < cells.size(); ++i) y.data<double>()[i] = f(cells[i]);
  return y;
}

double sum_of(const Numbers& v) { return std::accumulate(v.begin(), v.end(), 0.0); }
double mean_of(const Numbers& v) { return sum_of(v) / static_cast<double>(v.size()); }
double variance_of(const Numbers& v, double correction) {
  double squares = 0;
  for (const double x : v) squares += (x - mean_of(v)) * (x - mean_of(v));
  return squares / (static_cast<double>(v.size()) - correction);
}
double norm_of(const Numbers& v, double p) {
  double total = 0;
  for (const double x : v) total += std::pow(std::abs(x), p);
  return std::pow(total, 1 / p);
}

struct Reduction {
  const char* name;
  std::function<Tensor(const Tensor&, const DimList&, bool)> op;
  std::function<double(const Numbers&)> function;
  bool of_nothing = false;  // whether the reduction of no elements has a result
};

std::vector<Reduction> all_reductions() {
  return {
      {"sum", [](const Tensor& x, const DimList& d, bool k) { return sum(x, d, k); }, sum_of, true},
      {"mean", [](const Tensor& x, const DimList& d, bool k) { return mean(x, d, k); }, mean_of, true},
      {"prod", [](const Tensor& x, const DimList& d, bool k) { return prod(x, d, k); },
       [](const Numbers& v) { return std::accumulate(v.begin(), v.end(), 1.0, std::multiplies<>()); }, true},
      {"amax", [](const Tensor& x, const DimList& d, bool k) { return amax(x, d, k); },
       [](const Numbers& v) { return *std::max_element(v.begin(), v.end()); }},
      {"amin", [](const Tensor& x, const DimList& d, bool k) { return amin(x, d, k); },
       [](const Numbers& v) { return *std::min_element(v.begin(), v.end()); }},
      {"var", [](const Tensor& x, const DimList& d, bool k) { return var(x, d, 0, k); },
       [](const Numbers& v) { return variance_of(v, 0); }, true},
      {"std", [](const Tensor& x, const DimList& d, bool k) { return std(x, d, 0, k); },
       [](const Numbers& v) { return std::sqrt(variance_of(v, 0)); }, true},
      {"norm", [](const Tensor& x, const DimList& d, bool k) { return norm(x, 2, d, k); },
       [](const Numbers& v) { return norm_of(v, 2); }, true},
      {"norm_1", [](const Tensor& x, const DimList& d, bool k) { return norm(x, 1, d, k); },
       [](const Numbers& v) { return norm_of(v, 1); }, true},
      {"norm_3", [](const Tensor& x, const DimList& d, bool k) { return norm(x, 3, d, k); },
       [](const Numbers& v) { return norm_of(v, 3); }, true},
      {"norm_0", [](const Tensor& x, const DimList& d, bool k) { return norm(x, 0, d, k); },
       [](const Numbers& v) { return static_cast<double>(v.size()); }, true},
      {"norm_inf", [](const Tensor& x, const DimList& d, bool k) { return norm(x, infinity, d, k); },
       [](const Numbers& v) {
         return std::abs(
             *std::max_element(v.begin(), v.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
       }},
      {"logsumexp", [](const Tensor& x, const DimList& d, bool k) { return logsumexp(x, d, k); },
       [](const Numbers& v) {
         double total = 0;
         for (const double x : v) total += std::exp(x);
         return std::log(total);
       }},
      {"any", [](const Tensor& x, const DimList& d, bool k) { return any(x > 1, d, k).to(DType::float64); },
       [](const Numbers& v) { return std::any_of(v.begin(), v.end(), [](double x) { return x > 1; }) ? 1.0 : 0.0; },
       true},
      {"all", [](const Tensor& x, const DimList& d, bool k) { return all(x < 1, d, k).to(DType::float64); },
       [](const Numbers& v) { return std::all_of(v.begin(), v.end(), [](double x) { return x < 1; }) ? 1.0 : 0.0; },
       true},
  };
}

TEST(Reduction, agrees_with_the_loop_over_any_dimensions_of_any_layout) {
  for (const Reduction& reduction : all_reductions()) {
    Generator g(1);
    for (int round = 0; round < 60; ++round) {
      const Tensor x = random_double(random_shape(g, 0, 4, reduction.of_nothing && round % 3 == 0 ? 0 : 1, 4), g);
      Shape dims;
      for (std::int64_t d = 0; d < x.dim(); ++d)
        if (g.below(2) == 0) dims.push_back(g.below(2) == 0 ? d : d - x.dim());
      const bool keepdim = g.below(2) == 0;
      const Tensor expected = by_hand(x, dims, keepdim, reduction.function);
      const Tensor got = reduction.op(x, dims, keepdim);
      ASSERT_EQ(got.sizes(), expected.sizes()) << reduction.name << " " << to_string(x.sizes()) << to_string(dims);
      ASSERT_TRUE(allclose(got, expected, 1e-12, 1e-12, true))
          << reduction.name << " of " << to_string(x) << " over " << to_string(dims) << ": " << to_string(got)
          << "\nexpected " << to_string(expected);
    }
  }
}

TEST(DimList, is_a_dimension_a_list_or_nothing) {
  const Tensor x = ones({2, 3, 4});
  const std::vector<std::int64_t> list = {0, 2};
  EXPECT_EQ(sum(x, 1).sizes(), (Shape{2, 4}));
  EXPECT_EQ(sum(x, -1, true).sizes(), (Shape{2, 3, 1}));
  EXPECT_EQ(sum(x, {0, -1}).sizes(), (Shape{3}));
  EXPECT_EQ(sum(x, {1}).sizes(), (Shape{2, 4}));
  EXPECT_EQ(sum(x, {}).sizes(), (Shape{}));
  EXPECT_EQ(sum(x, Shape{0}).sizes(), (Shape{3, 4}));
  EXPECT_EQ(sum(x, list).sizes(), (Shape{3}));
  EXPECT_EQ(x.mean(1).sizes(), (Shape{2, 4}));
  EXPECT_EQ(x.var({0, 1}).sizes(), (Shape{4}));
  EXPECT_THROW(amax(x, 3), IndexError);
  EXPECT_THROW(prod(x, {0, -3}), ShapeError);
}

TEST(DimList, lets_a_scalar_have_a_dimension_0) {
  const Tensor x = scalar(3.0).set_requires_grad();
  for (const std::int64_t dim : {0, -1}) {
    for (const Tensor& y : {sum(x, dim), mean(x, dim), prod(x, dim), amax(x, dim), max(x, dim).first, min(x, dim).first,
                            norm(x, 2, dim), logsumexp(x, dim), cumsum(x, dim)}) {
      EXPECT_EQ(y.sizes(), (Shape{}));
      EXPECT_FLOAT_EQ(y.item<float>(), 3.0F);
      x.set_grad({});
      y.backward();
      EXPECT_FLOAT_EQ(x.grad().item<float>(), 1.0F);
    }
    EXPECT_EQ(argmax(x, dim).item<int>(), 0);
    EXPECT_TRUE(all(x, dim).item<bool>());
    EXPECT_EQ(var(x, dim, 0).item<float>(), 0.0F);
  }
  EXPECT_THROW(sum(x, 1), IndexError);
  EXPECT_THROW(max(x, 1), IndexError);
}

TEST(Variance, takes_unbiased_or_a_correction) {
  const Tensor x = tensor({1.0, 2.0, 3.0, 6.0});
  EXPECT_FLOAT_EQ(var(x).item<float>(), 14.0F / 3);
  EXPECT_FLOAT_EQ(var(x, 0, false).item<float>(), 3.5F);
  EXPECT_FLOAT_EQ(var(x, 0, true).item<float>(), 14.0F / 3);
  EXPECT_FLOAT_EQ(var(x, {}, 2).item<float>(), 7.0F);
  EXPECT_TRUE(std::isnan(var(tensor({1.0})).item<float>()));
  EXPECT_FLOAT_EQ(std_mean(x).second.item<float>(), 3.0F);
  EXPECT_FLOAT_EQ(var_mean(x, 0).first.item<float>(), 14.0F / 3);
  EXPECT_FLOAT_EQ(x.std().item<float>(), std::sqrt(14.0F / 3));
}

TEST(Extremes, choose_the_first_of_equals_and_nan_before_all) {
  const Tensor x = tensor({{1.0, 3.0, 3.0}, {nan, 5.0, nan}});
  EXPECT_EQ(to_string(max(x, 1).second), "[1, 0]");
  EXPECT_EQ(to_string(min(x, 1).second), "[0, 0]");
  EXPECT_EQ(repr(max(x, 1).first), "tensor([3., nan])");
  EXPECT_EQ(repr(amin(x, 1)), "tensor([1., nan])");
  EXPECT_EQ(repr(amax(x)), "tensor(nan)");
  EXPECT_EQ(to_string(argmin(tensor({{2, 1}, {0, 0}}), 0)), "[1, 1]");
  EXPECT_EQ(argmax(tensor({{2, 9}, {9, 0}})).item<int>(), 1);
  EXPECT_EQ(argmin(transpose(tensor({{2, 9}, {0, 5}}), 0, 1)).item<int>(), 1);
  EXPECT_EQ(min(tensor({4, 2})).dtype(), DType::int64);
  EXPECT_EQ(max(full({2}, 3.0, DType::uint8), 0).first.dtype(), DType::uint8);
  EXPECT_EQ(amax(tensor({-infinity, -infinity})).item<double>(), -infinity);
  EXPECT_EQ(to_string(max(tensor({1, 5}), tensor({4, 2}))), "[4, 5]");
}

TEST(Extremes, of_nothing_are_an_error) {
  EXPECT_THROW(amax(zeros({0})), ValueError);
  EXPECT_THROW(min(zeros({2, 0})), ValueError);
  EXPECT_THROW(min(zeros({2, 0}), 1), ValueError);
  EXPECT_THROW(argmax(zeros({0})), ValueError);
  EXPECT_EQ(amax(zeros({0, 3}), 1).sizes(), (Shape{0}));
}

TEST(Integers, are_summed_and_multiplied_as_int64) {
  EXPECT_EQ(sum(full({300}, 1.0, DType::uint8)).item<int>(), 300);
  EXPECT_EQ(sum(tensor({1, 0, 3}) > 0).dtype(), DType::int64);
  EXPECT_EQ(to_string(prod(tensor({{2, 3}, {4, 5}}), 0)), "[8, 15]");
  EXPECT_EQ(to_string(cumsum(tensor({{1, 2}, {3, 4}}), 0)), "[[1, 2],\n [4, 6]]");
  EXPECT_EQ(cumsum(full({2}, 200.0, DType::uint8), 0).dtype(), DType::int64);
  EXPECT_EQ(to_string(mean(tensor({1, 2}))), "1.5");
  EXPECT_EQ(to_string(count_nonzero(tensor({{0, 2}, {0, 5}}), 0)), "[0, 2]");
}

TEST(AnyAll, know_empty_sets) {
  EXPECT_FALSE(any(zeros({0})).item<bool>());
  EXPECT_TRUE(all(zeros({0})).item<bool>());
  EXPECT_EQ(to_string(any(tensor({{0, 2}, {0, 0}}), 1)), "[true, false]");
  EXPECT_TRUE(any(tensor({nan})).item<bool>());
}

TEST(Cumsum, runs_along_a_dimension_of_any_layout) {
  Generator g(2);
  for (int round = 0; round < 30; ++round) {
    const Tensor x = random_double(random_shape(g, 1, 4, 0, 4), g);
    const std::int64_t d = integer(g, -x.dim(), x.dim() - 1);
    const Tensor y = cumsum(x, d);
    ASSERT_EQ(y.sizes(), x.sizes());
    for (std::int64_t i = 0; i < x.size(d); ++i)
      ASSERT_TRUE(allclose(select(y, d, i), sum(slice(x, d, 0, i + 1), d), 1e-12, 1e-12));
  }
  EXPECT_EQ(cumsum(scalar(2.0), 0).sizes(), (Shape{}));
}

TEST(Logsumexp, does_not_overflow_and_knows_infinities) {
  EXPECT_FLOAT_EQ(logsumexp(tensor({1000.0, 1000.0}), 0).item<float>(), 1000.0F + std::log(2.0F));
  EXPECT_EQ(logsumexp(tensor({-infinity, -infinity}), 0).item<double>(), -infinity);
  EXPECT_EQ(logsumexp(tensor({1.0, infinity}), 0).item<double>(), infinity);
  EXPECT_EQ(logsumexp(zeros({0, 2}), 0).sizes(), (Shape{2}));
  EXPECT_EQ(logsumexp(zeros({0}), 0).item<double>(), -infinity);
  const Tensor x = tensor({0.0, -infinity, 0.0}).set_requires_grad();
  logsumexp(x).backward();
  EXPECT_EQ(to_string(x.grad()), "[0.5, 0., 0.5]");
}

Tensor gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& at) {
  const Tensor x = at.detach().set_requires_grad();
  sum(f(x)).backward();
  return x.grad();
}

TEST(EdgeGradients, of_reductions_are_those_of_pytorch) {
  const Tensor ties = tensor({1.0, 3.0, 3.0});
  EXPECT_EQ(to_string(gradient([](const Tensor& x) { return amax(x); }, ties)), "[0., 0.5, 0.5]");
  EXPECT_EQ(to_string(gradient([](const Tensor& x) { return max(x); }, ties)), "[0., 0.5, 0.5]");
  EXPECT_EQ(to_string(gradient([](const Tensor& x) { return max(x, 0).first; }, ties)), "[0., 1., 0.]");
  EXPECT_EQ(to_string(gradient([](const Tensor& x) { return min(x, 0).first; }, tensor({3.0, 1.0, 1.0}))),
            "[0., 1., 0.]");
  EXPECT_EQ(to_string(gradient([](const Tensor& x) { return max(x); }, tensor({nan, 1.0}))), "[1., 0.]");
  const auto product = [](const Tensor& x) { return prod(x); };
  EXPECT_EQ(to_string(gradient(product, tensor({2.0, 0.0, 3.0}))), "[0., 6., 0.]");
  EXPECT_EQ(to_string(gradient(product, tensor({0.0, 0.0, 3.0}))), "[0., 0., 0.]");
  EXPECT_EQ(to_string(gradient(product, scalar(5.0))), "1.");
  EXPECT_EQ(gradient(product, zeros({0, 2})).sizes(), (Shape{0, 2}));
  for (const double p : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, infinity})
    EXPECT_EQ(to_string(gradient([p](const Tensor& x) { return norm(x, p); }, zeros({2}))), "[0., 0.]") << p;
  EXPECT_EQ(to_string(gradient([](const Tensor& x) { return norm(x, 0.5); }, tensor({0.0, 4.0}))), "[0., 1.]");
  EXPECT_EQ(to_string(gradient([](const Tensor& x) { return std(x); }, ones({3}))), "[0., 0., 0.]");
}

// A float total of so many numbers stops growing, or drifts.
TEST(LongSums, stay_within_a_few_eps_of_the_exact_value) {
  constexpr double eps = 0x1p-23;
  constexpr std::int64_t many = std::int64_t{1} << 22;
  const Tensor tenth = full({many}, 0.1);
  const double exact = static_cast<double>(0.1F) * static_cast<double>(many);
  const auto expect_near = [&](const Tensor& x, double expected, double bound = 8 * 0x1p-23) {
    EXPECT_NEAR(x.item<double>(), expected, bound * std::abs(expected));
  };
  // A product adds 512 numbers in float32, eight totals side by side.
  expect_near(matmul(tenth, ones({many})), exact, 64 * eps);
  expect_near(matmul(reshape(tenth, {1, many}), ones({many, 1})), exact, 64 * eps);
  expect_near(scatter_add(zeros({1}), 0, zeros({many}, DType::int64), tenth), exact);
  expect_near(index_add(zeros({1}), 0, zeros({many}, DType::int64), tenth), exact);
  expect_near(index_add(ones({1}), 0, zeros({many}, DType::int64), tenth, -1.0), 1 - exact);
  expect_near(sum(softmax(zeros({1, 20000000}), 1)), 1.0);
  expect_near(log_softmax(tenth, 0).select(0, 0), -std::log(static_cast<double>(many)));
}

TEST(LongSums, of_products_agree_with_float64_at_every_shape) {
  Generator g(7);
  for (const std::int64_t k : {4096, 4097, 20000}) {
    const Tensor a = rand({3, k}, g), b = rand({5, k}, g).t(), c = rand({3, 5}, g);
    const Tensor exact = matmul(a.to(DType::float64), b.to(DType::float64));
    EXPECT_TRUE(allclose(matmul(a, b).to(DType::float64), exact, 4e-7, 0.0));
    for (const double beta : {0.0, 1.0, 0.5}) {
      const Tensor out = c.clone();
      kernels::gemm(a, b, out, beta);
      EXPECT_TRUE(allclose(out.to(DType::float64), exact + c.to(DType::float64) * beta, 4e-7, 0.0));
    }
  }
}

TEST(Norm, of_a_negative_order_is_0_at_a_0_without_a_gradient_there) {
  for (const double p : {-1.0, -2.5}) {
    Tensor x = tensor({0.0, 2.0, -4.0}, DType::float64).set_requires_grad();
    const Tensor y = norm(x, p);
    EXPECT_EQ(y.item<double>(), 0.0);
    y.backward();
    EXPECT_TRUE(equal(x.grad(), zeros({3}, DType::float64))) << to_string(x.grad());
  }
  EXPECT_NEAR(norm(tensor({2.0, 4.0}, DType::float64), -1.0).item<double>(), 1.0 / 0.75, 1e-12);
  const Tensor rows = norm(tensor({{0.0, 1.0}, {1.0, 1.0}}), -1.0, {1});
  EXPECT_EQ(to_string(rows), "[0., 0.5]");
}

TEST(Norm, of_numbers_whose_squares_leave_the_dtype_is_right) {
  Generator g(5);
  for (const double size : {1e-38, 1e-30, 1e-22, 1e-16, 1.0, 1e16, 1e22, 1e30, 1e37}) {
    const Tensor x = to(randn({5, 7}, g, DType::float64) * size, DType::float32), exact = x.to(DType::float64);
    const double eps = size < 1e-36 ? 0.1 : 1e-5;  // numbers near the smallest float have few digits
    for (const DimList& dims : {DimList(), DimList(1), DimList(0)}) {
      const Tensor length = norm(x, 2.0, dims, true).to(DType::float64), wanted = norm(exact, 2.0, dims, true);
      EXPECT_TRUE(allclose(length / wanted, ones(wanted.sizes(), DType::float64), eps, 0.0)) << size;
      const Tensor spread = x.std(dims, 1.0, true).to(DType::float64), deviation = exact.std(dims, 1.0, true);
      EXPECT_TRUE(allclose(spread / deviation, ones(deviation.sizes(), DType::float64), eps, 0.0)) << size;
    }
  }
  const Tensor huge = tensor({3e200, 4e200}, DType::float64);
  EXPECT_DOUBLE_EQ(huge.norm().item<double>(), 5e200);
}

TEST(Norm, keeps_what_no_scale_can_help) {
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(zeros({3}).norm().item<float>(), 0.0F);
  EXPECT_EQ(tensor({inf, 1.0F}).norm().item<float>(), inf);
  EXPECT_TRUE(std::isnan(tensor({testing::nan, 1e30}).norm().item<float>()));
  EXPECT_EQ(ones({0}).norm().item<float>(), 0.0F);
  EXPECT_EQ(ones({3}).std().item<float>(), 0.0F);
  EXPECT_TRUE(std::isnan(ones({1}).std().item<float>()));
}

TEST(Norm, has_a_gradient_of_length_1_at_any_size) {
  for (const float size : {1e-38F, 1e-25F, 1.0F, 1e25F, 1e37F}) {
    Tensor x = tensor({3.0F * size, -4.0F * size}).set_requires_grad();
    x.norm().backward();
    EXPECT_TRUE(allclose(x.grad(), tensor({0.6F, -0.8F}), 1e-3, 0.0)) << size << " " << to_string(x.grad());
  }
}

TEST(Argmax, names_itself_in_errors) {
  const auto what = [](auto f) {
    try {
      f();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(what([] { argmax(zeros({2, 0}), 1); }).substr(0, 8), "[argmax]");
  EXPECT_EQ(what([] { argmin(zeros({2, 0}), 1); }).substr(0, 8), "[argmin]");
  EXPECT_EQ(what([] { argmax(zeros({2}), 3); }).substr(0, 8), "[argmax]");
  EXPECT_EQ(what([] { argmin(zeros({0})); }).substr(0, 8), "[argmin]");
  EXPECT_EQ(what([] { argmax(zeros({}), 3); }).substr(0, 8), "[argmax]");
}

TEST(Softmax, of_a_scalar_is_1) {
  const Tensor x = scalar(3.0, DType::float64).set_requires_grad();
  EXPECT_EQ(softmax(x, 0).item<double>(), 1.0);
  EXPECT_EQ(log_softmax(x, -1).item<double>(), 0.0);
  softmax(x, 0).backward();
  EXPECT_EQ(x.grad().item<double>(), 0.0);
  EXPECT_THROW(softmax(x, 1), IndexError);
}

}  // namespace
}  // namespace tinytorch
