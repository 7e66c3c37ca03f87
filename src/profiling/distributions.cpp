#include "tinytorch/profiling/distributions.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace tinytorch::profiling {
namespace {

void need_share(double p, const char* where) {
  if (!(p > 0 && p < 1))
    throw ValueError("[" + std::string(where) + "] p is between 0 and 1, not " + std::to_string(p));
}

void need_degrees(double degrees, const char* where) {
  if (!(degrees > 0)) {
    throw ValueError("[" + std::string(where) + "] degrees of freedom are above 0, not " + std::to_string(degrees));
  }
}

/// The share of the gamma distribution with shape a below x, by its series or its continued fraction (Numerical
/// Recipes, 6.2: the first converges below a + 1, the second above).
double gamma_share(double a, double x) {
  if (x <= 0) return 0;
  const double scale = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (double n = a + 1; term > sum * 1e-17; ++n) sum += term *= x / n;
    return sum * scale;
  }
  double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (double i = 1; i < 10'000; ++i) {
    const double an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return 1 - scale * h;
}

/// The continued fraction of the incomplete beta function (Numerical Recipes, 6.4).
double beta_fraction(double a, double b, double x) {
  double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), h = d;
  for (double m = 1; m < 10'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    h *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return h;
}

double beta_share(double a, double b, double x) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const double scale =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? scale * beta_fraction(a, b, x) / a : 1 - scale * beta_fraction(b, a, 1 - x) / b;
}

/// The x >= 0 where an ascending share reaches p: doubles an upper bound, then halves the range.
template <class Share>
double reached(Share share, double p) {
  double low = 0, high = 1;
  while (share(high) < p) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const double middle = (low + high) / 2;
    (share(middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// The polynomial with these coefficients, the one of the highest power first.
double polynomial(std::span<const double> coefficients, double x) {
  double value = 0;
  for (const double c : coefficients) value = value * x + c;
  return value;
}

}  // namespace

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double normal_quantile(double p) {
  need_share(p, "normal_quantile");
  constexpr double tail_above[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838,
                                   -2.549732539343734,     4.374664141464968,      2.938163982698783};
  constexpr double tail_below[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416,
                                   1};
  constexpr double inner_above[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                    1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239};
  constexpr double inner_below[] = {-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                                    6.680131188771972e+01,  -1.328068155288572e+01, 1};
  if (p > 0.5) return -normal_quantile(1 - p);
  double x = 0;
  if (p < 0.02425) {
    const double q = std::sqrt(-2 * std::log(p));
    x = polynomial(tail_above, q) / polynomial(tail_below, q);
  } else {
    const double q = p - 0.5;
    x = q * polynomial(inner_above, q * q) / polynomial(inner_below, q * q);
  }
  // Halley: the second derivative of the normal distribution is -x times the first.
  const double error = (normal_cdf(x) - p) * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - error / (1 + x * error / 2);
}

double t_quantile(double p, double degrees) {
  need_share(p, "t_quantile");
  need_degrees(degrees, "t_quantile");
  if (p == 0.5) return 0;
  if (p < 0.5) return -t_quantile(1 - p, degrees);
  // P(T > t) is half of P(Beta(degrees / 2, 1 / 2) < degrees / (degrees + t^2)).
  return reached([&](double t) { return 1 - beta_share(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2; }, p);
}

double chi_square_quantile(double p, double degrees) {
  need_share(p, "chi_square_quantile");
  need_degrees(degrees, "chi_square_quantile");
  return reached([&](double x) { return gamma_share(degrees / 2, x / 2); }, p);
}

double ks_p_value(double statistic, std::int64_t n, std::int64_t m) {
  if (n < 1 || m < 1 || std::isnan(statistic)) throw ValueError("[ks_p_value] n >= 1, m >= 1 and a statistic");
  const double both = 1 / (1 / static_cast<double>(n) + 1 / static_cast<double>(m)), x = std::sqrt(both) * statistic;
  if (x < 0.3) return 1;  // the series needs many terms there; 1 - p is below 1e-5
  double sum = 0, sign = 2;
  for (double k = 1; k < 20; ++k, sign = -sign) sum += sign * std::exp(-2 * k * k * x * x);
  return std::clamp(sum, 0.0, 1.0);
}

std::vector<bool> outliers_by_mad(std::span<const double> values, double limit) {
  std::vector<bool> flags(values.size());
  if (values.empty()) return flags;
  const double middle = median({values.begin(), values.end()});
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - middle));
  const double far = limit * 1.4826 * median(distances);
  for (std::size_t i = 0; i < values.size(); ++i) flags[i] = distances[i] > far;
  return flags;
}

}  // namespace tinytorch::profiling
