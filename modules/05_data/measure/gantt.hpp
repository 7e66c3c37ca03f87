#pragma once

#include "modules/05_data/measure/planted_run.hpp"

#include <string>
#include <vector>

/// A bar chart of runs: each run below the other, on one axis of time.
namespace tinytorch {

/// The chart as text: # makes a batch, = trains on one, . waits. A bar begins with the last digit of its batch.
std::string gantt_text(const std::vector<PlantedRun>& runs);

/// The chart as SVG. Follows the viewer's light or dark scheme. Waiting is hatched.
std::string gantt_svg(const std::vector<PlantedRun>& runs);

}  // namespace tinytorch
