#include "tests/kit/values/evidence.hpp"

#include "tests/kit/values/show.hpp"

#include <cmath>

namespace tinytorch::lab {
namespace {

// The value with its numbers rounded to multiples of `step`.
Value rounded(Value value, double step) {
  for (double& number : value.reals)
    if (std::isfinite(number)) number = std::nearbyint(number / step) * step + 0.0;  // + 0.0: there is one zero
  for (Value& item : value.items) item = rounded(std::move(item), step);
  return value;
}

}  // namespace

std::string evidence(const Value& actual, double tolerance, std::optional<std::int64_t> position) {
  if (actual.kind == Value::Kind::thrown) return "threw " + actual.text;
  return show(tolerance > 0.0 ? rounded(actual, 4.0 * tolerance) : actual, position);
}

}  // namespace tinytorch::lab
