#pragma once

#include "tests/kit/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch::lab {

constexpr int all_digits = 17;   ///< as many as a number needs
constexpr int exactly = 18;      ///< all_digits, and long parts of a list are not left out
constexpr int usual_digits = 6;  ///< of numbers whose further digits nobody looks at

/// A value as text: [[1, 0], [2, 3]], (2, 3), "32K", {level: 1}. A long list or tensor is cut, but the element at the
/// row-major position `keep` is always shown. Numbers are rounded to `digits` digits.
std::string show(const Value& value, std::optional<std::int64_t> keep = std::nullopt, int digits = all_digits);

/// A number in the fewest digits that read back as the same number: 2, 0.1 (also as a float), nan. In `digits` digits
/// if it needs more.
std::string show_number(double number, DType dtype, int digits = all_digits);

/// The fewest digits in which two numbers look different, and one more.
int digits_that_differ(double a, double b);

/// What the elements of a tensor don't show: its strides and offset unless it is row-major from the start of its
/// storage, and a dtype other than float32 and float64. "strides (1, 2), offset 3, int64", or "".
std::string tensor_note(const Tensor& tensor);

/// "(2,3)": sizes as in the name of a case.
std::string show_sizes(const Shape& sizes);

/// "[1,0]": the index of the element at a row-major position; "" for a scalar.
std::string show_index(const Shape& sizes, std::int64_t position);

}  // namespace tinytorch::lab
