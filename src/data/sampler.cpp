#include "tinytorch/data/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tinytorch::data {

using tinytorch::detail::text;

void WeightedRandomSampler::check() const {
  std::int64_t positive = 0;
  double sum = 0.0;
  for (const double weight : weights_) {
    if (!(weight >= 0.0) || !std::isfinite(weight))
      throw ValueError(text({"[weighted_random_sampler] a weight is finite and not negative: ", weight}));
    positive += weight > 0.0;
    sum += weight;
  }
  if (!(sum > 0.0) || !std::isfinite(sum))
    throw ValueError("[weighted_random_sampler] the sum of the weights is finite and above 0");
  if (samples_ < 0) throw ValueError(text({"[weighted_random_sampler] draws ", samples_, " numbers"}));
  if (!replacement_ && samples_ > positive)
    throw ValueError(text({"[weighted_random_sampler] draws ", samples_, " different numbers where only ", positive,
                           " have a weight above 0"}));
}

std::vector<std::int64_t> WeightedRandomSampler::with_replacement(Generator& generator) const {
  std::vector<double> sums(weights_.size());
  std::partial_sum(weights_.begin(), weights_.end(), sums.begin());
  // Rounding may make uniform() * sum equal to the sum. Then the last example with a weight is drawn.
  std::int64_t last = static_cast<std::int64_t>(weights_.size()) - 1;
  while (weights_[static_cast<std::size_t>(last)] == 0.0) --last;
  std::vector<std::int64_t> drawn(static_cast<std::size_t>(samples_));
  for (std::int64_t& index : drawn) {
    const auto found = std::upper_bound(sums.begin(), sums.end(), generator.uniform() * sums.back());
    index = std::min(static_cast<std::int64_t>(found - sums.begin()), last);
  }
  return drawn;
}

std::vector<std::int64_t> WeightedRandomSampler::without_replacement(Generator& generator) const {
  std::vector<std::pair<double, std::int64_t>> keys;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const double key = std::log1p(-generator.uniform()) / weights_[i];
    if (weights_[i] > 0.0) keys.emplace_back(-key, static_cast<std::int64_t>(i));
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::int64_t> drawn(static_cast<std::size_t>(samples_));
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = keys[i].second;
  return drawn;
}

}  // namespace tinytorch::data
