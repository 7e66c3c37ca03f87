#pragma once

#include <cstdint>

/// The measurements of lab 09.
namespace tinytorch::nn {

/// The numbers in the questions. They depend on the seed alone, so that asking needs no measurement.
struct Parameters {
  std::int64_t inputs, outputs;  // P1
  std::int64_t lo, hi;           // P2
  std::int64_t far;              // P3
};

Parameters parameters_of(std::uint64_t seed);

void measure_bytes(const Parameters& p);
void measure_error(const Parameters& p);
void measure_ticks(const Parameters& p);
void measure_calibration();
void measure_layers();

}  // namespace tinytorch::nn
