// Element-wise operations: values, dtypes, layouts and edges.

#include "tinytorch/core/pointwise.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::broadcastable;
using testing::infinity;
using testing::nan;
using testing::random_double;
using testing::random_shape;

// Element i in row-major order, by the strides alone.
double element(const Tensor& x, std::int64_t i) {
  std::int64_t at = 0;
  for (std::int64_t d = x.dim() - 1; d >= 0; --d) {
    at += i % x.sizes()[d] * x.strides()[d];
    i /= x.sizes()[d];
  }
  return x.data<double>()[at];
}

struct Unary {
  const char* name;
  Tensor (*op)(const Tensor&);
  double (*function)(double);
};

TEST(Unary, agrees_with_the_function_on_any_layout) {
  const Unary all[] = {
      {"exp", exp, std::exp},
      {"expm1", expm1, std::expm1},
      {"log", log, std::log},
      {"log1p", log1p, std::log1p},
      {"log2", log2, std::log2},
      {"log10", log10, std::log10},
      {"sqrt", sqrt, std::sqrt},
      {"rsqrt", rsqrt, [](double v) { return 1 / std::sqrt(v); }},
      {"square", square, [](double v) { return v * v; }},
      {"reciprocal", reciprocal, [](double v) { return 1 / v; }},
      {"sin", sin, std::sin},
      {"cos", cos, std::cos},
      {"tan", tan, std::tan},
      {"tanh", tanh, std::tanh},
      {"erf", erf, std::erf},
      {"sigmoid", sigmoid, [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"relu", relu, [](double v) { return v > 0 ? v : 0; }},
      {"abs", abs, std::abs},
      {"sign", sign, [](double v) { return static_cast<double>((v > 0) - (v < 0)); }},
      {"floor", floor, std::floor},
      {"ceil", ceil, std::ceil},
      {"trunc", trunc, std::trunc},
      {"round", round, std::nearbyint},
      {"neg", neg, [](double v) { return -v; }},
  };
  for (const Unary& unary : all) {
    Generator g(1);
    for (int round = 0; round < 20; ++round) {
      const Tensor x = random_double(random_shape(g, 0, 4, 0, 5), g);
      const Tensor y = unary.op(x);
      ASSERT_EQ(y.sizes(), x.sizes()) << unary.name;
      for (std::int64_t i = 0; i < x.numel(); ++i) {
        const double expected = unary.function(element(x, i));
        if (std::isnan(expected))
          ASSERT_TRUE(std::isnan(element(y, i))) << unary.name;
        else
          ASSERT_NEAR(element(y, i), expected, 1e-14 * std::max(1.0, std::abs(expected))) << unary.name;
      }
    }
    EXPECT_EQ(unary.op(ones({2}, DType::float32)).dtype(), DType::float32) << unary.name;
  }
}

struct Binary {
  const char* name;
  Tensor (*op)(const Tensor&, const Tensor&);
  double (*function)(double, double);
};

TEST(Binary, broadcasts_on_any_layout) {
  const Binary all[] = {
      {"add", add, [](double a, double b) { return a + b; }},
      {"sub", sub, [](double a, double b) { return a - b; }},
      {"mul", mul, [](double a, double b) { return a * b; }},
      {"div", div, [](double a, double b) { return a / b; }},
      {"pow", pow, [](double a, double b) { return std::pow(a, b); }},
      {"maximum", maximum, [](double a, double b) { return a > b ? a : b; }},
      {"minimum", minimum, [](double a, double b) { return a < b ? a : b; }},
      {"floor_divide", floor_divide, [](double a, double b) { return std::floor(a / b); }},
      {"remainder", remainder, [](double a, double b) { return a - b * std::floor(a / b); }},
  };
  for (const Binary& binary : all) {
    Generator g(2);
    for (int round = 0; round < 30; ++round) {
      const Shape shape = random_shape(g, 0, 4, 0, 4);
      const bool left = g.below(2) == 0;
      const Tensor a = random_double(left ? shape : broadcastable(shape, g), g);
      const Tensor b = random_double(left ? broadcastable(shape, g) : shape, g);
      const Tensor y = binary.op(a, b), wide_a = raw::expand(a, shape), wide_b = raw::expand(b, shape);
      ASSERT_EQ(y.sizes(), shape) << binary.name;
      for (std::int64_t i = 0; i < y.numel(); ++i) {
        const double expected = binary.function(element(wide_a, i), element(wide_b, i));
        if (std::isnan(expected))
          ASSERT_TRUE(std::isnan(element(y, i))) << binary.name;
        else
          ASSERT_NEAR(element(y, i), expected, 1e-13 * std::max(1.0, std::abs(expected))) << binary.name;
      }
    }
  }
}

TEST(Promotion, of_types_is_symmetric) {
  const DType all[] = {DType::boolean, DType::uint8,   DType::int8,   DType::int32,
                       DType::int64,   DType::float32, DType::float64};
  for (const DType a : all)
    for (const DType b : all) {
      EXPECT_EQ(promote_types(a, b), promote_types(b, a));
      EXPECT_EQ(promote_types(a, a), a);
      EXPECT_EQ(promote_types(promote_types(a, b), b), promote_types(a, b));
    }
  EXPECT_EQ(promote_types(DType::uint8, DType::int8), DType::int32);
  EXPECT_EQ(promote_types(DType::int64, DType::float32), DType::float32);
}

TEST(Promotion, lets_a_number_change_the_kind_alone) {
  const Tensor whole = tensor({1, 2}), half = tensor({0.5}), flag = eq(whole, whole);
  EXPECT_EQ((whole + 1).dtype(), DType::int64);
  EXPECT_EQ((whole + 1.0).dtype(), DType::float32);
  EXPECT_EQ((whole * true).dtype(), DType::int64);
  EXPECT_EQ((flag + 1).dtype(), DType::int64);
  EXPECT_EQ((flag + 1.5).dtype(), DType::float32);
  EXPECT_EQ((half + 1).dtype(), DType::float32);
  EXPECT_EQ((half.to(DType::float64) + 1.0).dtype(), DType::float64);
  EXPECT_EQ((whole / 2).dtype(), DType::float32);
  EXPECT_EQ(pow(whole, 2).dtype(), DType::int64);
  EXPECT_EQ(pow(2, whole).dtype(), DType::int64);
  EXPECT_EQ(pow(2.0, whole).dtype(), DType::float32);
  EXPECT_EQ((full({2}, 3.0, DType::uint8) * 2).dtype(), DType::uint8);
  EXPECT_EQ(clamp(whole, 0.5).dtype(), DType::float32);
}

TEST(Promotion, treats_a_tensor_without_dimensions_as_a_number) {
  const Tensor half = tensor({0.5});
  EXPECT_EQ((half + scalar(1.0, DType::float64)).dtype(), DType::float32);
  EXPECT_EQ((tensor({1}) + scalar(1.0, DType::float64)).dtype(), DType::float64);
  EXPECT_EQ((full({1}, 1.0, DType::int32) * scalar(2.0, DType::int64)).dtype(), DType::int32);
  EXPECT_EQ((scalar(1.0) + scalar(1.0, DType::float64)).dtype(), DType::float64);
}

TEST(Numbers, stand_on_either_side) {
  const Tensor x = tensor({1.0, 2.0, 4.0});
  EXPECT_EQ(to_string(x - 1), "[0., 1., 3.]");
  EXPECT_EQ(to_string(1 - x), "[0., -1., -3.]");
  EXPECT_EQ(to_string(x / 2), "[0.5, 1., 2.]");
  EXPECT_EQ(to_string(2 / x), "[2., 1., 0.5]");
  EXPECT_EQ(to_string(-x), "[-1., -2., -4.]");
  EXPECT_EQ(to_string(x % 3), "[1., 2., 1.]");
  EXPECT_EQ(to_string(tensor({7}) - 1), "[6]");
}

TEST(Division, by_a_number_rounds_once) {
  Generator g(3);
  const Tensor x = randn({100}, g);
  for (std::int64_t i = 0; i < 100; ++i) ASSERT_EQ((x / 3).data<float>()[i], x.data<float>()[i] / 3.0F);
}

TEST(Integers, divide_and_leave_a_rest_as_python_does) {
  const Tensor a = tensor({7, -7, 7, -7}), b = tensor({2, 2, -2, -2});
  EXPECT_EQ(to_string(floor_divide(a, b)), "[3, -4, -4, 3]");
  EXPECT_EQ(to_string(remainder(a, b)), "[1, 1, -1, -1]");
  EXPECT_EQ(to_string(remainder(a.to(DType::float64), b)), "[1., 1., -1., -1.]");
  EXPECT_THROW(floor_divide(a, 0), ValueError);
  EXPECT_THROW(remainder(a, 0), ValueError);
}

TEST(Integers, stay_integers_under_powers) {
  EXPECT_EQ(to_string(pow(tensor({-3, 0, 2}), 3)), "[-27, 0, 8]");
  EXPECT_EQ(to_string(pow(tensor({5}), 0)), "[1]");
  EXPECT_EQ(pow(tensor({3}), 39).item<std::int64_t>(), 4052555153018976267);
  EXPECT_EQ(to_string(pow(2, arange(4))), "[1, 2, 4, 8]");
  EXPECT_THROW(pow(tensor({2}), -1), ValueError);
  EXPECT_EQ(to_string(pow(tensor({2}), -1.0)), "[0.5]");
  EXPECT_EQ(to_string(abs(tensor({-2, 3}))), "[2, 3]");
  EXPECT_EQ(to_string(relu(tensor({-2, 3}))), "[0, 3]");
  EXPECT_EQ(to_string(floor(tensor({-2, 3}))), "[-2, 3]");
}

TEST(Round, goes_to_the_even_integer_from_a_half) {
  EXPECT_EQ(to_string(round(tensor({-1.5, -0.5, 0.5, 1.5, 2.5, 2.6}))), "[-2., -0., 0., 2., 2., 3.]");
}

TEST(Clamp, holds_values_within_bounds) {
  const Tensor x = tensor({-2.0, 0.5, 3.0, nan});
  EXPECT_EQ(repr(clamp(x, 0, 1)), "tensor([0.0000, 0.5000, 1.0000,    nan])");
  EXPECT_EQ(to_string(clamp(tensor({-2, 5}), 0)), "[0, 5]");
  EXPECT_EQ(to_string(clamp(tensor({-2, 5}), std::nullopt, 1)), "[-2, 1]");
  EXPECT_EQ(to_string(clamp_min(tensor({-2, 5}), 0)), "[0, 5]");
  EXPECT_EQ(to_string(clamp_max(tensor({-2, 5}), 0)), "[-2, 0]");
  EXPECT_EQ(to_string(clamp(tensor({-2, 5}), 3, 1)), "[1, 1]");  // max wins
  EXPECT_THROW(clamp(x, std::nullopt), ValueError);
}

TEST(Extremes, let_nan_through_from_either_side) {
  const Tensor a = tensor({nan, 1.0, 2.0}), b = tensor({1.0, nan, 3.0});
  EXPECT_EQ(repr(maximum(a, b)), "tensor([nan, nan, 3.])");
  EXPECT_EQ(repr(minimum(a, b)), "tensor([nan, nan, 2.])");
  EXPECT_EQ(to_string(maximum(tensor({1, 5}), tensor({3}))), "[3, 5]");
}

TEST(EdgeValues, of_functions_are_those_of_pytorch) {
  EXPECT_EQ(sign(scalar(0.0)).item<double>(), 0.0);
  EXPECT_EQ(sign(scalar(nan)).item<double>(), 0.0);
  EXPECT_EQ(pow(scalar(0.0), 0.0).item<double>(), 1.0);
  EXPECT_EQ(pow(scalar(0.0), scalar(0.0)).item<double>(), 1.0);
  EXPECT_EQ(pow(scalar(nan), 0.0).item<double>(), 1.0);
  EXPECT_EQ(pow(scalar(0.0), -1.0).item<double>(), infinity);
  EXPECT_TRUE(std::isnan(pow(scalar(-1.0), 0.5).item<double>()));
  EXPECT_EQ(rsqrt(scalar(0.0)).item<double>(), infinity);
  EXPECT_EQ(log1p(scalar(1e-20, DType::float64)).item<double>(), 1e-20);
  EXPECT_EQ(expm1(scalar(1e-20, DType::float64)).item<double>(), 1e-20);
  EXPECT_TRUE(std::isnan(relu(scalar(nan)).item<double>()));
}

// d f(x) / dx at one point.
double slope(const std::function<Tensor(const Tensor&)>& f, double at) {
  const Tensor x = scalar(at, DType::float64).set_requires_grad();
  f(x).backward();
  return x.grad().item<double>();
}

TEST(EdgeGradients, are_those_of_pytorch) {
  EXPECT_EQ(slope(sign, 2.0), 0.0);
  EXPECT_EQ(slope(floor, 2.5), 0.0);
  EXPECT_EQ(slope(round, 2.5), 0.0);
  EXPECT_EQ(slope(abs, 0.0), 0.0);
  EXPECT_EQ(slope(relu, 0.0), 0.0);
  EXPECT_EQ(slope(sqrt, 0.0), infinity);
  EXPECT_EQ(slope(rsqrt, 0.0), -infinity);
  EXPECT_EQ(slope(log, 0.0), infinity);
  EXPECT_EQ(slope([](const Tensor& x) { return pow(x, 0.0); }, 0.0), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return pow(x, 1.0); }, 0.0), 1.0);
  EXPECT_EQ(slope([](const Tensor& x) { return pow(x, 2.0); }, 0.0), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return pow(x, 0.5); }, 0.0), infinity);
  EXPECT_EQ(slope([](const Tensor& x) { return pow(x, scalar(0.0, DType::float64)); }, 0.0), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return pow(scalar(0.0, DType::float64), x); }, 0.0), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return pow(0.0, x); }, 2.0), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return clamp(x, 0, 1); }, 0.0), 1.0);
  EXPECT_EQ(slope([](const Tensor& x) { return clamp(x, 0, 1); }, 1.0), 1.0);
  EXPECT_EQ(slope([](const Tensor& x) { return clamp(x, 0, 1); }, 1.5), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return clamp(x, 0, 1); }, nan), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return maximum(x, scalar(2.0, DType::float64)); }, 2.0), 0.5);
  EXPECT_EQ(slope([](const Tensor& x) { return minimum(scalar(2.0, DType::float64), x); }, 2.0), 0.5);
  EXPECT_EQ(slope([](const Tensor& x) { return maximum(x, x); }, 2.0), 1.0);
}

TEST(AliasedOperands, get_the_sum_of_their_gradients) {
  EXPECT_EQ(slope([](const Tensor& x) { return (x + x) + x; }, 3.0), 3.0);
  EXPECT_EQ(slope([](const Tensor& x) { return x * x; }, 3.0), 6.0);
  EXPECT_EQ(slope([](const Tensor& x) { return x - x; }, 3.0), 0.0);
  EXPECT_EQ(slope([](const Tensor& x) { return x / x; }, 3.0), 0.0);
  EXPECT_NEAR(slope([](const Tensor& x) { return pow(x, x); }, 2.0), 4.0 * (std::log(2.0) + 1.0), 1e-12);
}

// ---- Numbers that the integers of a tensor do not hold ----

TEST(NarrowIntegers, refuse_a_number_that_they_do_not_hold) {
  const Tensor u = tensor({44, 1, 200}).to(DType::uint8), i = tensor({1, 2, -3}).to(DType::int8);
  const Tensor yes = tensor({1, 0, 1}) == 1;
  for (const std::int64_t bad : {300LL, -1LL, 1LL << 40}) {
    const Tensor single = full({}, static_cast<double>(bad), DType::int64);
    EXPECT_THROW(maximum(u, single), ValueError) << bad;
    EXPECT_THROW(minimum(single, u), ValueError) << bad;
    EXPECT_THROW(where(yes, u, bad), ValueError) << bad;
    EXPECT_THROW(where(yes, bad, u), ValueError) << bad;
    EXPECT_THROW(where(yes, u, single), ValueError) << bad;
    EXPECT_THROW(floor_divide(u, bad), ValueError) << bad;
    EXPECT_THROW(remainder(u, bad), ValueError) << bad;
    EXPECT_THROW(remainder(u, single), ValueError) << bad;
  }
  EXPECT_THROW(floor_divide(i, 256), ValueError);
  EXPECT_EQ(to_string(floor_divide(i, -128)), to_string(tensor({-1, -1, 0}).to(DType::int8)));
  EXPECT_EQ(to_string(maximum(u, full({}, 255, DType::int64))), to_string(tensor({255, 255, 255}).to(DType::uint8)));
}

TEST(NarrowIntegers, are_clamped_as_mathematics_does) {
  const Tensor u = tensor({44, 1, 200}).to(DType::uint8), i = tensor({1, 2, -3}).to(DType::int8);
  EXPECT_EQ(to_string(clamp(u, {}, 300)), to_string(u));
  EXPECT_EQ(to_string(clamp(u, -5, 300)), to_string(u));
  EXPECT_EQ(to_string(clamp(i, -1000, 1)), to_string(tensor({1, 1, -3}).to(DType::int8)));
  EXPECT_EQ(to_string(clamp(u, 300, 7)), to_string(tensor({7, 7, 7}).to(DType::uint8)));  // min above max: max
  EXPECT_THROW(clamp(u, 300), ValueError);
  EXPECT_THROW(clamp(u, 300, 400), ValueError);
  EXPECT_THROW(clamp(u, {}, -1), ValueError);
  EXPECT_THROW(clamp(i, {}, -129), ValueError);
}

TEST(Clamp, by_a_nan_gives_nan) {
  for (const bool low : {true, false}) {
    const Tensor x = tensor({1.0, -2.0}).set_requires_grad();
    const Tensor y = low ? clamp(x, nan) : clamp(x, {}, nan);
    EXPECT_TRUE(all(isnan(y)).item<bool>());
    y.sum().backward();
    EXPECT_EQ(to_string(x.grad()), to_string(tensor({0.0, 0.0})));
  }
}

}  // namespace
}  // namespace tinytorch
