#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <vector>

/// Real numbers as integers of eight bits. (lab 09, unit nn/quantize)
namespace tinytorch::nn {

/// `affine`: 0 may stand on any integer. `symmetric`: the integer 0 stands for 0.
enum class QScheme : std::uint8_t { affine, symmetric };

/// The integer q stands for the number scale * (q - zero_point).
struct QParams {
  double scale = 1.0;
  std::int64_t zero_point = 0;
  std::int64_t lowest = -128;  ///< the least integer in use; the greatest is 127
};

/// Parameters for numbers from lo to hi.
///
/// affine: the range is widened until it holds 0. scale = (hi - lo) / 255, lowest = -128, and zero_point is the integer
/// nearest to -128 - lo / scale; of two, the even one.
/// symmetric: scale is the larger of |lo| and |hi|, over 127; zero_point = 0, lowest = -127.
/// A scale of 0 is replaced by 1.
///     0, 510, affine -> scale 2, zero point -128        5, 510, affine -> the same
///     -254, 100, symmetric -> scale 2, zero point 0
/// Throws ValueError unless lo <= hi and hi - lo is finite.
QParams choose_qparams(double lo, double hi, QScheme scheme);

/// For each element x / scale, rounded to the nearest integer, of two to the even one, plus the zero point. Below
/// `lowest` it is lowest, above 127 it is 127. x: float32, any sizes and strides -> int8, row-major, the same sizes.
///     scale 2, zero point 3: (0 5 -7 1000) -> (3 5 -1 127)
/// Throws ValueError for NaN, DTypeError for other dtypes.
Tensor quantize(const Tensor& x, const QParams& q);

/// scale * (q - zero_point) for each element q. x8: int8, any sizes and strides -> float32, row-major, the same sizes.
/// Throws DTypeError for other dtypes.
Tensor dequantize(const Tensor& x8, const QParams& q);

/// A tensor of integers that stand for numbers.
struct QTensor {
  Tensor values;                ///< int8
  Tensor scales;                ///< float64 (1), or (C): one for each index along `axis`
  std::int64_t zero_point = 0;  ///< of all elements
  std::int64_t axis = -1;       ///< -1: one scale for all elements

  /// Bytes of the integers and the scales.
  std::int64_t bytes() const { return values.numel() * item_size(values.dtype()) + 8 * scales.numel(); }
};

/// w with a scale of its own for each index along `dim`, a channel. The parameters of a channel are symmetric, for the
/// range of its elements; its integers are those of quantize. w: float32, any sizes and strides -> values of the same
/// sizes, row-major; scales (C), zero_point 0, axis `dim`, counted from the front. A negative `dim` counts from the
/// end.
///     ((127 -64), (0 254)), dim 0 -> values ((127 -64), (0 127)), scales (1 2)
/// Throws IndexError for a dim out of range, ValueError for NaN and infinity, DTypeError for other dtypes.
QTensor quantize_per_channel(const Tensor& w, std::int64_t dim);

/// Finds the range of numbers that come batch by batch, with a histogram.
///
/// The histogram has 2048 bins of equal width. They cover -2^e to 2^e, where 2^e is the least power of two above |x|
/// for each x that was seen, but not less than 2^-20. When a larger number comes, neighbouring bins are joined: each
/// count stands where it would stand had the large number come first.
class RangeObserver {
 public:
  static constexpr std::int64_t bins = 2048;

  /// Counts the elements of x: float32, any sizes and strides.
  /// Throws ValueError for NaN and infinity, DTypeError for other dtypes; then none of x is counted.
  void observe(const Tensor& x);

  /// Affine parameters of the range that is left when at most the share (1 - keep) / 2 of all numbers is cut off at
  /// each end, as many whole bins as possible. It begins at the first bin that stays, but not below the smallest number
  /// seen, and ends with the last bin that stays, but not above the largest number seen.
  ///     keep 1 -> from the smallest to the largest number
  /// Throws ValueError unless 0 < keep <= 1, and before the first number.
  QParams finish(double keep) const;

 private:
  void widen();

  std::vector<std::int64_t> counts_ = std::vector<std::int64_t>(bins);
  double limit_ = 1.0 / (1 << 20);  // 2^e
  double smallest_ = 0.0, largest_ = 0.0;
  std::int64_t seen_ = 0;
};

/// The integers of x with their parameters.
inline QTensor quantized(const Tensor& x, const QParams& q) {
  return {quantize(x, q), full({1}, q.scale, DType::float64), q.zero_point, -1};
}

}  // namespace tinytorch::nn
