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
  if (std::isnan(x)) throw ValueError("[quantize] NaN has no place among 256 integers");
  const double lowest = q.scale * static_cast<double>(q.lowest - q.zero_point);
  const double highest = q.scale * static_cast<double>(127 - q.zero_point);
  const double inside = std::min(std::max(x, lowest), highest);
  const double step = inside / q.scale, floor = std::floor(step), rest = step - floor;
  const auto whole = static_cast<std::int64_t>(floor);
  const bool up = rest > 0.5 || (rest == 0.5 && whole % 2 != 0);
  return static_cast<std::int8_t>(whole + (up ? 1 : 0) + q.zero_point);
}

}  // namespace

// Parameters for numbers from lo to hi.
//   0, 510, affine -> scale 2, zero point -128; -254, 100, symmetric -> scale 2, zero point 0
QParams choose_qparams(double lo, double hi, QScheme scheme) {
  if (!(lo <= hi) || !std::isfinite(hi - lo)) {
    throw ValueError("[choose_qparams] no range from " + std::to_string(lo) + " to " + std::to_string(hi));
  }
  const double low = std::min(lo, 0.0), high = std::max(hi, 0.0);
  const bool affine = scheme == QScheme::affine;
  double scale = affine ? (high - low) / 255.0 : std::max(high, -low) / 127.0;
  if (!(scale > 0.0)) scale = 1.0;
  const double zero = affine ? std::nearbyint(-128.0 - low / scale) : 0.0;
  return {scale, static_cast<std::int64_t>(zero), affine ? -128 : -127};
}

// The integer for each element.
//   scale 2, zero point 3: (0 5 -7 1000) -> (3 5 -1 127)
Tensor quantize(const Tensor& x, const QParams& q) {
  check_dtype(x, DType::float32, "quantize");
  Tensor y = empty(x.sizes(), DType::int8);
  const Tensor rows = raw::contiguous(x);
  for (std::int64_t i = rows.numel() - 1; i >= 0; --i) y.data<std::int8_t>()[i] = integer_of(rows.data<float>()[i], q);
  return y;
}

// scale * (q - zero_point) for each element q.
//   scale 2, zero point 3: (3 5 -1 127) -> (0 4 -8 248)
Tensor dequantize(const Tensor& x8, const QParams& q) {
  check_dtype(x8, DType::int8, "dequantize");
  float numbers[256];
  for (int i = -128; i < 128; ++i) {
    numbers[i + 128] = static_cast<float>(q.scale * static_cast<double>(i - q.zero_point));
  }
  Tensor y = empty(x8.sizes());
  const Tensor rows = raw::contiguous(x8);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.data<float>()[i] = numbers[rows.data<std::int8_t>()[i] + 128];
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
  std::int64_t inner = 1;
  for (std::int64_t d = w.dim() - 1; d > axis; --d) inner *= w.size(d);
  const std::int64_t block = std::max<std::int64_t>(channels * inner, 1);
  std::vector<float> largest(static_cast<std::size_t>(channels));
  for (std::int64_t begin = 0; begin < w.numel(); begin += block) {
    for (std::int64_t c = 0; c < channels; ++c) {
      float& most = largest[static_cast<std::size_t>(c)];
      for (std::int64_t k = 0; k < inner; ++k) most = std::fmax(most, std::fabs(x[begin + c * inner + k]));
    }
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    const double most = largest[static_cast<std::size_t>(c)];
    scales[c] = most > 0.0 ? most / 127.0 : 1.0;
  }
  for (std::int64_t begin = 0; begin < w.numel(); begin += block) {
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t k = begin + c * inner; k < begin + (c + 1) * inner; ++k) {
        values[k] = static_cast<std::int8_t>(std::nearbyint(x[k] / scales[c]));
      }
    }
  }
  return q;
}

// Twice the range: the counts of two neighbours become one.
//   bins from -1 to 1 -> bins from -2 to 2; the counts stand in the middle half
void RangeObserver::widen() {
  // In place: from the middle outwards, so that no count is overwritten before it is read.
  const std::size_t middle = static_cast<std::size_t>(bins / 2);
  for (std::size_t i = 0; i < middle; ++i) {
    const std::size_t up = middle + i, down = middle - 1 - i;
    counts_[up] = i < middle / 2 ? counts_[middle + 2 * i] + counts_[middle + 2 * i + 1] : 0;
    counts_[down] = i < middle / 2 ? counts_[middle - 1 - 2 * i] + counts_[middle - 2 - 2 * i] : 0;
  }
  limit_ *= 2.0;
}

// Counts each element in its bin.
void RangeObserver::observe(const Tensor& x) {
  check_dtype(x, DType::float32, "observe");
  const Tensor flat = raw::contiguous(x);
  check_finite(flat, "observe");
  const float* const numbers = flat.data<float>();
  if (flat.numel() == 0) return;
  const auto [least, most] = std::minmax_element(numbers, numbers + flat.numel());
  smallest_ = seen_ > 0 ? std::min<double>(smallest_, *least) : static_cast<double>(*least);
  largest_ = seen_ > 0 ? std::max<double>(largest_, *most) : static_cast<double>(*most);
  seen_ += flat.numel();
  for (; std::max(largest_, -smallest_) >= limit_; widen()) {
  }
  const double bins_per_one = 1024.0 / limit_;
  std::for_each(numbers, numbers + flat.numel(), [&](float number) {
    ++counts_[static_cast<std::size_t>(1024.0 + std::floor(static_cast<double>(number) * bins_per_one))];
  });
}

// Affine parameters of the range that holds the share `keep` of all numbers.
QParams RangeObserver::finish(double keep) const {
  if (!(keep > 0.0 && keep <= 1.0)) throw ValueError("[finish] keep is in (0, 1], not " + std::to_string(keep));
  if (seen_ == 0) throw ValueError("[finish] no number was seen");
  const auto most = static_cast<std::int64_t>((1.0 - keep) * static_cast<double>(seen_) / 2.0);
  const double width = limit_ / 1024.0;
  std::int64_t left = 0, right = 0;
  double lo = -limit_, hi = limit_;
  for (auto count = counts_.begin(); left + *count <= most; ++count, lo += width) left += *count;
  for (auto count = counts_.rbegin(); right + *count <= most; ++count, hi -= width) right += *count;
  if (lo < smallest_) lo = smallest_;
  if (hi > largest_) hi = largest_;
  return choose_qparams(lo, hi, QScheme::affine);
}

}  // namespace tinytorch::nn
