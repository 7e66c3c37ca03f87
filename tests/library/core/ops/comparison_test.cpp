#include "tinytorch/core/comparison.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::infinity;
using testing::nan;

TEST(Comparison, has_operators_for_tensors_and_numbers) {
  const Tensor a = tensor({1.0, 2.0, 3.0}), b = tensor({2.0, 2.0, 2.0});
  EXPECT_EQ(to_string(a == b), "[false, true, false]");
  EXPECT_EQ(to_string(a != b), "[true, false, true]");
  EXPECT_EQ(to_string(a < b), "[true, false, false]");
  EXPECT_EQ(to_string(a <= b), "[true, true, false]");
  EXPECT_EQ(to_string(a > b), "[false, false, true]");
  EXPECT_EQ(to_string(a >= b), "[false, true, true]");
  EXPECT_EQ(to_string(a == 2), "[false, true, false]");
  EXPECT_EQ(to_string(a != 2.0), "[true, false, true]");
  EXPECT_EQ(to_string(a < 2), "[true, false, false]");
  EXPECT_EQ(to_string(2 < a), "[false, false, true]");
  EXPECT_EQ(to_string(2 >= a), "[true, true, false]");
  EXPECT_EQ(to_string(2 != a), "[true, false, true]");
  EXPECT_EQ(to_string(a.ge(2)), "[false, true, true]");
}

TEST(Comparison, of_mixed_dtypes_takes_place_in_the_wider) {
  EXPECT_EQ(to_string(tensor({1, 2}) > 1.5), "[false, true]");
  EXPECT_EQ(to_string(tensor({1, 2}) == tensor({1.0, 2.5})), "[true, false]");
  EXPECT_EQ(to_string((tensor({1, 2}) == 1) == true), "[true, false]");
  EXPECT_EQ(to_string(tensor({1, 2}) == true), "[true, false]");
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  const Tensor x = full({1}, 0x1p53, DType::int64) + 1;
  EXPECT_TRUE((x == large).item<bool>());
  EXPECT_FALSE((x == large - 1).item<bool>());
}

// Every pair of numbers near the ends of the integer dtypes, as tensor, as number and as tensor of shape ().
TEST(Comparison, of_integers_is_that_of_mathematics) {
  const std::vector<std::int64_t> numbers{-3'000'000'000, -129, -128, -1, 0, 1, 44, 127, 128, 255, 256, 300,
                                          3'000'000'000};
  const auto kept = [](DType dtype, std::int64_t value) {
    return value == full({}, static_cast<double>(value), DType::int64).to(dtype).item<std::int64_t>();
  };
  for (const DType dtype : {DType::uint8, DType::int8, DType::int32, DType::int64}) {
    for (const std::int64_t x : numbers) {
      if (!kept(dtype, x)) continue;
      const Tensor a = full({2}, static_cast<double>(x), DType::int64).to(dtype);
      for (const std::int64_t y : numbers) {
        const Tensor single = full({}, static_cast<double>(y), DType::int64);
        const auto expect = [&](bool truth, const Tensor& result, const char* op) {
          EXPECT_EQ(result.select(0, 0).item<bool>(), truth)
              << x << " " << op << " " << y << " in " << to_string(dtype);
        };
        expect(x < y, a < y, "<");
        expect(x <= y, a <= y, "<=");
        expect(x > y, a > y, ">");
        expect(x >= y, a >= y, ">=");
        expect(x == y, a == y, "==");
        expect(x != y, a != y, "!=");
        expect(x < y, a < single, "< ()");
        expect(x == y, a == single, "== ()");
        expect(y < x, single < a, "() <");
        expect(static_cast<double>(x) < static_cast<double>(y) + 0.5, a < static_cast<double>(y) + 0.5, "< 0.5 +");
      }
    }
  }
  EXPECT_FALSE((full({1}, 16777217, DType::int32) == 16777216.0).item<bool>());
}

TEST(Comparison, of_nan_is_false_but_for_ne) {
  const Tensor x = tensor({nan});
  EXPECT_FALSE((x == x).item<bool>());
  EXPECT_TRUE((x != x).item<bool>());
  EXPECT_FALSE((x < x).item<bool>());
  EXPECT_FALSE((x >= x).item<bool>());
}

TEST(Comparison, agrees_with_the_loop_on_any_layout) {
  Generator g(1);
  for (int round = 0; round < 50; ++round) {
    const Shape shape = testing::random_shape(g, 0, 4, 0, 4);
    const Tensor a = testing::random_double(shape, g);
    const Tensor b = testing::random_double(testing::broadcastable(shape, g), g);
    const Tensor dense_a = a.clone(), dense_b = expand(b, shape).clone();
    const Tensor less = a < b;
    ASSERT_EQ(less.sizes(), shape);
    for (std::int64_t i = 0; i < less.numel(); ++i)
      ASSERT_EQ(less.data<bool>()[i], dense_a.data<double>()[i] < dense_b.data<double>()[i]);
  }
}

TEST(Finiteness, is_told_for_every_dtype) {
  const Tensor x = tensor({1.0, nan, infinity, -infinity});
  EXPECT_EQ(to_string(isnan(x)), "[false, true, false, false]");
  EXPECT_EQ(to_string(isinf(x)), "[false, false, true, true]");
  EXPECT_EQ(to_string(isfinite(x)), "[true, false, false, false]");
  EXPECT_EQ(to_string(isfinite(tensor({1}))), "[true]");
}

TEST(Logic, takes_whatever_is_not_zero_for_true) {
  const Tensor a = tensor({0, 0, 3, 3}), b = tensor({0.0, 0.5, 0.0, nan});
  EXPECT_EQ(to_string(logical_and(a, b)), "[false, false, false, true]");
  EXPECT_EQ(to_string(logical_or(a, b)), "[false, true, true, true]");
  EXPECT_EQ(to_string(logical_xor(a, b)), "[false, true, true, false]");
  EXPECT_EQ(to_string(logical_not(b)), "[true, false, true, false]");
  EXPECT_EQ(to_string(!a), "[true, true, false, false]");
}

TEST(Bits, are_combined_in_booleans_and_integers) {
  const Tensor x = arange(4);
  EXPECT_EQ(to_string((x > 0) & (x < 3)), "[false, true, true, false]");
  EXPECT_EQ(to_string((x == 0) | (x == 3)), "[true, false, false, true]");
  EXPECT_EQ(to_string(~(x > 1)), "[true, true, false, false]");
  EXPECT_EQ(to_string(x & tensor({2})), "[0, 0, 2, 2]");
  EXPECT_EQ(to_string(x ^ tensor({1})), "[1, 0, 3, 2]");
  EXPECT_EQ(to_string(~x), "[-1, -2, -3, -4]");
  EXPECT_EQ(to_string(~full({1}, 1.0, DType::uint8)), "[254]");
  EXPECT_THROW(tensor({1.0}) & tensor({1.0}), DTypeError);
}

TEST(Where, chooses_by_element_and_broadcasts) {
  const Tensor condition = tensor({1, 0}) == 1;
  EXPECT_EQ(to_string(where(condition, tensor({{1.0}, {2.0}}), 0)), "[[1., 0.],\n [2., 0.]]");
  EXPECT_EQ(to_string(where(condition, 7, tensor({1, 2}))), "[7, 2]");
  EXPECT_EQ(where(condition, tensor({1, 2}), 0.5).dtype(), DType::float32);
  EXPECT_EQ(where(condition, tensor({1.0}), zeros({}, DType::float64)).dtype(), DType::float32);
  EXPECT_THROW(where(tensor({1, 0}), tensor({1}), tensor({2})), DTypeError);
}

// The branch not taken gives 0, even where its own derivative is infinite.
TEST(Where, keeps_gradients_apart) {
  const Tensor x = tensor({0.0, 4.0}).set_requires_grad();
  sum(where(x > 0, x, 0)).backward();
  EXPECT_EQ(to_string(x.grad()), "[0., 1.]");
  const Tensor a = tensor({1.0, 2.0}).set_requires_grad(), b = tensor({3.0}).set_requires_grad();
  sum(where(tensor({1, 0}) == 1, a, b) * tensor({5.0, 7.0})).backward();
  EXPECT_EQ(to_string(a.grad()), "[5., 0.]");
  EXPECT_EQ(to_string(b.grad()), "[7.]");
}

TEST(Closeness, knows_infinities_and_nan) {
  const Tensor a = tensor({1.0, infinity, infinity, nan, 1.0});
  const Tensor b = tensor({1.000001, infinity, -infinity, nan, infinity});
  EXPECT_EQ(to_string(isclose(a, b)), "[true, true, false, false, false]");
  EXPECT_TRUE(allclose(tensor({nan}), tensor({nan}), 1e-5, 1e-8, true));
  EXPECT_TRUE(allclose(zeros({0}), zeros({0})));
  EXPECT_FALSE(allclose(tensor({1e-7}), tensor({0.0})));
  EXPECT_TRUE(allclose(tensor({1e-9}), tensor({0.0})));
}

}  // namespace
}  // namespace tinytorch
