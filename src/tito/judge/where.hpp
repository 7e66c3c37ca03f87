// From the addresses of a crash to a line of the student's file.
#pragma once

#include "src/tito/judge/runner.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

/// Sets `where` of each record that has frames, to the innermost line in one of these files: "strides.cpp:42", or
/// "strides.cpp:42, which calls itself without end". Without addr2line nothing is set.
void name_lines(const fs::path& program, const std::vector<fs::path>& files, std::vector<TestRecord>& records);

/// The same for what addr2line printed, a line for each frame.
std::string student_line(const std::vector<std::string>& lines, const std::vector<fs::path>& files);

}  // namespace tinytorch::tito
