#pragma once

#include <cstdint>

/// The predictions of part C: P6 what an epilogue saves, P7 what threads can gain.
namespace tinytorch::kernels {

/// The numbers in the questions. They depend on the seed alone, so asking needs no measurement.
struct PartCParameters {
  std::int64_t m, n;               ///< P6
  std::int64_t rows, mr, threads;  ///< P7
};

PartCParameters part_c_parameters(std::uint64_t seed);
/// Prints a line for each prediction.
void print_part_c(const PartCParameters& p);
/// Measures, and prints an answer for each prediction.
void measure_part_c(const PartCParameters& p);

}  // namespace tinytorch::kernels
