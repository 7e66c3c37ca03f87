// The parts of measure_12 that stand in files of their own.
#pragma once

#include <cstdint>
#include <string>

namespace tinytorch::measure_12 {

/// The numbers in the questions about drift and canaries, P6 to P8. They depend on the seed alone.
struct MonitorParameters {
  std::int64_t features, percent;  // P6: features of a model, alpha of each
  std::int64_t right;              // P7: percent of the canary's answers that are right
  std::int64_t values, bins;       // P8: values in a sample
};

MonitorParameters monitor_parameters(std::uint64_t seed);
std::string alarms_numbers(const MonitorParameters& p);
std::string canary_numbers(const MonitorParameters& p);
std::string psi_numbers(const MonitorParameters& p);

void measure_alarms(const MonitorParameters& p);
void measure_canary(const MonitorParameters& p);
void measure_psi(const MonitorParameters& p);

}  // namespace tinytorch::measure_12
