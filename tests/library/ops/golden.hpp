#pragma once

#include "tests/library/ops/op.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

/// What libtorch said, kept in files so that every machine can compare: tests/golden/<op>.npz.
namespace tinytorch::ops {

/// Cases kept per operation, besides its edges: two for each dtype, and not fewer than six.
int golden_cases(const Op& op);
/// Those cases, then the edges of each of its floating dtypes.
std::vector<Arguments> golden_arguments(const Op& op);

/// A number for a case's inputs: a file made for other inputs is noticed.
std::int64_t fingerprint(const Arguments& arguments);

struct Golden {
  std::int64_t inputs = 0;  ///< the fingerprint
  Outcome outcome;
};

std::filesystem::path golden_file(const Op& op);
/// One entry per case of golden_arguments. Throws FileError when there is no file.
std::vector<Golden> load_golden(const Op& op);
void save_golden(const Op& op, const std::vector<Golden>& cases);

}  // namespace tinytorch::ops
