#pragma once

#include "tests/kit/values/value.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch::lab {

/// What a wrong value proves, as a text that is equal for equal mistakes: the value as show() prints it, with numbers
/// rounded to steps of four tolerances, because the order of additions differs between two files with one mistake. Of
/// an exception, its type.
std::string evidence(const Value& actual, double tolerance, std::optional<std::int64_t> position = std::nullopt);

}  // namespace tinytorch::lab
