#pragma once

#include "tests/kit/value.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch::lab {

/// A value as a person reads it: [[1, 0], [2, 3]], (2, 3), "32K", {level: 1}. A long list or tensor is cut, but never
/// at element `keep` (its row-major position).
std::string show(const Value& value, std::optional<std::int64_t> keep = std::nullopt);

/// A number in the fewest digits that give it back: 2, 0.1 (also as a float), nan.
std::string show_number(double number, DType dtype);

/// "(2,3)": sizes as a case's name has them.
std::string show_sizes(const Shape& sizes);

/// "[1,0]": where the element at a row-major position lies; "" for a scalar.
std::string show_index(const Shape& sizes, std::int64_t position);

}  // namespace tinytorch::lab
