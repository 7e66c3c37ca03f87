// A sweep as a TOML file describes it.
#pragma once

#include "src/tito/util/context.hpp"
#include "tinytorch/core/experiment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct SweepFile {
  std::string program = "lenet";
  std::optional<fs::path> config;      // the program's own settings file, below all others
  std::optional<std::int64_t> trials;  // that many at random; without it the whole grid
  std::uint64_t seed = 1;              // of the random trials
  config::Tree settings;               // of every trial
  config::Sweep sweep;
};

// Parses the text of `file`; a relative `config` is beside it. Throws CommandError (2) `lr.toml:3: [sweep] what`.
SweepFile parse_sweep(const std::string& text, const fs::path& file);

struct Trial {
  std::string name;                    // of its folder: a hash of all that the sweep says about it
  std::vector<std::string> arguments;  // of the program: "--lr=0.003"
  std::vector<config::Value> values;   // of the axes
};

// The trials of the grid, or the random ones, in their order. Each name is there once: a trial that is drawn twice is
// listed once. Throws CommandError (2).
std::vector<Trial> trials_of(const SweepFile& file);

}  // namespace tinytorch::tito
