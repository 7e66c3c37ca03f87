#pragma once

#include "src/nn/onnx/file.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The operators that a loaded graph is computed with. Each calls operations of this library, so that a graph has
/// gradients wherever they have. Source of all meanings: onnx/onnx, docs/Operators.md. Private.
namespace tinytorch::onnx {

/// One run of a node: its settings and its inputs.
struct Call {
  const Node& node;
  std::span<const Tensor> in;  ///< undefined where the node leaves one out

  bool has(std::size_t i) const { return i < in.size() && in[i].defined(); }
  /// A setting, or `otherwise` when the node has none of that name.
  std::int64_t whole(std::string_view name, std::int64_t otherwise) const;
  double real(std::string_view name, double otherwise) const;
  std::string text(std::string_view name, std::string_view otherwise) const;
  std::vector<std::int64_t> wholes(std::string_view name) const;
  const Attribute* attribute(std::string_view name) const;
  /// The whole numbers of input i, or of the setting of that name, which older sets of operators have instead.
  std::vector<std::int64_t> wholes(std::size_t i, std::string_view name) const;
  /// Throws ValueError `[onnx] node 'conv1' (Conv): ...`.
  [[noreturn]] void fail(std::string_view what) const;
};

using Tensors = std::vector<Tensor>;
using Run = Tensors (*)(const Call&);

struct Operator {
  std::string_view name;
  std::size_t least, most;      ///< inputs
  std::string_view attributes;  ///< " axis:i epsilon:f ": each setting that is read, with the letter of its type
  Run run;
  std::string_view limits;  ///< what of the operator is not computed; empty: all of it is
};

/// Null for one that is not computed here.
const Operator* find_operator(std::string_view name);
/// By families, in the order of the table in docs/onnx.md.
std::vector<const Operator*> all_operators();

/// The families, each in its file.
std::span<const Operator> layer_operators();
std::span<const Operator> element_operators();
std::span<const Operator> shape_operators();

/// "node 'conv1' (Conv)", or "node Conv -> 'y'" for a node without a name.
std::string title(const Node& node);

}  // namespace tinytorch::onnx
