#pragma once

#include "tests/kit/run.hpp"

#include <string>
#include <vector>

namespace tinytorch::lab {

/// The program's tests in the order in which they run: by task, each task's as they stand in their files.
std::vector<TestInfo> all_tests();

/// Makes them tests of GoogleTest. Once, before InitGoogleTest.
void register_with_gtest();

/// {"test": ..., "task": ..., "uses": [...]} and a line end.
std::string list_line(const TestInfo& test);

}  // namespace tinytorch::lab
