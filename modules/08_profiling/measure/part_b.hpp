#pragma once

#include <cstdint>
#include <string>

/// The predictions of part B: P1 where the operations are, P4 what five operations wait for, P5 what a faster part
/// changes.
namespace tinytorch::profiling {

/// The numbers in the questions. They depend on the seed alone, so asking needs no measurement.
struct PartBParameters {
  std::int64_t first, second;  ///< P1: kernels of the two convolutions
  std::int64_t elements;       ///< P4: of the smallest operation
  std::int64_t step, conv;     ///< P5, ms: of a step, and of the convolutions in it
  std::int64_t factor;         ///< P5
};

PartBParameters part_b_parameters(std::uint64_t seed);
/// Prints a line for each prediction.
void print_part_b(const PartBParameters& p);
/// Measures, and prints an answer for each prediction.
void measure_part_b(const PartBParameters& p);

}  // namespace tinytorch::profiling
