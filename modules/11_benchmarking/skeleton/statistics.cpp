// Lab 11, part A: what measured times say, and what they do not.

#include "tinytorch/profiling/statistics.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace tinytorch::profiling {
namespace {

// Put helpers of your own here: no other file sees them.

}  // namespace

// The value at position q (n - 1) of the values in ascending order.
//   quantile({30, 10, 20}, 0.25) -> 15
double quantile(std::span<const double> values, double q) {
  // BEGIN 11.1: a sorted copy, then a place between two values
  TINYTORCH_TODO("11.1");
  // END 11.1
}

// Where a statistic would lie if the values were measured again.
//   values {1, 2}, the mean, level 0.5: resamples such as (1 1) (2 1) (2 2) have means 1, 1.5, 2
Interval bootstrap_interval(std::span<const double> values, Statistic statistic, double level, std::int64_t resamples,
                            Generator& g) {
  // BEGIN 11.2: measure again, on paper
  TINYTORCH_TODO("11.2");
  // END 11.2
}

// How many samples at the start belong to the warm-up.
//   {9, 5, 3, 3, 3, 3} -> 2     {3, 3, 3} -> 0
std::int64_t warmup_length(std::span<const double> samples) {
  // BEGIN 11.3: the start whose rest is known best
  TINYTORCH_TODO("11.3");
  // END 11.3
}

// Both subjects once in each round, in an order by coin.
//   coin 0: clock, a.run(), clock, clock, b.run(), clock
Paired measure_paired(Subject& a, Subject& b, std::int64_t rounds, Clock& clock, Generator& g) {
  // BEGIN 11.4: whatever drifts meets both alike
  TINYTORCH_TODO("11.4");
  // END 11.4
}

// Whether b is faster than a, by how much, and how sure that is.
//   ten rounds with b = a / 2 -> faster, ratio 0.5, interval 0.5 to 0.5, p 0.0019
AbResult compare(const Paired& times, double alpha) {
  // BEGIN 11.5: ranks for the question, means of pairs for the size
  TINYTORCH_TODO("11.5");
  // END 11.5
}

// How many rounds show an effect.
//   rounds_needed(0.05, 0.02, 0.05, 0.8) -> 105
std::int64_t rounds_needed(double cv, double effect, double alpha, double power) {
  // BEGIN 11.6: noise over effect, squared
  TINYTORCH_TODO("11.6");
  // END 11.6
}

// The planned times of requests that come independently of each other.
//   1,000 a second, draws 0.5, 0.5 -> 693147, 1386294
std::vector<std::int64_t> poisson_arrivals(double per_second, std::int64_t count, Generator& g) {
  // BEGIN 11.7: exponential gaps
  TINYTORCH_TODO("11.7");
  // END 11.7
}

}  // namespace tinytorch::profiling
