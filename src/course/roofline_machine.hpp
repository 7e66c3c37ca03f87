#pragma once

#include "tinytorch/core/timing.hpp"
#include "tinytorch/profiling/costs.hpp"

#include <string_view>

/// The machine of lab 08's roofline, from what lab 00 measured.
namespace tinytorch {

/// The caches and the memory of a machine.json (to_json in machine_profile.hpp), and this peak. A level without a
/// measured bandwidth is left out. Throws FormatError for a text that is no such file.
profiling::RooflineMachine roofline_machine(std::string_view machine_json, profiling::GflopPerS peak);

/// This machine: the bandwidths as lab 00 measures them, and matmul_peak(). For programs that have no machine.json.
/// Takes about half a second.
profiling::RooflineMachine measure_roofline_machine(Clock& clock);

/// The most that the library's matmul reaches on one core: the fastest of some products of float32 matrices that fit
/// into a cache. Takes some tenths of a second.
profiling::GflopPerS matmul_peak(Clock& clock);

}  // namespace tinytorch
