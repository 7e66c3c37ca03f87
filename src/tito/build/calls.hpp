// Call counters: `--wrap` sends every call of a unit's function through two instructions of assembly.
#pragma once

#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

struct CountedFunction {
  std::string mangled;
  std::string shown;  // "raw::permute(const Tensor&, Dims)"
  std::string unit;   // "core/strides"
};

// The assembly file: `__wrap_F: counter of F += 1; jump to __real_F`, and a table of {name, unit, counter} in the
// section tt_calls, which src/course/calls.hpp reads. It counts calls from one object to another, not those inside
// one.
std::string trampolines(const std::vector<CountedFunction>& functions);

// The linker's options that send the calls there.
std::vector<std::string> wrap_options(const std::vector<CountedFunction>& functions);

}  // namespace tinytorch::tito
