#include "src/core/vector/instruction_sets.hpp"

#include "tinytorch/core/error.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::vectors {
namespace {

// Each in a process of its own: the variable is read once.
class InstructionSets : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  // Exits with 0 when the variable's word chooses `expected`, else with 1, or with 7 and the error's text.
  [[noreturn]] static void exit_with(const char* word, InstructionSet expected) {
    setenv("TINYTORCH_INSTRUCTION_SET", word, 1);
    try {
      std::exit(chosen() == expected ? 0 : 1);
    } catch (const ValueError& error) {
      std::fputs(error.what(), stderr);
      std::exit(7);
    }
  }
};

TEST_F(InstructionSets, the_variable_names_one) {
  EXPECT_EXIT(exit_with("baseline", InstructionSet::baseline), ::testing::ExitedWithCode(0), "");
}

TEST_F(InstructionSets, without_it_the_best_is_chosen) {
  EXPECT_EXIT(exit_with("", runnable().back()), ::testing::ExitedWithCode(0), "");
}

TEST_F(InstructionSets, another_word_is_refused) {
  EXPECT_EXIT(exit_with("mmx", InstructionSet::baseline), ::testing::ExitedWithCode(7),
              "TINYTORCH_INSTRUCTION_SET is mmx; this machine runs baseline");
}

TEST(BestCopy, is_the_best_below_the_chosen_that_was_compiled) {
  const auto best = [](InstructionSet set, const char* avx512, const char* avx2) {
    const InstructionSet before = chosen();
    choose(set);
    const char* copy = best_copy<const char*>(avx512, avx2, "baseline");
    choose(before);
    return std::string(copy);
  };
  EXPECT_EQ(best(InstructionSet::avx512, "avx512", "avx2"), "avx512");
  EXPECT_EQ(best(InstructionSet::avx512, nullptr, "avx2"), "avx2");
  EXPECT_EQ(best(InstructionSet::avx512, nullptr, nullptr), "baseline");
  EXPECT_EQ(best(InstructionSet::avx2, "avx512", "avx2"), "avx2");
  EXPECT_EQ(best(InstructionSet::baseline, "avx512", "avx2"), "baseline");
}

}  // namespace
}  // namespace tinytorch::vectors
