#pragma once

#include "tests/kit/suite/case.hpp"
#include "tests/kit/suite/run.hpp"

#include <cstdint>
#include <optional>

namespace tinytorch::lab {

/// The smallest case found that fails as a given one does.
struct Smaller {
  Failure failure;
  std::string choices;  ///< as choices_text() writes them
};

/// Looks for a case that is easier to read than `c` and fails in the same way as `failure`. The attempts run in other
/// processes: whatever they do, the test's own process and verdict stay as they are. Equal cases give equal results.
/// Nothing when none is found.
std::optional<Smaller> find_smaller(const Case& c, std::int64_t count, const Failure& failure,
                                    FunctionRef<void(Case&)> body);

}  // namespace tinytorch::lab
