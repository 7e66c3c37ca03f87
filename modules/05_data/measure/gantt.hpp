#pragma once

#include "modules/05_data/measure/planted_run.hpp"

#include <string>
#include <vector>

/// Who did what, when: a bar chart of runs below each other, on one axis of time.
namespace tinytorch {

/// For a terminal: # makes a batch, = trains on one, . waits; a bar begins with the last digit of its batch.
std::string gantt_text(const std::vector<PlantedRun>& runs);

/// An SVG file that follows the viewer's light or dark scheme. Waiting is hatched.
std::string gantt_svg(const std::vector<PlantedRun>& runs);

}  // namespace tinytorch
