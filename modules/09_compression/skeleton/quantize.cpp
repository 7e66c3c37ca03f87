// Lab 09, part A: which integer stands for a number, and which range of numbers is worth 256 integers.

#include "tinytorch/nn/quantize.hpp"

#include "src/course/holes.hpp"
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
  // BEGIN 9.2: rounded and clamped as a real number; only then it fits an integer
  TINYTORCH_TODO("9.2");
  // END 9.2
}

}  // namespace

// Parameters for numbers from lo to hi.
//   0, 510, affine -> scale 2, zero point -128; -254, 100, symmetric -> scale 2, zero point 0
QParams choose_qparams(double lo, double hi, QScheme scheme) {
  if (!(lo <= hi) || !std::isfinite(hi - lo)) {
    throw ValueError("[choose_qparams] no range from " + std::to_string(lo) + " to " + std::to_string(hi));
  }
  // BEGIN 9.1: 0 is in every range, so that it has an integer of its own
  TINYTORCH_TODO("9.1");
  // END 9.1
}

// The integer for each element.
//   scale 2, zero point 3: (0 5 -7 1000) -> (3 5 -1 127)
Tensor quantize(const Tensor& x, const QParams& q) {
  check_dtype(x, DType::float32, "quantize");
  // BEGIN 9.2: one pass over a row-major copy
  TINYTORCH_TODO("9.2");
  // END 9.2
}

// scale * (q - zero_point) for each element q.
//   scale 2, zero point 3: (3 5 -1 127) -> (0 4 -8 248)
Tensor dequantize(const Tensor& x8, const QParams& q) {
  check_dtype(x8, DType::int8, "dequantize");
  // BEGIN 9.2: the difference is taken in 64 bits: in eight, 127 - (-128) is -1
  TINYTORCH_TODO("9.2");
  // END 9.2
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
  // BEGIN 9.3: element i belongs to channel (i / inner) % channels
  TINYTORCH_TODO("9.3");
  // END 9.3
}

// Twice the range: the counts of two neighbours become one.
//   bins from -1 to 1 -> bins from -2 to 2; the counts stand in the middle half
void RangeObserver::widen() {
  // BEGIN 9.4: bin i is i - 1024 widths from 0, and the width doubles
  TINYTORCH_TODO("9.4");
  // END 9.4
}

// Counts each element in its bin.
void RangeObserver::observe(const Tensor& x) {
  check_dtype(x, DType::float32, "observe");
  const Tensor flat = raw::contiguous(x);
  check_finite(flat, "observe");
  const float* const numbers = flat.data<float>();
  // BEGIN 9.4: the range first, then the bin
  TINYTORCH_TODO("9.4");
  // END 9.4
}

// Affine parameters of the range that holds the share `keep` of all numbers.
QParams RangeObserver::finish(double keep) const {
  if (!(keep > 0.0 && keep <= 1.0)) throw ValueError("[finish] keep is in (0, 1], not " + std::to_string(keep));
  if (seen_ == 0) throw ValueError("[finish] no number was seen");
  // BEGIN 9.4: from both ends, whole bins are cut while the cut is small enough
  TINYTORCH_TODO("9.4");
  // END 9.4
}

}  // namespace tinytorch::nn
