#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/data/dataset.hpp"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

/// Splits at random; stratified_split of batching.hpp keeps the classes' shares.
namespace tinytorch::data {

/// `whole` in parts of these lengths, which must add up to its size. Draws: 0..n-1 shuffled by Fisher and Yates,
/// i = n-1..1, swapped with below(i + 1); the parts are cut from it in order. `whole` must outlive them.
/// Throws ValueError.
inline std::vector<Subset> random_split(const Dataset& whole, const std::vector<std::int64_t>& lengths,
                                        Generator& generator) {
  std::int64_t sum = 0;
  for (const std::int64_t length : lengths) {
    if (length < 0 || length > whole.size() - sum)
      throw ValueError(tinytorch::detail::text("[random_split] a part of ", length, " where ", whole.size() - sum,
                                               " examples are left"));
    sum += length;
  }
  if (sum != whole.size())
    throw ValueError(tinytorch::detail::text("[random_split] the parts add up to ", sum, ", not to ", whole.size()));
  std::vector<std::int64_t> order(static_cast<std::size_t>(sum));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[generator.below(i + 1)]);
  std::vector<Subset> parts;
  auto from = order.begin();
  for (const std::int64_t length : lengths) {
    parts.emplace_back(whole, std::vector<std::int64_t>(from, from + length));
    from += length;
  }
  return parts;
}

/// Lengths of parts of n by their shares, which must add up to 1: floor(share * n) each, and what is left one by one to
/// the first parts. Throws ValueError.
inline std::vector<std::int64_t> split_lengths(std::int64_t n, const std::vector<double>& shares) {
  std::vector<std::int64_t> lengths;
  double sum = 0.0;
  std::int64_t left = n;
  for (const double share : shares) {
    if (!(share >= 0.0 && share <= 1.0))
      throw ValueError(tinytorch::detail::text("[split_lengths] a share is between 0 and 1: ", share));
    sum += share;
    lengths.push_back(static_cast<std::int64_t>(std::floor(share * static_cast<double>(n))));
    left -= lengths.back();
  }
  if (!(std::abs(sum - 1.0) < 1e-9) || left < 0)
    throw ValueError(tinytorch::detail::text("[split_lengths] the shares add up to ", sum, ", not to 1"));
  for (std::size_t i = 0; left > 0; i = (i + 1) % lengths.size(), --left) ++lengths[i];
  return lengths;
}

}  // namespace tinytorch::data
