#pragma once

#include "tinytorch/core/gemm_packed.hpp"
#include "tinytorch/core/machine.hpp"

#include <cstdint>
#include <span>

/// Sizes of blocks for gemm_packed, first from the sizes of the caches, then from measured times. (lab 10, unit
/// core/gemm_tiles)
namespace tinytorch::kernels {

/// The largest tiles for these caches (core/machine.hpp reads them). A panel of a and a panel of b together, (mr + nr)
/// * kc floats, fill at most half of the first-level cache; a block of a, mc * kc floats, at most half of the second; a
/// block of b, kc * nc floats, at most half of the third. mc is a multiple of mr, nc of nr. Where a cache is too small
/// for that, kc is 1, mc is mr, nc is nr. A level that is not listed is as large as the level before it; the first has
/// 32 KiB then.
///     32 KiB, 1 MiB, 8 MiB, a tile of 6 x 16 -> kc 186, mc 702, nc 5632
Tiles choose_tiles(std::span<const CacheInfo> caches, const MicroTile& tile);

/// A product that can be timed.
class Trial {
 public:
  virtual ~Trial() = default;
  /// How long it takes once with these tiles. Two calls differ, as times do.
  virtual double time(const Tiles& t) = 0;
};

/// The candidate with the smallest median time. Each round times every candidate once, in their order. The first one is
/// returned unless the smallest median is below 95 % of its own; of equal medians the earlier counts. Throws ValueError
/// for no candidates, and for rounds < 1.
Tiles tune_tiles(std::span<const Tiles> candidates, Trial& trial, std::int64_t rounds = 7);

}  // namespace tinytorch::kernels
