#pragma once

#include "tinytorch/profiling/statistics.hpp"

#include <string>
#include <vector>

/// What a whole program costs with either library: each run is a process of its own.
namespace tinytorch::versus {

struct ProgramRow {
  std::string name;
  std::string work;  ///< the argument of both programs: "start" or "train"
  bool memory;       ///< the largest resident memory, in bytes; else the processor time, in nanoseconds
  double floor, goal;
};

std::vector<ProgramRow> program_rows();

/// The costs of TinyTorch's program (a) and of libtorch's (b), in turn. Throws std::runtime_error when one fails.
profiling::Paired run_programs(const ProgramRow& row, std::int64_t rounds);

}  // namespace tinytorch::versus
