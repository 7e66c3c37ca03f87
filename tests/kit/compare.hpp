#pragma once

#include "tests/kit/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tinytorch::lab {

/// What tells two values apart.
struct Difference {
  std::string text;                      ///< "first difference at [1,0]: expected 2, got 0"
  std::optional<std::int64_t> position;  ///< of the element, for a print that must show it
};

/// Numbers may differ by `tolerance` (0: not at all); NaN equals NaN; a dtype matters only for tensors.
std::optional<Difference> find_difference(const Value& actual, const Value& expected, double tolerance);

/// Whether `lhs op rhs` holds for two numbers. Throws Error for other kinds of values and for an unknown operator.
bool relation_holds(const Value& lhs, std::string_view op, const Value& rhs);

}  // namespace tinytorch::lab
