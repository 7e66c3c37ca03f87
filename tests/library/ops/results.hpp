#pragma once

#include "tests/library/ops/op.hpp"

#include <filesystem>
#include <string>

/// What the tests found out about each operation, for the table that `tito ops` prints.
namespace tinytorch::ops {

enum class Column { oracle, edges, gradient, second_gradient };

/// Notes that `cases` ran with the given largest error, and whether they passed.
void note(const Op& op, Column column, int cases, double error, bool passed);

/// One JSON object per operation: its columns with cases, error and verdict, or the reason why one is empty; "not run"
/// where a test was filtered out.
void write_results(const std::filesystem::path& file);

}  // namespace tinytorch::ops
