#pragma once

#include "tests/kit/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch::lab {

/// A value as text: [[1, 0], [2, 3]], (2, 3), "32K", {level: 1}. A long list or tensor is cut, but the element at the
/// row-major position `keep` is always shown.
std::string show(const Value& value, std::optional<std::int64_t> keep = std::nullopt);

/// A number in the fewest digits that read back as the same number: 2, 0.1 (also as a float), nan.
std::string show_number(double number, DType dtype);

/// "(2,3)": sizes as in the name of a case.
std::string show_sizes(const Shape& sizes);

/// "[1,0]": the index of the element at a row-major position; "" for a scalar.
std::string show_index(const Shape& sizes, std::int64_t position);

}  // namespace tinytorch::lab
