// Lab 10, part D: how large the blocks of gemm_packed should be: what the caches hold, and what the clock says.

#include "tinytorch/core/gemm_tiles.hpp"

#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinytorch::kernels {

namespace {

// How many floats half of the cache of this level holds; `missing` when the machine does not list the level.
//   level 2, 1 MiB -> 131,072
std::int64_t half_of(std::span<const CacheInfo> caches, int level, std::int64_t missing) {
  for (const CacheInfo& cache : caches)
    if (cache.level == level) return cache.bytes / 2 / static_cast<std::int64_t>(sizeof(float));
  return missing;
}

}  // namespace

// The largest tiles that these caches hold.
//   32 KiB, 1 MiB, 8 MiB, a tile of 6 x 16 -> kc 186, mc 702, nc 5632
Tiles choose_tiles(std::span<const CacheInfo> caches, const MicroTile& tile) {
  const std::int64_t first = half_of(caches, 1, 4096), second = half_of(caches, 2, first),
                     third = half_of(caches, 3, second);
  // BEGIN SOLUTION 10.8: kc follows from the first cache, and the other two from kc
  const std::int64_t kc = std::max<std::int64_t>(first / (tile.mr + tile.nr), 1);
  const std::int64_t mc = std::max<std::int64_t>(second / kc / tile.mr, 1) * tile.mr;
  const std::int64_t nc = std::max<std::int64_t>(third / kc / tile.nr, 1) * tile.nr;
  return {mc, kc, nc};
  // END SOLUTION
}

// The candidate with the smallest median time; the first one unless another is clearly faster.
//   medians 10, 9.8, 12 -> the first; 10, 9, 12 -> the second
Tiles tune_tiles(std::span<const Tiles> candidates, Trial& trial, std::int64_t rounds) {
  if (candidates.empty()) throw ValueError("[tune_tiles] no candidates");
  if (rounds < 1) throw ValueError("[tune_tiles] no rounds");
  // BEGIN SOLUTION 10.8: in turn, so that a slow minute of the machine meets all of them
  std::vector<std::vector<double>> times(candidates.size());
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < candidates.size(); ++i) times[i].push_back(trial.time(candidates[i]));
  }
  std::vector<double> medians;
  for (const std::vector<double>& of_one : times) medians.push_back(median(of_one));
  const auto best = std::min_element(medians.begin(), medians.end());
  if (*best >= 0.95 * medians.front()) return candidates.front();
  return candidates[static_cast<std::size_t>(best - medians.begin())];
  // END SOLUTION
}

}  // namespace tinytorch::kernels
