#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"
#include "tinytorch/profiling/monitor.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tinytorch::profiling {
namespace {

using Numbers = std::vector<double>;
using Counts = std::vector<std::int64_t>;

/// Whole numbers; many are equal when `range` is small.
[[maybe_unused]] Numbers some_numbers(lab::Case& c, std::int64_t count, std::int64_t range) {
  Numbers numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<double>(c.integer(-range, range)));
  return numbers;
}

/// 0 ... count - 1 in random order.
[[maybe_unused]] Counts some_order(lab::Case& c, std::int64_t count) {
  Counts order;
  for (std::int64_t i = 0; i < count; ++i) order.insert(order.begin() + c.integer(0, i), i);
  return order;
}

/// `count` different numbers in no order.
[[maybe_unused]] Numbers different_numbers(lab::Case& c, std::int64_t count) {
  Numbers numbers;
  for (const std::int64_t place : some_order(c, count)) numbers.push_back(static_cast<double>(3 * place - count));
  return numbers;
}

[[maybe_unused]] Numbers normal_numbers(Generator& g, std::int64_t count, double mean) {
  Numbers numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(mean + g.normal());
  return numbers;
}

/// How many of the numbers are at or below x.
[[maybe_unused]] std::int64_t at_or_below(const Numbers& numbers, double x) {
  return std::count_if(numbers.begin(), numbers.end(), [x](double number) { return number <= x; });
}

[[maybe_unused]] bool any_nan(const Numbers& numbers) {
  return std::any_of(numbers.begin(), numbers.end(), [](double number) { return std::isnan(number); });
}

/// At every value of both samples, each share counted anew.
[[maybe_unused]] double ks_of(const Numbers& a, const Numbers& b) {
  if (a.empty() || b.empty() || any_nan(a) || any_nan(b)) throw ValueError("ks");
  const auto n = static_cast<std::int64_t>(a.size()), m = static_cast<std::int64_t>(b.size());
  std::int64_t largest = 0;  // times n * m: exact
  for (const Numbers* sample : {&a, &b})
    for (const double x : *sample) largest = std::max(largest, std::abs(at_or_below(a, x) * m - at_or_below(b, x) * n));
  return static_cast<double>(largest) / static_cast<double>(n * m);
}

}  // namespace
}  // namespace tinytorch::profiling
