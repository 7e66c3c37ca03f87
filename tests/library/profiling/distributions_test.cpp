// Quantiles of distributions, compared with tables, and flags for outliers.

#include "tinytorch/profiling/distributions.hpp"

#include "tinytorch/core/error.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tinytorch::profiling {
namespace {

TEST(NormalQuantile, agrees_with_tables) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.8), 0.8416212335729142, 1e-12);
  EXPECT_NEAR(normal_quantile(0.999), 3.090232306167813, 1e-12);
  EXPECT_NEAR(normal_quantile(1e-6), -4.753424308822899, 1e-11);
  EXPECT_EQ(normal_quantile(0.5), 0);
}

TEST(NormalQuantile, is_the_inverse_of_the_distribution) {
  for (int i = 1; i < 1000; ++i) {
    const double p = i / 1000.0;
    EXPECT_NEAR(normal_cdf(normal_quantile(p)), p, 1e-13) << p;
    EXPECT_NEAR(normal_quantile(p), -normal_quantile(1 - p), 1e-11) << p;
  }
}

TEST(TQuantile, agrees_with_tables) {
  EXPECT_NEAR(t_quantile(0.975, 1), 12.706204736432095, 1e-8);
  EXPECT_NEAR(t_quantile(0.975, 9), 2.2621571627409915, 1e-10);
  EXPECT_NEAR(t_quantile(0.95, 30), 1.6972608865939587, 1e-10);
  EXPECT_NEAR(t_quantile(0.025, 9), -2.2621571627409915, 1e-10);
  EXPECT_NEAR(t_quantile(0.975, 1e6), normal_quantile(0.975), 1e-5);
  EXPECT_EQ(t_quantile(0.5, 3), 0);
}

TEST(ChiSquareQuantile, agrees_with_tables) {
  EXPECT_NEAR(chi_square_quantile(0.95, 1), 3.841458820694124, 1e-10);
  EXPECT_NEAR(chi_square_quantile(0.95, 9), 16.918977604620448, 1e-9);
  EXPECT_NEAR(chi_square_quantile(0.05, 9), 3.325112843066815, 1e-9);
  EXPECT_NEAR(chi_square_quantile(0.5, 2), 2 * std::log(2.0), 1e-12);
  EXPECT_NEAR(chi_square_quantile(0.99, 100), 135.80672317102676, 1e-8);
}

TEST(Quantiles, refuse_what_is_no_probability) {
  for (const double p : {0.0, 1.0, -0.5, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(normal_quantile(p), ValueError);
    EXPECT_THROW(t_quantile(p, 3), ValueError);
    EXPECT_THROW(chi_square_quantile(p, 3), ValueError);
  }
  EXPECT_THROW(t_quantile(0.5, 0), ValueError);
  EXPECT_THROW(chi_square_quantile(0.5, -1), ValueError);
}

TEST(Outliers, are_far_from_the_median_in_units_of_the_mad) {
  const std::vector<double> times{10, 11, 9, 10, 12, 8, 100};
  EXPECT_EQ(outliers_by_mad(times), (std::vector<bool>{false, false, false, false, false, false, true}));
  EXPECT_EQ(outliers_by_mad(std::vector<double>{1, 1, 1, 2}), (std::vector<bool>{false, false, false, true}));
  EXPECT_TRUE(outliers_by_mad({}).empty());
}

}  // namespace
}  // namespace tinytorch::profiling
