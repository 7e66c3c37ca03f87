#pragma once

#include "tests/library/ops/draw.hpp"
#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// The description of one operation. From it come the comparison with libtorch, the gradient checks, the edge values,
/// the benchmark and the table that `tito ops` prints.
namespace tinytorch::ops {

/// The arguments of an operation: tensors and integers.
struct Arguments {
  std::vector<Tensor> tensors;
  std::vector<std::int64_t> ints;
};

using Outputs = std::vector<Tensor>;

struct Op {
  std::string name;
  std::function<Arguments(Draw&)> arguments;
  std::function<Outputs(const Arguments&)> run;

  /// The dtypes of the inputs, used in turn. Gradients are checked for floats.
  std::vector<DType> dtypes = {DType::float32, DType::float64};
  /// Inputs that have no gradient although they are floats: running statistics, class weights.
  std::vector<std::size_t> constants = {};
  /// The last outputs that are state rather than results, and have no gradient: running statistics.
  std::size_t state_outputs = 0;
  /// Arguments for which implementations often differ: NaN, infinities, ties, no elements.
  std::function<std::vector<Arguments>(DType)> edges = {};

  // The reason why a column of the table is empty. An empty text means that the column is checked.
  std::string no_gradient = {};
  std::string no_edges = {};

  /// Why the result is a number where libtorch has NaN: the limit there. Empty: NaN must be NaN.
  std::string limit = {};

  /// By how many roundings of its largest value a result may differ from libtorch's.
  double roundings = 32.0;

  bool is_constant(std::size_t input) const;
};

void PrintTo(const Op& op, std::ostream* out);

/// The descriptions of all operations, by package: core, nn, optim.
std::vector<Op> all_ops();

std::vector<Op> pointwise_ops();
std::vector<Op> reduction_ops();
std::vector<Op> view_ops();
std::vector<Op> indexing_ops();
std::vector<Op> linalg_ops();
std::vector<Op> function_ops();
std::vector<Op> decompose_ops();
std::vector<Op> layer_ops();
std::vector<Op> module_ops();
std::vector<Op> network_ops();
std::vector<Op> loss_ops();
std::vector<Op> optimizer_ops();

/// The arguments of case `k` in a round of cases. Case 0 is the smallest.
Arguments case_arguments(const Op& op, int k, std::uint64_t round = 0);
/// The same in a given dtype.
Arguments case_arguments(const Op& op, int k, std::uint64_t round, DType dtype);

/// What an operation returned, and the gradients of its inputs for random upstream gradients.
struct Outcome {
  Outputs outputs;
  /// One per input; undefined where there is none.
  std::vector<Tensor> gradients;
};

/// The upstream gradient of output number `i`. Always the same.
Tensor upstream_of(const Tensor& output, std::size_t i);
/// Runs the operation, and then backward if it has a gradient.
Outcome outcome_of(const Op& op, const Arguments& arguments);

}  // namespace tinytorch::ops
