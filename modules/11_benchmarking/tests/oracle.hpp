#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"
#include "tinytorch/profiling/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::profiling {

// How the structs of this lab are shown and streamed.
inline lab::Value to_value(const Interval& interval) {
  return lab::record({{"low", interval.low}, {"high", interval.high}});
}

}  // namespace tinytorch::profiling

namespace tinytorch {
namespace {

using Numbers = std::vector<double>;

/// `count` whole times from 1 to 1,000; some occur twice.
[[maybe_unused]] Numbers some_times(lab::Case& c, std::size_t count) {
  Numbers times;
  for (std::size_t i = 0; i < count; ++i) times.push_back(static_cast<double>(c.integer(1, 1000)));
  return times;
}

/// The value with `place` values before it in order. It does not sort, so it repeats no mistake of a solution.
[[maybe_unused]] double value_at_rank(const Numbers& values, std::size_t place) {
  for (const double v : values) {
    const auto below = std::count_if(values.begin(), values.end(), [v](double other) { return other < v; });
    const auto equal = std::count(values.begin(), values.end(), v);
    if (below <= static_cast<std::ptrdiff_t>(place) && static_cast<std::ptrdiff_t>(place) < below + equal) return v;
  }
  throw std::logic_error("no value has this rank");
}

/// Each value weighted by how near its place is to the wanted one.
[[maybe_unused]] double quantile_of(const Numbers& values, double q) {
  const double wanted = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(wanted));
  const double part = wanted - std::floor(wanted);
  const double at_low = value_at_rank(values, low);
  return part == 0 ? at_low : (1 - part) * at_low + part * value_at_rank(values, low + 1);
}

[[maybe_unused]] std::uint64_t random_seed(lab::Case& c) { return c.rng().next() >> 1; }

/// Where a generator stands: the same for equally many draws from the same seed.
[[maybe_unused]] std::int64_t place_of(Generator g) { return static_cast<std::int64_t>(g.next() >> 1); }

}  // namespace
}  // namespace tinytorch
