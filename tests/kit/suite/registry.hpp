#pragma once

#include "tests/kit/suite/run.hpp"

#include <string>
#include <vector>

namespace tinytorch::lab {

/// The program's tests in the order in which they run: task by task, and within a task as they stand in the files.
std::vector<TestInfo> all_tests();

/// Gives all tests to GoogleTest. Called once, before InitGoogleTest.
void register_with_gtest();

/// The line of --list: {"test": ..., "task": ..., "uses": [...]} and a line end.
std::string list_line(const TestInfo& test);

}  // namespace tinytorch::lab
