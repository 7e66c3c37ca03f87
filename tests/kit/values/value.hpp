#pragma once

#include "tinytorch/core/tensor.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinytorch::lab {

/// A result of any C++ type in one form, so that comparing, printing and streaming are written once.
struct Value {
  enum class Kind : std::uint8_t {
    nothing,
    boolean,
    integer,
    real,
    text,
    shape,
    numbers,
    list,
    record,
    tensor,
    thrown
  };

  Kind kind = Kind::nothing;
  /// Of a tensor, a real or a list of numbers. Decides how many digits show() prints.
  DType dtype = DType::float64;
  Shape sizes;                          ///< of a tensor
  std::vector<double> reals;            ///< the number, or the elements in row-major order ...
  std::vector<std::int64_t> integers;   ///< ... here when they are integers; the sizes of a shape
  std::vector<std::int64_t> unwritten;  ///< positions of elements that still hold empty()'s poison
  std::string text;                     ///< a text, or the type of what was thrown
  std::string message;                  ///< the message of what was thrown
  bool typed = true;                    ///< thrown: whether it was a tinytorch::Error
  std::vector<std::string> names;       ///< of a record's fields
  std::vector<Value> items;             ///< of a list or a record
};

/// Results that are lists: vector, array, span, ...
template <class T>
concept Sequence = !std::convertible_to<const T&, std::string_view> && !std::same_as<T, Shape> && requires(const T& t) {
  t.begin();
  t.end();
  t.size();
};

// For a type of a lab's own: write `Value to_value(const Mine&)` in its namespace, or use record().
inline Value to_value(Value value) { return value; }
Value to_value(const Tensor& tensor);
Value to_value(const Shape& shape);
Value to_value(std::nullopt_t);
Value to_value(DType dtype);
template <std::integral T>
Value to_value(T value);
template <std::floating_point T>
Value to_value(T value);
template <class E>
requires std::is_enum_v<E> Value to_value(E value);
template <class S>
requires std::convertible_to<const S&, std::string_view> Value to_value(const S& text);
template <class T>
Value to_value(const std::optional<T>& value);
template <class A, class B>
Value to_value(const std::pair<A, B>& value);
template <Sequence T>
Value to_value(const T& values);

/// One named part of a record.
struct Field {
  template <class T>
  Field(const char* field, const T& part) : name(field), value(to_value(part)) {}
  const char* name;
  Value value;
};

/// A struct's members under their names: record({{"level", c.level}, {"bytes", c.bytes}}).
Value record(std::initializer_list<Field> fields);

/// The elements in row-major order. Reads the tensor by sizes, strides and data alone. No cache model counts the loads.
std::vector<double> values(const Tensor& tensor);
/// One element: at(x, {1, 0}).
double at(const Tensor& tensor, Dims index);
double at(const Tensor& tensor, std::initializer_list<std::int64_t> index);
/// The strides in one form: a dimension of size 1 (and every dimension of a tensor without elements) gets the stride of
/// a contiguous tensor. Right answers may differ in those strides.
Shape canonical_strides(const Tensor& tensor);
/// {sizes, strides (canonical), offset}: for tests of views.
Value layout(const Tensor& tensor);
/// Whether the elements are in row-major order without gaps. Independent of the function that a lab teaches.
bool is_row_major(const Shape& sizes, const Shape& strides);

namespace detail {
Value boolean_value(bool value);
Value integer_value(std::int64_t value);
Value real_value(double value, DType dtype);
Value text_value(std::string_view text);
Value pair_value(Value first, Value second);
}  // namespace detail

template <std::integral T>
Value to_value(T value) {
  if constexpr (std::same_as<T, bool>) {
    return detail::boolean_value(value);
  } else {
    return detail::integer_value(static_cast<std::int64_t>(value));
  }
}

template <std::floating_point T>
Value to_value(T value) {
  return detail::real_value(static_cast<double>(value), std::same_as<T, float> ? DType::float32 : DType::float64);
}

template <class E>
requires std::is_enum_v<E> Value to_value(E value) { return detail::integer_value(static_cast<std::int64_t>(value)); }

template <class S>
requires std::convertible_to<const S&, std::string_view> Value to_value(const S& text) {
  return detail::text_value(text);
}

template <class T>
Value to_value(const std::optional<T>& value) {
  if (!value) return Value();
  return to_value(*value);
}

template <class A, class B>
Value to_value(const std::pair<A, B>& value) {
  return detail::pair_value(to_value(value.first), to_value(value.second));
}

template <Sequence T>
Value to_value(const T& values) {
  using Element = std::remove_cvref_t<decltype(*values.begin())>;
  Value value;
  if constexpr (std::is_arithmetic_v<Element>) {
    value.kind = Value::Kind::numbers;
    if constexpr (std::integral<Element>) {
      for (const Element element : values) value.integers.push_back(static_cast<std::int64_t>(element));
    } else {
      if constexpr (std::same_as<Element, float>) value.dtype = DType::float32;
      for (const Element element : values) value.reals.push_back(static_cast<double>(element));
    }
  } else {
    value.kind = Value::Kind::list;
    for (const auto& element : values) value.items.push_back(to_value(element));
  }
  return value;
}

}  // namespace tinytorch::lab
