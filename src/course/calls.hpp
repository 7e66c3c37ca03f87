#pragma once

#include <cstdint>
#include <span>

namespace tinytorch {

/// How often a function of a unit was called from outside its file. The tool adds these entries when it links a stack.
/// A program that was linked without counters has none.
struct CallEntry {
  const char* function;
  const char* unit;
  std::uint64_t calls;
};

/// The counters of this program, in the order of its units.
std::span<CallEntry> call_entries();

}  // namespace tinytorch
