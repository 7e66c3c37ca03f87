// Lab 09, part A: which integer stands for a number, and which range of numbers is worth 256 integers.

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
  // BEGIN SOLUTION 9.2: rounded and clamped as a real number; only then it fits an integer
  if (std::isnan(x)) throw ValueError("[quantize] no integer stands for NaN");
  const double integer = std::nearbyint(x / q.scale) + static_cast<double>(q.zero_point);
  return static_cast<std::int8_t>(std::clamp(integer, static_cast<double>(q.lowest), 127.0));
  // END SOLUTION
}

}  // namespace

// Parameters for numbers from lo to hi.
//   0, 510, affine -> scale 2, zero point -128; -254, 100, symmetric -> scale 2, zero point 0
QParams choose_qparams(double lo, double hi, QScheme scheme) {
  if (!(lo <= hi) || !std::isfinite(hi - lo)) {
    throw ValueError("[choose_qparams] no range from " + std::to_string(lo) + " to " + std::to_string(hi));
  }
  // BEGIN SOLUTION 9.1: 0 is in every range, so that it has an integer of its own
  QParams q;
  if (scheme == QScheme::symmetric) {
    q.scale = std::max(std::abs(lo), std::abs(hi)) / 127.0;
    q.lowest = -127;
  } else {
    lo = std::min(lo, 0.0);
    q.scale = (std::max(hi, 0.0) - lo) / 255.0;
  }
  if (q.scale == 0.0) q.scale = 1.0;
  if (scheme == QScheme::affine) q.zero_point = static_cast<std::int64_t>(std::nearbyint(-128.0 - lo / q.scale));
  return q;
  // END SOLUTION
}

// The integer for each element.
//   scale 2, zero point 3: (0 5 -7 1000) -> (3 5 -1 127)
Tensor quantize(const Tensor& x, const QParams& q) {
  check_dtype(x, DType::float32, "quantize");
  // BEGIN SOLUTION 9.2: one pass over a row-major copy
  const Tensor flat = raw::contiguous(x);
  Tensor y = empty(x.sizes(), DType::int8);
  const float* const from = flat.data<float>();
  std::int8_t* const to = y.data<std::int8_t>();
  for (std::int64_t i = 0; i < x.numel(); ++i) to[i] = integer_of(from[i], q);
  return y;
  // END SOLUTION
}

// scale * (q - zero_point) for each element q.
//   scale 2, zero point 3: (3 5 -1 127) -> (0 4 -8 248)
Tensor dequantize(const Tensor& x8, const QParams& q) {
  check_dtype(x8, DType::int8, "dequantize");
  // BEGIN SOLUTION 9.2: the difference is taken in 64 bits: in eight, 127 - (-128) is -1
  const Tensor flat = raw::contiguous(x8);
  Tensor y = empty(x8.sizes());
  const std::int8_t* const from = flat.data<std::int8_t>();
  float* const to = y.data<float>();
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    to[i] = static_cast<float>(q.scale * static_cast<double>(from[i] - q.zero_point));
  }
  return y;
  // END SOLUTION
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
  // BEGIN SOLUTION 9.3: element i belongs to channel (i / inner) % channels
  std::int64_t inner = 1;
  for (std::int64_t d = axis + 1; d < w.dim(); ++d) inner *= w.size(d);
  for (std::int64_t c = 0; c < channels; ++c) scales[c] = 0.0;
  for (std::int64_t i = 0; i < w.numel(); ++i) {
    double& largest = scales[i / inner % channels];
    largest = std::max(largest, std::abs(static_cast<double>(x[i])));
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    scales[c] = choose_qparams(-scales[c], scales[c], QScheme::symmetric).scale;
  }
  for (std::int64_t i = 0; i < w.numel(); ++i) values[i] = integer_of(x[i], {scales[i / inner % channels], 0, -127});
  return q;
  // END SOLUTION
}

// Twice the range: the counts of two neighbours become one.
//   bins from -1 to 1 -> bins from -2 to 2; the counts stand in the middle half
void RangeObserver::widen() {
  // BEGIN SOLUTION 9.4: bin i is i - 1024 widths from 0, and the width doubles
  std::vector<std::int64_t> joined(static_cast<std::size_t>(bins));
  for (std::int64_t i = 0; i < bins; ++i) {
    joined[static_cast<std::size_t>(bins / 4 + i / 2)] += counts_[static_cast<std::size_t>(i)];
  }
  counts_ = joined;
  limit_ *= 2.0;
  // END SOLUTION
}

// Counts each element in its bin.
void RangeObserver::observe(const Tensor& x) {
  check_dtype(x, DType::float32, "observe");
  const Tensor flat = raw::contiguous(x);
  check_finite(flat, "observe");
  const float* const numbers = flat.data<float>();
  // BEGIN SOLUTION 9.4: the range first, then the bin
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double number = static_cast<double>(numbers[i]);
    while (std::abs(number) >= limit_) widen();
    const double width = 2.0 * limit_ / static_cast<double>(bins);
    ++counts_[static_cast<std::size_t>(static_cast<std::int64_t>(std::floor(number / width)) + bins / 2)];
    smallest_ = seen_ == 0 ? number : std::min(smallest_, number);
    largest_ = seen_ == 0 ? number : std::max(largest_, number);
    ++seen_;
  }
  // END SOLUTION
}

// Affine parameters of the range that holds the share `keep` of all numbers.
QParams RangeObserver::finish(double keep) const {
  if (!(keep > 0.0 && keep <= 1.0)) throw ValueError("[finish] keep is in (0, 1], not " + std::to_string(keep));
  if (seen_ == 0) throw ValueError("[finish] no number was seen");
  // BEGIN SOLUTION 9.4: from both ends, whole bins are cut while the cut is small enough
  const auto most = static_cast<std::int64_t>(std::floor((1.0 - keep) / 2.0 * static_cast<double>(seen_)));
  std::int64_t first = 0, last = bins - 1;
  for (std::int64_t cut = 0; (cut += counts_[static_cast<std::size_t>(first)]) <= most;) ++first;
  for (std::int64_t cut = 0; (cut += counts_[static_cast<std::size_t>(last)]) <= most;) --last;
  const double width = 2.0 * limit_ / static_cast<double>(bins);
  const double lo = static_cast<double>(first - bins / 2) * width;
  const double hi = static_cast<double>(last + 1 - bins / 2) * width;
  return choose_qparams(std::max(lo, smallest_), std::min(hi, largest_), QScheme::affine);
  // END SOLUTION
}

}  // namespace tinytorch::nn
