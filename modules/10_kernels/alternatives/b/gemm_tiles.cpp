// Another right answer to part D: a table of levels; the medians come from partly sorted times.

#include "tinytorch/core/gemm_tiles.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace tinytorch::kernels {

namespace {

// The bytes of levels 1 to 3.
std::array<std::int64_t, 3> levels(std::span<const CacheInfo> caches) {
  std::array<std::int64_t, 3> bytes{32 * 1024, 0, 0};
  for (const CacheInfo& cache : caches)
    if (cache.level >= 1 && cache.level <= 3) bytes[static_cast<std::size_t>(cache.level - 1)] = cache.bytes;
  for (std::size_t i = 1; i < 3; ++i)
    if (bytes[i] == 0) bytes[i] = bytes[i - 1];
  return bytes;
}

// The middle of so many times; of an even number, the mean of the two in the middle.
double middle(std::vector<double>& times) {
  const auto upper = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), upper, times.end());
  if (times.size() % 2 == 1) return *upper;
  return (*upper + *std::max_element(times.begin(), upper)) / 2;
}

}  // namespace

Tiles choose_tiles(std::span<const CacheInfo> caches, const MicroTile& tile) {
  const auto [first, second, third] = levels(caches);
  const std::int64_t bytes_of_a_column = 2 * 4 * (tile.mr + tile.nr);
  const std::int64_t kc = first < bytes_of_a_column ? 1 : first / bytes_of_a_column;
  const auto tiles_in = [kc](std::int64_t cache, std::int64_t side) {
    const std::int64_t panel = 2 * 4 * kc * side;
    return cache < panel ? side : cache / panel * side;
  };
  return {tiles_in(second, tile.mr), kc, tiles_in(third, tile.nr)};
}

Tiles tune_tiles(std::span<const Tiles> candidates, Trial& trial, std::int64_t rounds) {
  if (candidates.empty()) throw ValueError("[tune_tiles] there is no candidate");
  if (rounds <= 0) throw ValueError("[tune_tiles] there is no round");
  struct Timed {
    const Tiles* tiles;
    std::vector<double> times;
    double median = 0;
  };
  std::vector<Timed> all;
  for (const Tiles& t : candidates) all.push_back({&t, {}});
  while (rounds-- > 0)
    for (Timed& one : all) one.times.push_back(trial.time(*one.tiles));
  for (Timed& one : all) one.median = middle(one.times);
  const Timed* winner = &all.front();
  for (const Timed& one : all)
    if (one.median < 0.95 * all.front().median && one.median < winner->median) winner = &one;
  return *winner->tiles;
}

}  // namespace tinytorch::kernels
