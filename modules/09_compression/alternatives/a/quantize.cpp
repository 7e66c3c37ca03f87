// Another right definition of lab 09, part A.

#include "tinytorch/nn/quantize.hpp"

#include "tinytorch/core/strides.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

namespace tinytorch::nn {

namespace {

void check_dtype(const Tensor& x, DType dtype, const char* op) {
  if (x.dtype() != dtype) {
    throw DTypeError(std::string("[") + op + "] takes " + to_string(dtype) + ", not " + to_string(x.dtype()));
  }
}

void check_finite(const Tensor& flat, const char* op) {
  const float* const x = flat.data<float>();
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    if (!std::isfinite(x[i])) throw ValueError(std::string("[") + op + "] a number is " + std::to_string(x[i]));
  }
}

// The integer that stands for x.
//   x 5, scale 2, zero point 3 -> 5, because 2.5 is rounded to 2
std::int8_t integer_of(double x, const QParams& q) {
  const double steps = std::nearbyint(x / q.scale);
  if (steps != steps) throw ValueError("[quantize] NaN");
  if (steps < static_cast<double>(q.lowest - q.zero_point)) return static_cast<std::int8_t>(q.lowest);
  if (steps > static_cast<double>(127 - q.zero_point)) return 127;
  return static_cast<std::int8_t>(static_cast<std::int64_t>(steps) + q.zero_point);
}

}  // namespace

// Parameters for numbers from lo to hi.
//   0, 510, affine -> scale 2, zero point -128; -254, 100, symmetric -> scale 2, zero point 0
QParams choose_qparams(double lo, double hi, QScheme scheme) {
  if (!(lo <= hi) || !std::isfinite(hi - lo)) {
    throw ValueError("[choose_qparams] no range from " + std::to_string(lo) + " to " + std::to_string(hi));
  }
  if (scheme == QScheme::symmetric) {
    const double largest = std::max(-lo, hi);
    return {largest > 0.0 ? largest / 127.0 : 1.0, 0, -127};
  }
  if (lo > 0.0) lo = 0.0;
  if (hi < 0.0) hi = 0.0;
  const double scale = hi > lo ? (hi - lo) / 255.0 : 1.0;
  return {scale, static_cast<std::int64_t>(std::nearbyint(-128.0 - lo / scale)), -128};
}

// The integer for each element.
//   scale 2, zero point 3: (0 5 -7 1000) -> (3 5 -1 127)
Tensor quantize(const Tensor& x, const QParams& q) {
  check_dtype(x, DType::float32, "quantize");
  Tensor y = empty(x.sizes(), DType::int8);
  const Tensor rows = raw::contiguous(x);
  const float* next = rows.data<float>();
  std::generate_n(y.data<std::int8_t>(), y.numel(), [&] { return integer_of(*next++, q); });
  return y;
}

// scale * (q - zero_point) for each element q.
//   scale 2, zero point 3: (3 5 -1 127) -> (0 4 -8 248)
Tensor dequantize(const Tensor& x8, const QParams& q) {
  check_dtype(x8, DType::int8, "dequantize");
  Tensor y = empty(x8.sizes());
  const Tensor rows = raw::contiguous(x8);
  const std::int8_t* const first = rows.data<std::int8_t>();
  const double shift = q.scale * static_cast<double>(q.zero_point);
  std::transform(first, first + rows.numel(), y.data<float>(),
                 [&](std::int8_t one) { return static_cast<float>(q.scale * one - shift); });
  return y;
}

// A symmetric scale for each index along dim.
//   ((127 -64), (0 254)), dim 0 -> values ((127 -64), (0 127)), scales (1 2)
QTensor quantize_per_channel(const Tensor& w, std::int64_t dim) {
  const std::int64_t axis = wrap_dim(dim, w.dim(), "quantize_per_channel");
  check_dtype(w, DType::float32, "quantize_per_channel");
  const Tensor flat = raw::contiguous(w);
  check_finite(flat, "quantize_per_channel");
  const std::int64_t channels = w.size(axis);
  QTensor q{empty(w.sizes(), DType::int8), empty({channels}, DType::float64), 0, axis};
  const float* const x = flat.data<float>();
  std::int8_t* const values = q.values.data<std::int8_t>();
  double* const scales = q.scales.data<double>();
  std::int64_t outer = 1, inner = 1;
  for (std::int64_t d = 0; d < w.dim(); ++d) {
    if (d < axis) outer *= w.size(d);
    if (d > axis) inner *= w.size(d);
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    double lo = 0.0, hi = 0.0;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t k = (o * channels + c) * inner; k < (o * channels + c + 1) * inner; ++k) {
        lo = std::min<double>(lo, x[k]);
        hi = std::max<double>(hi, x[k]);
      }
    }
    const QParams channel = choose_qparams(lo, hi, QScheme::symmetric);
    scales[c] = channel.scale;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t k = (o * channels + c) * inner; k < (o * channels + c + 1) * inner; ++k) {
        values[k] = integer_of(x[k], channel);
      }
    }
  }
  return q;
}

// Twice the range: the counts of two neighbours become one.
//   bins from -1 to 1 -> bins from -2 to 2; the counts stand in the middle half
void RangeObserver::widen() {
  const std::size_t half = static_cast<std::size_t>(bins) / 2;
  std::vector<std::int64_t> joined(counts_.size());
  for (std::size_t i = 0; i < half; ++i) joined[half / 2 + i] = counts_[2 * i] + counts_[2 * i + 1];
  counts_.swap(joined);
  limit_ += limit_;
}

// Counts each element in its bin.
void RangeObserver::observe(const Tensor& x) {
  check_dtype(x, DType::float32, "observe");
  const Tensor flat = raw::contiguous(x);
  check_finite(flat, "observe");
  const float* const numbers = flat.data<float>();
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double largest = std::abs(static_cast<double>(numbers[i]));
    if (seen_++ == 0) smallest_ = largest_ = numbers[i];
    if (numbers[i] < smallest_) smallest_ = numbers[i];
    if (numbers[i] > largest_) largest_ = numbers[i];
    while (limit_ <= largest) widen();
  }
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double place = std::floor(static_cast<double>(numbers[i]) / limit_ * 1024.0) + 1024.0;
    counts_[static_cast<std::size_t>(place)] += 1;
  }
}

// Affine parameters of the range that holds the share `keep` of all numbers.
QParams RangeObserver::finish(double keep) const {
  if (!(keep > 0.0 && keep <= 1.0)) throw ValueError("[finish] keep is in (0, 1], not " + std::to_string(keep));
  if (seen_ == 0) throw ValueError("[finish] no number was seen");
  const double most = std::floor((1.0 - keep) / 2.0 * static_cast<double>(seen_));
  std::vector<double> below(1, 0.0);  // how many numbers lie below the edges of the bins
  for (const std::int64_t count : counts_) below.push_back(below.back() + static_cast<double>(count));
  std::size_t first = below.size() - 1, last = 0;
  while (below[first] > most) --first;
  while (below.back() - below[last] > most) ++last;
  const auto edge = [&](std::size_t number) { return (static_cast<double>(number) - 1024.0) / 1024.0 * limit_; };
  return choose_qparams(std::max(edge(first), smallest_), std::min(edge(last), largest_), QScheme::affine);
}

}  // namespace tinytorch::nn
