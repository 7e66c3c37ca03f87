// Accuracy, F1 and calibration.

#include "tinytorch/profiling/quality.hpp"

#include "tinytorch/core/creation.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::profiling {
namespace {

Tensor targets(std::vector<std::int64_t> list) {
  const Tensor t = empty({static_cast<std::int64_t>(list.size())}, DType::int64);
  std::copy(list.begin(), list.end(), t.data<std::int64_t>());
  return t;
}

Tensor rows(std::vector<double> list, std::int64_t classes) {
  const Tensor t = empty({static_cast<std::int64_t>(list.size()) / classes, classes}, DType::float64);
  std::copy(list.begin(), list.end(), t.data<double>());
  return t;
}

TEST(Quality, counts_right_answers_over_batches) {
  Quality quality(2);
  quality.add(rows({0.9, 0.1, 0.4, 0.6}, 2), targets({0, 0}));
  quality.add(rows({0.2, 0.8, 0.3, 0.7}, 2), targets({1, 0}));
  EXPECT_EQ(quality.examples(), 4);
  EXPECT_DOUBLE_EQ(quality.accuracy(), 0.5);
  EXPECT_EQ(quality.confusion(0, 1), 2);
  EXPECT_DOUBLE_EQ(quality.f1(0), 2.0 * 1 / (1 + 3));  // right 1, answered 1, there 3
  EXPECT_DOUBLE_EQ(quality.f1(1), 2.0 * 1 / (3 + 1));
  EXPECT_DOUBLE_EQ(quality.macro_f1(), 0.5);
}

TEST(Quality, is_calibrated_when_shares_agree_with_probabilities) {
  Quality good(2, 10), sure(2, 10);
  for (int i = 0; i < 10; ++i) {
    good.add(rows({0.75, 0.25, 0.75, 0.25}, 2), targets({0, i % 2}));  // 75 % said, 75 % right
    sure.add(rows({1.0, 0.0, 1.0, 0.0}, 2), targets({0, i % 2}));      // 100 % said, 75 % right
  }
  EXPECT_NEAR(good.calibration_error(), 0, 1e-12);
  EXPECT_NEAR(sure.calibration_error(), 0.25, 1e-12);
}

TEST(Quality, of_nothing_is_0) {
  const Quality quality(3);
  EXPECT_EQ(quality.accuracy(), 0);
  EXPECT_EQ(quality.macro_f1(), 0);
  EXPECT_EQ(quality.calibration_error(), 0);
}

TEST(Quality, refuses_what_does_not_fit) {
  Quality quality(2);
  EXPECT_THROW(quality.add(rows({0.1, 0.2, 0.7}, 3), targets({0})), ShapeError);
  EXPECT_THROW(quality.add(rows({0.5, 0.5}, 2), targets({0, 1})), ShapeError);
  EXPECT_THROW(quality.add(rows({0.5, 0.5}, 2), zeros({1})), DTypeError);
  EXPECT_THROW(quality.add(rows({0.5, 0.5}, 2), targets({2})), IndexError);
  EXPECT_THROW(Quality(0), ValueError);
  EXPECT_THROW(Quality(2, 0), ValueError);
}

}  // namespace
}  // namespace tinytorch::profiling
