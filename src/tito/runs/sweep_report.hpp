// The end of a sweep: its trials as a table, and as a picture.
#pragma once

#include "src/tito/runs/run.hpp"
#include "src/tito/runs/sweep_file.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

struct FinishedTrial {
  Trial trial;
  StoredRun run;
};

// "lr = 0.003, batch = 16"
std::string axes_text(const config::Sweep& sweep, const Trial& trial);

// A row for each trial, the most accurate first; below it what differs besides the axes, as after a change of the code.
std::string sweep_table(const config::Sweep& sweep, const std::vector<FinishedTrial>& trials);

// The accuracy over each axis, then over the time of a trial, with the frontier: the trials that no other one beats in
// both.
std::string sweep_picture(const config::Sweep& sweep, const std::vector<FinishedTrial>& trials);

// Of points (seconds, accuracy) those that no other point beats: less time with at least the accuracy, or more accuracy
// in at most the time. By time.
std::vector<std::pair<double, double>> frontier(std::vector<std::pair<double, double>> points);

}  // namespace tinytorch::tito
