#pragma once

#include "tests/library/ops/op.hpp"

#include <filesystem>
#include <string>

/// The results of the tests for each operation, for the table that `tito ops` prints.
namespace tinytorch::ops {

enum class Column { oracle, edges, gradient, second_gradient };

/// Records how many cases ran, the largest error, and whether they passed.
void note(const Op& op, Column column, int cases, double error, bool passed);

/// One JSON object for each operation. Each column has cases, error and verdict, or the reason why it is empty, or "not
/// run" for a test that was filtered out.
void write_results(const std::filesystem::path& file);

}  // namespace tinytorch::ops
