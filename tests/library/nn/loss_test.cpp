// Losses: against the formulas in double, and where the formulas overflow.

#include "tinytorch/nn/loss.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/functional.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::integer;
using testing::relaid;

TEST(CrossEntropy, agrees_with_the_formula) {
  for (std::uint64_t k = 0; k < 60; ++k) {
    Generator g(mix_seed(22, k));
    const std::int64_t rows = integer(g, 1, 6), classes = integer(g, 1, 5);
    const Tensor logits = testing::random_double({rows, classes}, g);
    const Tensor target = empty({rows}, DType::int64);
    for (std::int64_t n = 0; n < rows; ++n) target.data<std::int64_t>()[n] = integer(g, 0, classes - 1);
    const Tensor log_probs = log(exp(logits) / sum(exp(logits), Shape{1}, true));
    const Tensor each = raw::cross_entropy(logits, relaid(target, g), Reduction::none);
    double total = 0.0;
    for (std::int64_t n = 0; n < rows; ++n) {
      const double expected = -log_probs.data<double>()[n * classes + target.data<std::int64_t>()[n]];
      ASSERT_NEAR(each.data<double>()[n], expected, 1e-12) << k;
      total += expected;
    }
    ASSERT_NEAR(raw::cross_entropy(logits, target, Reduction::sum).item<double>(), total, 1e-11) << k;
    ASSERT_NEAR(raw::cross_entropy(logits, target, Reduction::mean).item<double>(), total / static_cast<double>(rows),
                1e-11)
        << k;
  }
}

TEST(CrossEntropy, a_shift_of_the_logits_changes_nothing) {
  const Tensor logits = tensor({{1.0, -2.0, 0.5}, {0.0, 3.0, 1.0}}, DType::float64);
  const Tensor target = tensor({2, 0});
  const double loss = raw::cross_entropy(logits, target, Reduction::mean).item<double>();
  EXPECT_NEAR(raw::cross_entropy(logits + 800.0, target, Reduction::mean).item<double>(), loss, 1e-12);
}

TEST(CrossEntropy, names_the_row_of_a_label_that_is_no_class) {
  try {
    raw::cross_entropy(zeros({3, 2}), tensor({0, 1, 2}), Reduction::mean);
    FAIL() << "label 2 of 2 classes was accepted";
  } catch (const IndexError& error) {
    EXPECT_STREQ(error.what(), "[cross_entropy] row 2: label 2 is not in 0..1");
  }
  EXPECT_THROW(raw::cross_entropy(zeros({1, 2}), tensor({-1}), Reduction::mean), IndexError);
  EXPECT_THROW(raw::cross_entropy(zeros({3, 2}), tensor({0, 1}), Reduction::mean), ShapeError);
  EXPECT_THROW(raw::cross_entropy(zeros({3}), tensor({0, 1, 1}), Reduction::mean), ShapeError);
  EXPECT_THROW(raw::cross_entropy(zeros({1, 2}), tensor({0.0}), Reduction::mean), DTypeError);
  EXPECT_THROW(raw::cross_entropy(zeros({1, 2}, DType::int64), tensor({0}), Reduction::mean), DTypeError);
}

TEST(Losses, the_mean_of_nothing_is_nan_and_the_sum_zero) {
  const Tensor none = zeros({0, 3}), labels = zeros({0}, DType::int64);
  EXPECT_TRUE(std::isnan(raw::cross_entropy(none, labels, Reduction::mean).item<double>()));
  EXPECT_EQ(raw::cross_entropy(none, labels, Reduction::sum).item<double>(), 0.0);
  EXPECT_TRUE(std::isnan(raw::mse_loss(none, none, Reduction::mean).item<double>()));
}

TEST(Losses, bce_and_mse_agree_with_the_formulas) {
  for (std::uint64_t k = 0; k < 40; ++k) {
    Generator g(mix_seed(23, k));
    const Shape shape = testing::random_shape(g, 0, 3);
    const Tensor z = testing::random_double(shape, g), t = relaid(rand(shape, g, DType::float64), g);
    const Tensor p = sigmoid(z);
    const Tensor bce = neg(t * log(p) + (1.0 - t) * log(1.0 - p));
    const Tensor mse = (z - t) * (z - t);
    ASSERT_TRUE(allclose(raw::bce_with_logits(z, t, Reduction::none), bce, 1e-10, 1e-12)) << k;
    ASSERT_TRUE(allclose(raw::bce_with_logits(z, t, Reduction::mean), mean(bce), 1e-10, 1e-12)) << k;
    ASSERT_TRUE(allclose(raw::mse_loss(z, t, Reduction::none), mse, 1e-12, 0.0)) << k;
    ASSERT_TRUE(allclose(raw::mse_loss(z, t, Reduction::sum), sum(mse), 1e-12, 0.0)) << k;
  }
  const Tensor far = tensor({1000.0, -1000.0}), target = tensor({0.0, 1.0});
  EXPECT_TRUE(equal(raw::bce_with_logits(far, target, Reduction::none), tensor({1000.0, 1000.0})));
  EXPECT_THROW(raw::bce_with_logits(far, zeros({1}), Reduction::mean), ShapeError);
  EXPECT_THROW(raw::mse_loss(far, zeros({1, 2}), Reduction::mean), ShapeError);
}

}  // namespace
}  // namespace tinytorch
