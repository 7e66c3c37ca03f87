#pragma once

#include "tests/kit/values/show.hpp"
#include "tests/kit/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinytorch::lab {

/// The first difference between two values.
struct Difference {
  std::string text;                      ///< "first difference at [1,0]: expected 2, got 0"
  std::optional<std::int64_t> position;  ///< of the element that differs, so that show() does not cut it
  int digits = usual_digits;             ///< that show the difference of two numbers
  std::string kind;                      ///< of mistake: "sizes", "element", "element nan", "threw IndexError", ...
};

/// Nothing when the values are equal. Numbers may differ by `tolerance`. NaN equals NaN. Only tensors must have equal
/// dtypes.
std::optional<Difference> find_difference(const Value& actual, const Value& expected, double tolerance);

/// Whether `lhs op rhs` holds for two numbers. Throws Error for other kinds of values and for an unknown operator.
bool relation_holds(const Value& lhs, std::string_view op, const Value& rhs);

}  // namespace tinytorch::lab
