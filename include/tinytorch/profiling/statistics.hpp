#pragma once

#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/timing.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// Statistics of measured times: is B really faster than A? Unit profiling/statistics of lab 11; the structs and
/// Subject are given. Times are in nanoseconds.
namespace tinytorch::profiling {

/// The quantile q of the values: in ascending order, the value at position q (n - 1), counted from 0. Between two
/// values it is interpolated linearly. Does not change the input. Throws ValueError for no values and unless 0 <= q
/// <= 1.
double quantile(std::span<const double> values, double q);

/// From low to high.
struct Interval {
  double low = 0, high = 0;
};

/// A number that is computed from values: a median, a mean, a quantile.
using Statistic = FunctionRef<double(std::span<const double>)>;

/// Where a statistic would lie if the values were measured again: the percentile bootstrap (Efron, 1979). A resample
/// has as many values as were measured. Its value k is the measured value with the index below(n), drawn from g for
/// each k in ascending order, one resample after the other. The interval reaches from quantile (1 - level) / 2 to
/// quantile (1 + level) / 2 of the resamples' statistics. Throws ValueError for no values, for resamples < 1 and unless
/// 0 < level < 1.
Interval bootstrap_interval(std::span<const double> values, Statistic statistic, double level, std::int64_t resamples,
                            Generator& g);

/// How many samples at the start belong to the warm-up: the k in 0 .. n / 2 (rounded down) with the smallest sum over
/// i >= k of (x_i - m)^2, divided by (n - k)^2, where m is the mean of x_k .. x_{n-1}. Of equally good k, the smallest.
/// No samples have no warm-up. Source: White, "An effective truncation heuristic", 1997 (MSER).
std::int64_t warmup_length(std::span<const double> samples);

/// What is measured. A sample is the time of one run().
class Subject {
 public:
  virtual ~Subject() = default;
  virtual void run() = 0;
};

/// The times of two subjects: a[i] and b[i] were measured in round i, one directly after the other.
struct Paired {
  std::vector<double> a, b;
};

/// Runs both subjects once in each round. The number below(2), drawn from g once a round, decides who is first: 0 is a,
/// 1 is b. Reads the clock directly before and directly after each run, and at no other time. Throws ValueError for
/// rounds < 0.
Paired measure_paired(Subject& a, Subject& b, std::int64_t rounds, Clock& clock, Generator& g);

enum class Difference : std::uint8_t { not_shown, faster, slower };

struct AbResult {
  Difference difference = Difference::not_shown;  ///< of b, compared with a
  double ratio = 1;                               ///< estimate of time of b / time of a
  Interval interval{1, 1};                        ///< of the ratio, at level 1 - alpha
  double p = 1;                                   ///< chance of so large a difference when a and b are alike
};

/// Compares the times of b with those of a by the logarithms of their ratios, d = log(b / a), round by round.
///
/// The p-value is that of Wilcoxon's signed rank test, two-sided. Rounds with d = 0 are left out. The m others are
/// ranked by |d| from 1 to m; equal |d| share the mean of their ranks. W is the sum of the ranks with d > 0. With M = m
/// (m + 1) / 4 and V = (m (m + 1)(2 m + 1) - sum over groups of t equal |d| of (t^3 - t) / 2) / 24, p is min(1, 2 (1 -
/// normal_cdf((|W - M| - 1/2) / sqrt(V)))), or 1 when m is 0.
///
/// The ratio is exp of the Hodges-Lehmann estimate: the median of the n (n + 1) / 2 means (d_i + d_j) / 2, i <= j, of
/// all n rounds. The interval reaches from exp of mean number c to exp of mean number c from the end, counted from 0 in
/// ascending order. Here c = floor(n (n + 1) / 4 - z sqrt(n (n + 1)(2 n + 1) / 24)), or 0 if that is negative, and
/// z = normal_quantile(1 - alpha / 2).
///
/// The difference is faster when p < alpha and W < M, slower when p < alpha and W > M, else not shown. Fewer than 10
/// rounds show nothing. Without rounds the ratio is 1, the interval 1 to 1, and p is 1. Throws ValueError when a and b
/// have different lengths, for a time that is not positive, and unless 0 < alpha < 1.
AbResult compare(const Paired& times, double alpha);

/// How many rounds `compare` needs to show, with probability `power`, that b takes 1 + effect times as long as a, when
/// every time has the coefficient of variation cv (deviation / mean): pi / 3 * 2 (z(1 - alpha / 2) + z(power))^2
/// (cv / log(1 + effect))^2, rounded up, where z is normal_quantile. At least 10. The factor pi / 3 is what ranks cost
/// where the noise is normal. Throws ValueError unless cv >= 0, effect > 0, 0 < alpha < 1 and 0 < power < 1.
std::int64_t rounds_needed(double cv, double effect, double alpha, double power);

/// The planned times, in ns from the start, of `count` requests that come independently of each other, `per_second` on
/// average. The gap before each request is -log(1 - uniform()) / per_second seconds, one draw from g for each. The sum
/// of the gaps is rounded to whole ns, not the gaps. Throws ValueError for count < 0 and unless per_second > 0 is
/// finite.
std::vector<std::int64_t> poisson_arrivals(double per_second, std::int64_t count, Generator& g);

}  // namespace tinytorch::profiling
