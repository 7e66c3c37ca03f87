#include "tinytorch/core/text.hpp"

#include <fmt/format.h>

namespace tinytorch {

std::string detail::number_text(double value) { return fmt::format("{}", value); }

}  // namespace tinytorch
