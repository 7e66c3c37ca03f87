// Softmax, sums and normalisation of float32 lines by Highway: this file is compiled once for each instruction set, and
// the program chooses one of the copies when it runs.

#include "src/core/vector/instruction_sets.hpp"
#include "src/core/vector/targets.hpp"
#include "src/core/vector/vector_math.hpp"

#include <cmath>
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/core/vector/vector_lines.cpp"
#include <hwy/foreach_target.h>
// Only after the header above.
#include "src/core/vector/functions.inl"

HWY_BEFORE_NAMESPACE();
namespace tinytorch::vectors::HWY_NAMESPACE {
namespace {

// NaN may be lost: the sum of the exponentials has it.
HWY_INLINE float largest_of(const float* from, std::int64_t count) {
  constexpr float least = -std::numeric_limits<float>::infinity();
  V largest = constant(least);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) largest = hn::Max(largest, hn::LoadU(d, from + i));
  if (i < count) {
    const auto inside = hn::FirstN(d, static_cast<std::size_t>(count - i));
    largest = hn::Max(largest, hn::IfThenElse(inside, load_part(from + i, count - i), constant(least)));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

HWY_INLINE double total_of(V v) { return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, v))); }

// The sum of exp(from - shift), which goes to `to` unless that is null. In blocks: a float total of a whole line drifts
// with its length.
HWY_INLINE double exponentials(const float* from, float shift, float* to, std::int64_t count) {
  constexpr std::int64_t block = 32 * lanes;
  const V by = constant(shift);
  double total = 0;
  std::int64_t i = 0;
  while (i + lanes <= count) {
    const std::int64_t end = i + block < count ? i + block : count;
    V sum = hn::Zero(d);
    for (; i + lanes <= end; i += lanes) {
      const V e = exp_of(hn::Sub(hn::LoadU(d, from + i), by));
      if (to != nullptr) hn::StoreU(e, d, to + i);
      sum = hn::Add(sum, e);
    }
    total += total_of(sum);
  }
  if (i < count) {
    const auto inside = hn::FirstN(d, static_cast<std::size_t>(count - i));
    const V distance = hn::IfThenElseZero(inside, hn::Sub(load_part(from + i, count - i), by));
    const V e = hn::IfThenElseZero(inside, exp_of(distance));
    if (to != nullptr) store_part(e, to + i, count - i);
    total += total_of(e);
  }
  return total;
}

struct Times {
  V factor;
  HWY_INLINE V operator()(V x) const { return hn::Mul(x, factor); }
};
struct Minus {
  V first, second;
  HWY_INLINE V operator()(V x) const { return hn::Sub(hn::Sub(x, first), second); }
};

// The second loop over a line writes the exponentials; they are scaled while they are in the cache.
void softmax_line(const float* from, float* to, std::int64_t count) {
  const double total = exponentials(from, largest_of(from, count), to, count);
  map_array(to, to, count, Times{constant(static_cast<float>(1.0 / total))});
}
void log_softmax_line(const float* from, float* to, std::int64_t count) {
  const float largest = largest_of(from, count);
  const double total = exponentials(from, largest, nullptr, count);
  map_array(from, to, count, Minus{constant(largest), constant(static_cast<float>(std::log(total)))});
}

// Sums in float64.
using DD = hn::ScalableTag<double>;
constexpr DD dd;
constexpr hn::Rebind<float, DD> dh;  // the floats that become one vector of doubles
using VD = hn::Vec<DD>;
constexpr auto doubles = static_cast<std::int64_t>(hn::MaxLanes(dd));

HWY_INLINE VD load_as_double(const float* from) { return hn::PromoteTo(dd, hn::LoadU(dh, from)); }

double sum_array(const float* from, std::int64_t count) {
  VD a = hn::Zero(dd), b = a, c = a, e = a;
  std::int64_t i = 0;
  for (; i + 4 * doubles <= count; i += 4 * doubles) {
    a = hn::Add(a, load_as_double(from + i));
    b = hn::Add(b, load_as_double(from + i + doubles));
    c = hn::Add(c, load_as_double(from + i + 2 * doubles));
    e = hn::Add(e, load_as_double(from + i + 3 * doubles));
  }
  for (; i + doubles <= count; i += doubles) a = hn::Add(a, load_as_double(from + i));
  double total = hn::GetLane(hn::SumOfLanes(dd, hn::Add(hn::Add(a, b), hn::Add(c, e))));
  for (; i < count; ++i) total += static_cast<double>(from[i]);
  return total;
}

// Eight rows at a time: a total is loaded and stored once for them. Each column is added up from the first row on.
void add_rows_array(const float* from, std::int64_t rows, std::int64_t columns, std::int64_t stride, double* totals) {
  constexpr std::int64_t together = 8;
  for (std::int64_t row = 0; row < rows; row += together) {
    const std::int64_t last = row + together < rows ? row + together : rows;
    std::int64_t j = 0;
    for (; j + doubles <= columns; j += doubles) {
      VD total = hn::LoadU(dd, totals + j);
      for (std::int64_t i = row; i < last; ++i) total = hn::Add(total, load_as_double(from + i * stride + j));
      hn::StoreU(total, dd, totals + j);
    }
    for (; j < columns; ++j)
      for (std::int64_t i = row; i < last; ++i) totals[j] += static_cast<double>(from[i * stride + j]);
  }
}

LineMoments line_moments(const float* from, std::int64_t count, float eps) {
  const auto n = static_cast<double>(count);
  const auto mean = static_cast<float>(sum_array(from, count) / n);
  const auto shift = hn::Set(dh, mean);
  VD squares = hn::Zero(dd);
  std::int64_t i = 0;
  for (; i + doubles <= count; i += doubles) {
    const VD distance = hn::PromoteTo(dd, hn::Sub(hn::LoadU(dh, from + i), shift));
    squares = hn::MulAdd(distance, distance, squares);  // in float64: the square of 1e30 is no float
  }
  double total = hn::GetLane(hn::SumOfLanes(dd, squares));
  for (; i < count; ++i) {
    const auto distance = static_cast<double>(from[i] - mean);
    total += distance * distance;
  }
  return {mean, static_cast<float>(1.0 / std::sqrt(total / n + static_cast<double>(eps)))};
}

void normalize_line(const float* from, LineMoments line, const float* weight, const float* bias, float* to,
                    std::int64_t count) {
  const V mean = constant(line.mean), scale = constant(line.scale);
  for (std::int64_t i = 0; i < count; i += lanes) {
    const std::int64_t left = count - i;
    const auto load = [&](const float* x)
                          HWY_ATTR { return left >= lanes ? hn::LoadU(d, x + i) : load_part(x + i, left); };
    V y = hn::Mul(hn::Sub(load(from), mean), scale);
    if (weight != nullptr) y = hn::Mul(y, load(weight));
    if (bias != nullptr) y = hn::Add(y, load(bias));
    if (left >= lanes)
      hn::StoreU(y, d, to + i);
    else
      store_part(y, to + i, left);
  }
}

}  // namespace
}  // namespace tinytorch::vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tinytorch::vectors {
void softmax(const float* from, float* to, std::int64_t count) { TINYTORCH_BEST_COPY(softmax_line)(from, to, count); }
void log_softmax(const float* from, float* to, std::int64_t count) {
  TINYTORCH_BEST_COPY(log_softmax_line)(from, to, count);
}
double sum(const float* from, std::int64_t count) { return TINYTORCH_BEST_COPY(sum_array)(from, count); }
void add_rows(const float* from, std::int64_t rows, std::int64_t columns, std::int64_t stride, double* totals) {
  TINYTORCH_BEST_COPY(add_rows_array)(from, rows, columns, stride, totals);
}
LineMoments moments(const float* from, std::int64_t count, float eps) {
  return TINYTORCH_BEST_COPY(line_moments)(from, count, eps);
}
void normalize(const float* from, LineMoments line, const float* weight, const float* bias, float* to,
               std::int64_t count) {
  TINYTORCH_BEST_COPY(normalize_line)(from, line, weight, bias, to, count);
}

}  // namespace tinytorch::vectors
#endif
