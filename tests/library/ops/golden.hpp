#pragma once

#include "tests/library/ops/op.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

/// libtorch's results, in files so that every machine can compare: tests/golden/<op>.npz.
namespace tinytorch::ops {

/// The number of cases for each operation, without edge values: two for each dtype, and at least six.
int golden_cases(const Op& op);
/// Those cases, then the edge values of each of its floating dtypes.
std::vector<Arguments> golden_arguments(const Op& op);

/// A number made from a case's inputs. It shows whether a file was made for these inputs.
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
