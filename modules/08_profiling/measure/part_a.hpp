#pragma once

#include <cstdint>

/// The predictions of part A: P2 what recording costs, P3 when the memory of a step is highest and who owns it.
namespace tinytorch::profiling {

/// The numbers in the questions. They depend on the seed alone, so asking needs no measurement.
struct PartAParameters {
  std::int64_t ms, spans, inner, outer;  ///< P2
  std::int64_t batch, first, second;     ///< P3
};

PartAParameters part_a_parameters(std::uint64_t seed);
/// Prints a line for each prediction.
void print_part_a(const PartAParameters& p);
/// Measures, and prints an answer for each prediction.
void measure_part_a(const PartAParameters& p);

}  // namespace tinytorch::profiling
