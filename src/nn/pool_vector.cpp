// Max pooling by Highway: this file is compiled once for each instruction set, and the program chooses one of the
// copies when it runs.

#include "src/nn/pool_vector.hpp"

#include "src/core/vector/instruction_sets.hpp"
#include "src/core/vector/targets.hpp"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/nn/pool_vector.cpp"
#include <hwy/foreach_target.h>
// Only after the header above.
#include "src/core/vector/functions.inl"

HWY_BEFORE_NAMESPACE();
namespace tinytorch::vectors::HWY_NAMESPACE {
namespace {

using VI = hn::Vec<DI>;

struct Best {
  V value;
  VI place;
};

// A larger number, or the first NaN.
HWY_INLINE Best larger(Best best, V value, VI place) {
  const auto beats = hn::AndNot(hn::Le(value, best.value), hn::Eq(best.value, best.value));
  return {hn::IfThenElse(beats, value, best.value), hn::IfThenElse(hn::RebindMask(di, beats), place, best.place)};
}

// Numbers 2 j and 2 j + 1 of a row, for `count` neighbouring j.
struct Pairs {
  V even, odd;
};
HWY_INLINE Pairs load_pairs(const float* from, std::int64_t count) {
  if (count >= lanes) {
    const V low = hn::LoadU(d, from), high = hn::LoadU(d, from + lanes);
    return {hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low)};
  }
  const V low = 2 * count >= lanes ? hn::LoadU(d, from) : load_part(from, 2 * count);
  const V high = 2 * count > lanes ? load_part(from + lanes, 2 * count - lanes) : hn::Zero(d);
  return {hn::ConcatEven(d, high, low), hn::ConcatOdd(d, high, low)};
}

HWY_INLINE void store(Best best, std::int64_t count, float* values, std::int64_t* places) {
  constexpr hn::RepartitionToWide<DI> wide;
  constexpr hn::Half<DI> half;
  const auto low = hn::PromoteTo(wide, hn::LowerHalf(half, best.place));
  const auto high = hn::PromoteTo(wide, hn::UpperHalf(half, best.place));
  if (count >= lanes) {
    hn::StoreU(best.value, d, values);
    hn::StoreU(low, wide, places);
    hn::StoreU(high, wide, places + lanes / 2);
    return;
  }
  store_part(best.value, values, count);
  HWY_ALIGN std::int64_t all[hn::MaxLanes(d)];
  hn::Store(low, wide, all);
  hn::Store(high, wide, all + lanes / 2);
  std::memcpy(places, all, static_cast<std::size_t>(count) * sizeof(std::int64_t));
}

void pool_plane(const float* x, std::int64_t width, std::int64_t rows, std::int64_t columns, float* values,
                std::int64_t* indices) {
  const VI step = hn::Add(hn::Iota(di, 0), hn::Iota(di, 0)), one = hn::Set(di, 1);
  const VI below = hn::Set(di, static_cast<std::int32_t>(width));
  for (std::int64_t i = 0; i < rows; ++i, values += columns, indices += columns) {
    const float *upper = x + 2 * i * width, *lower = upper + width;
    for (std::int64_t j = 0; j < columns; j += lanes) {
      const std::int64_t count = columns - j;
      const Pairs above = load_pairs(upper + 2 * j, count), under = load_pairs(lower + 2 * j, count);
      const VI place = hn::Add(step, hn::Set(di, static_cast<std::int32_t>(2 * i * width + 2 * j)));
      Best best = larger({above.even, place}, above.odd, hn::Add(place, one));
      best = larger(best, under.even, hn::Add(place, below));
      best = larger(best, under.odd, hn::Add(hn::Add(place, below), one));
      store(best, count, values + j, indices + j);
    }
  }
}

}  // namespace
}  // namespace tinytorch::vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tinytorch::vectors {

void max_pool_2x2(const float* x, std::int64_t width, std::int64_t rows, std::int64_t columns, float* values,
                  std::int64_t* indices) {
  TINYTORCH_BEST_COPY(pool_plane)(x, width, rows, columns, values, indices);
}

}  // namespace tinytorch::vectors
#endif
