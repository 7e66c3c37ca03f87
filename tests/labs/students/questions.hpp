// What a student is asked before measuring: `tito predict NN`.
#pragma once

#include "src/tito/lab/predictions.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// What is wrong with a question whose numbers are these, a line each: a parameter that it does not use; a name that it
/// introduces ("x and y are ...", "front is x with ...") and that does not come again; a second question, or a "why",
/// without reasons to choose from.
std::vector<std::string> question_faults(const Prediction& prediction, const Parameters& parameters);

}  // namespace tinytorch::tito
