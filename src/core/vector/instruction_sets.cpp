#include "src/core/vector/instruction_sets.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>

namespace tinytorch::vectors {
namespace {

// What Highway asks for: all processors that have AVX2, FMA and BMI2 have the rest.
bool runs(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx2)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (set == InstructionSet::avx512)
    return runs(InstructionSet::avx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
#endif
  return set == InstructionSet::baseline;
}

InstructionSet first_choice() {
  const std::vector<InstructionSet> sets = runnable();
  const char* const variable = std::getenv("TINYTORCH_INSTRUCTION_SET");
  if (variable == nullptr || *variable == '\0') return sets.back();
  std::string words;
  for (const InstructionSet set : sets) {
    if (std::string(variable) == to_string(set)) return set;
    words += (words.empty() ? "" : ", ") + std::string(to_string(set));
  }
  throw ValueError("TINYTORCH_INSTRUCTION_SET is " + std::string(variable) + "; this machine runs " + words);
}

std::atomic<InstructionSet>& choice() {
  static std::atomic<InstructionSet> set{first_choice()};
  return set;
}

}  // namespace

std::vector<InstructionSet> runnable() {
  std::vector<InstructionSet> sets;
  for (const auto set : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512})
    if (runs(set)) sets.push_back(set);
  return sets;
}

InstructionSet chosen() { return choice().load(std::memory_order_relaxed); }

void choose(InstructionSet set) { choice().store(set, std::memory_order_relaxed); }

const char* to_string(InstructionSet set) {
  switch (set) {
    case InstructionSet::baseline:
      return "baseline";
    case InstructionSet::avx2:
      return "avx2";
    default:
      return "avx512";
  }
}

}  // namespace tinytorch::vectors
