#pragma once

#include "src/nn/onnx/operators.hpp"

#include <memory>
#include <string>
#include <vector>

/// A graph that was checked and is ready to run. Private.
namespace tinytorch::onnx {

/// The key under which a file of save_onnx lists its buffers, one a line: its other floats are parameters.
constexpr std::string_view buffers_key = "tinytorch.buffers";

struct Program {
  /// A node: its operator, the places of its inputs (-1: left out) and of its outputs, and the places that no later
  /// node reads.
  struct Step {
    const Operator* op = nullptr;
    std::vector<std::int64_t> inputs, outputs, last_uses;
  };

  File file;
  // Places in this order: the parameters, the buffers, the other initializers, the inputs, what the nodes compute.
  std::vector<NamedTensor> parameters, buffers, constants;
  std::vector<Value> inputs;  ///< those of the graph without those that are initializers
  std::vector<Step> steps;    ///< one for each node
  std::vector<std::int64_t> outputs;
  std::size_t places = 0;
};

/// Throws ValueError for an operator or a setting beyond those of operators.hpp, FormatError for a graph out of order.
std::shared_ptr<const Program> compile(File file, std::string_view name);

/// "x: float32 (N, 3)".
std::string describe(const Value& value);

/// The tables of docs/onnx.md are made of these two.
std::string saved_table();
std::string loaded_table();

}  // namespace tinytorch::onnx
