// What lab 12's suite can't ask of the monitor: its constructors, the bins, and a p-value from tables.

#include "tinytorch/profiling/monitor.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <limits>
#include <utility>

#include <gtest/gtest.h>

namespace tinytorch::profiling {
namespace {

TEST(BinCounts, a_value_on_an_edge_is_below_it) {
  const std::vector<double> values{0, 1, 1.5, 2, 3, 3}, edges{1, 3};
  EXPECT_EQ(bin_counts(values, edges), (std::vector<std::int64_t>{2, 4, 0}));
  EXPECT_EQ(bin_counts(values, {}), (std::vector<std::int64_t>{6}));
  EXPECT_EQ(bin_counts({}, edges), (std::vector<std::int64_t>{0, 0, 0}));
}

TEST(KsPValue, agrees_with_tables) {
  // The limit distribution's quantiles at 0.10, 0.05 and 0.01 are 1.223848, 1.358099 and 1.627624.
  EXPECT_NEAR(ks_p_value(0.1223848, 200, 200), 0.10, 1e-6);
  EXPECT_NEAR(ks_p_value(0.1358099, 200, 200), 0.05, 1e-6);
  EXPECT_NEAR(ks_p_value(0.1627624, 200, 200), 0.01, 1e-6);
  EXPECT_NEAR(ks_p_value(0.5, 10, 40), ks_p_value(0.5, 40, 10), 1e-15);
  EXPECT_EQ(ks_p_value(0, 5, 7), 1);
  EXPECT_LT(ks_p_value(1, 1000, 1000), 1e-100);
}

TEST(KsPValue, falls_as_the_statistic_grows) {
  double before = 1;
  for (int i = 0; i <= 200; ++i) {
    const double p = ks_p_value(i / 200.0, 50, 60);
    EXPECT_LE(p, before + 1e-9) << i;
    EXPECT_GE(p, 0) << i;
    before = p;
  }
}

TEST(KsPValue, refuses_what_is_no_sample) {
  EXPECT_THROW(ks_p_value(0.1, 0, 5), ValueError);
  EXPECT_THROW(ks_p_value(0.1, 5, 0), ValueError);
  EXPECT_THROW(ks_p_value(std::numeric_limits<double>::quiet_NaN(), 5, 5), ValueError);
}

TEST(RetrainTrigger, refuses_options_that_mean_nothing) {
  EXPECT_THROW(RetrainTrigger({.on = 0}), ValueError);
  EXPECT_THROW(RetrainTrigger({.off = 0}), ValueError);
  EXPECT_THROW(RetrainTrigger({.cool_down = -1}), ValueError);
  EXPECT_THROW(RetrainTrigger({.labels = -1}), ValueError);
  EXPECT_NO_THROW(RetrainTrigger({.on = 1, .off = 1, .cool_down = 0, .labels = 0}));
}

TEST(RetrainTrigger, keeps_its_state_when_it_is_moved) {
  RetrainTrigger trigger({.on = 1, .labels = 10});
  EXPECT_EQ(trigger.observe({Drift::found, {}}, 9, 0), Action::none);
  RetrainTrigger moved(std::move(trigger));
  EXPECT_TRUE(moved.alarm());
  EXPECT_EQ(moved.observe({Drift::too_few, {}}, 10, 1), Action::retrain);
}

TEST(Canary, refuses_looks_that_do_not_ascend) {
  EXPECT_THROW(Canary({.looks = {}}), ValueError);
  EXPECT_THROW(Canary({.looks = {0}}), ValueError);
  EXPECT_THROW(Canary({.looks = {-3, 2}}), ValueError);
  EXPECT_THROW(Canary({.looks = {2, 2}}), ValueError);
  EXPECT_THROW(Canary({.looks = {4, 2}}), ValueError);
  EXPECT_NO_THROW(Canary({.looks = {1, 2}}));
}

TEST(Canary, refuses_an_alpha_that_is_no_probability) {
  for (const double alpha : {0.0, 1.0, -0.1, 1.5, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(Canary({.alpha = alpha}), ValueError) << alpha;
}

TEST(Canary, keeps_its_counts_when_it_is_moved) {
  Canary canary({.looks = {1}});
  EXPECT_EQ(canary.observe(Arm::current, {false}), Action::none);
  Canary moved(std::move(canary));
  EXPECT_EQ(moved.observe(Arm::canary, {false}), Action::promote);
}

}  // namespace
}  // namespace tinytorch::profiling
