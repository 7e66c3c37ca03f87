#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::structure {

/// The statements of a C++ header that give every program state behind its back: function-local statics, thread-locals,
/// inline variables and static variables at namespace scope. Constants (constexpr) are none. One string for each.
std::vector<std::string> hidden_state(std::string_view header);

}  // namespace tinytorch::structure
