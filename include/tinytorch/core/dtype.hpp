#pragma once

#include <cstdint>

namespace tinytorch {

class Traced;

/// The element types. `traced` is a float32 whose loads and stores the labs count (src/course/traced.hpp).
enum class DType : std::uint8_t { float32, float64, int64, int32, uint8, int8, boolean, traced };

/// libtorch's names.
using ScalarType = DType;
using Dtype = DType;
constexpr DType kFloat32 = DType::float32, kFloat = DType::float32;
constexpr DType kFloat64 = DType::float64, kDouble = DType::float64;
constexpr DType kInt64 = DType::int64, kLong = DType::int64;
constexpr DType kInt32 = DType::int32, kInt = DType::int32;
constexpr DType kUInt8 = DType::uint8, kByte = DType::uint8;
constexpr DType kInt8 = DType::int8, kChar = DType::int8;
constexpr DType kBool = DType::boolean;

/// Bytes of one element.
constexpr std::int64_t item_size(DType dtype) {
  switch (dtype) {
    case DType::float64:
    case DType::int64:
      return 8;
    case DType::float32:
    case DType::int32:
    case DType::traced:
      return 4;
    case DType::uint8:
    case DType::int8:
    case DType::boolean:
      return 1;
  }
  return 0;
}

/// "float32", "int64", ...
constexpr const char* to_string(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::int64:
      return "int64";
    case DType::int32:
      return "int32";
    case DType::uint8:
      return "uint8";
    case DType::int8:
      return "int8";
    case DType::boolean:
      return "bool";
    case DType::traced:
      return "traced";
  }
  return "?";
}

constexpr bool is_floating(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::traced;
}

namespace detail {
template <class T>
struct DTypeOf;
// clang-format off
template <> struct DTypeOf<float> { static constexpr DType value = DType::float32; };
template <> struct DTypeOf<double> { static constexpr DType value = DType::float64; };
template <> struct DTypeOf<std::int64_t> { static constexpr DType value = DType::int64; };
template <> struct DTypeOf<std::int32_t> { static constexpr DType value = DType::int32; };
template <> struct DTypeOf<std::uint8_t> { static constexpr DType value = DType::uint8; };
template <> struct DTypeOf<std::int8_t> { static constexpr DType value = DType::int8; };
template <> struct DTypeOf<bool> { static constexpr DType value = DType::boolean; };
template <> struct DTypeOf<Traced> { static constexpr DType value = DType::traced; };
// clang-format on
}  // namespace detail

/// The DType of a C++ element type: `dtype_of<float>` is float32.
template <class T>
inline constexpr DType dtype_of = detail::DTypeOf<T>::value;

}  // namespace tinytorch
