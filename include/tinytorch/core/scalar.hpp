#pragma once

#include "tinytorch/core/dtype.hpp"

#include <concepts>
#include <cstdint>
#include <utility>

namespace tinytorch {

/// A plain number as an operand. It remembers whether it was written as a boolean, an integer or a float, because the
/// dtype of the result depends on it: an int64 tensor plus 1 stays int64, plus 1.0 it becomes float32. An unsigned
/// number above the largest int64 counts as a float.
class Scalar {
 public:
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  constexpr Scalar(Number value) noexcept  // NOLINT(google-explicit-constructor): x + 1 is meant to read so
      : dtype_(std::same_as<Number, bool>                                             ? DType::boolean
               : std::integral<Number> && std::in_range<std::int64_t>(widened(value)) ? DType::int64
                                                                                      : DType::float64),
        whole_(dtype_ != DType::float64 ? static_cast<std::int64_t>(value) : 0),
        real_(static_cast<double>(value)) {}

  /// boolean, int64 or float64.
  constexpr DType dtype() const { return dtype_; }
  /// The number as T; an integer is exact beyond 2^53.
  template <class T>
  constexpr T to() const {
    return dtype_ == DType::float64 ? static_cast<T>(real_) : static_cast<T>(whole_);
  }
  // libtorch's names.
  constexpr double toDouble() const { return to<double>(); }
  constexpr float toFloat() const { return to<float>(); }
  constexpr std::int64_t toLong() const { return to<std::int64_t>(); }
  constexpr int toInt() const { return to<int>(); }
  constexpr bool toBool() const { return to<bool>(); }
  constexpr bool isFloatingPoint() const { return dtype_ == DType::float64; }
  constexpr bool isBoolean() const { return dtype_ == DType::boolean; }
  constexpr DType type() const { return dtype_; }

 private:
  // in_range takes no bool and no char.
  template <class Number>
  static constexpr auto widened(Number value) {
    if constexpr (std::unsigned_integral<Number>)
      return static_cast<std::uint64_t>(value);
    else
      return static_cast<std::int64_t>(value);
  }

  DType dtype_;
  std::int64_t whole_;
  double real_;
};

/// The dtype that both convert to: floats above integers above booleans, then more bytes. uint8 with int8 gives int32
/// (there is no int16).
DType promote_types(DType a, DType b);

}  // namespace tinytorch
