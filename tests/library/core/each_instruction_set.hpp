#pragma once

#include "src/core/vector/instruction_sets.hpp"

#include <gtest/gtest.h>

namespace tinytorch::testing {

/// Calls check once for each instruction set that the program has copies for and this machine runs.
template <class Check>
void on_each_instruction_set(Check check) {
  const vectors::InstructionSet before = vectors::chosen();
  for (const vectors::InstructionSet set : vectors::runnable()) {
    vectors::choose(set);
    SCOPED_TRACE(vectors::to_string(set));
    check();
  }
  vectors::choose(before);
}

}  // namespace tinytorch::testing
