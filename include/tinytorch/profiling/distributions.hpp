#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Distributions that tests and intervals are read from, and flags for outliers. Nothing here draws random numbers.
namespace tinytorch::profiling {

/// The probability that a standard normal number is at most x.
double normal_cdf(double x);

/// The x that a standard normal number is at most with probability p: normal_quantile(0.975) is 1.96. The relative
/// error is below 1e-12. Throws ValueError unless 0 < p < 1. Source: Acklam's approximation, then one step of Halley.
double normal_quantile(double p);

/// The same for Student's t with `degrees` degrees of freedom. Throws ValueError unless 0 < p < 1 and degrees > 0.
double t_quantile(double p, double degrees);

/// The same for chi squared. Throws ValueError unless 0 < p < 1 and degrees > 0.
double chi_square_quantile(double p, double degrees);

/// The probability that two samples of n and m values from one continuous distribution have a statistic of Kolmogorov
/// and Smirnov of `statistic` or more, in the limit of many values. For few values, and with equal ones among them, it
/// is too large. Throws ValueError for n < 1, m < 1 and NaN. Source: Smirnov, "On the estimation of the discrepancy
/// between empirical curves of distribution for two independent samples", 1939.
///     ks_p_value(0.136, 200, 200)  // 0.0495
double ks_p_value(double statistic, std::int64_t n, std::int64_t m);

/// Which values lie further from the median than `limit` times the deviation that a normal distribution with the same
/// median absolute deviation (MAD) has: |x - median| > limit * 1.4826 * MAD. With a MAD of 0, every value that differs
/// from the median. Source: Iglewicz and Hoaglin, "How to detect and handle outliers", 1993; their limit is 3.5.
///     outliers_by_mad(std::vector<double>{10, 11, 9, 10, 100})  // the last one alone
///     outliers_by_mad(std::vector<double>{1, 1, 1, 2})          // the last one alone: the MAD is 0
std::vector<bool> outliers_by_mad(std::span<const double> values, double limit = 3.5);

}  // namespace tinytorch::profiling
