// Kept runs in the file store of MLflow.
#pragma once

#include "src/tito/runs/run.hpp"

#include <vector>

namespace tinytorch::tito {

// Copies a run into the store: its facts as parameters, its log with the times of its lines, its files as artifacts.
// Returns false and changes nothing when the store has a run of that name. Throws FileError, CommandError (2).
bool copy_to_mlflow(const StoredRun& run, const fs::path& store);

}  // namespace tinytorch::tito
