// A line of the value stream, which may be any bytes: a submission's process has written it.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tinytorch::tito {

/// The line as JSON; discarded when it is none, or nested deeper than values are.
nlohmann::json parse_line(std::string_view text);

/// True when `other` is a right answer to the question of `reference`. Values that carry a tolerance agree within the
/// one of `reference`, relations when both hold, and everything else must be the same text. `other` may be any bytes.
bool lines_agree(const std::string& reference, const std::string& other);

}  // namespace tinytorch::tito
