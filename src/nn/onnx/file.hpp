#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What an ONNX file holds, as far as it is used here. Source: onnx/onnx, docs/IR.md and onnx.proto. Private.
namespace tinytorch::onnx {

/// The set of operators that files are written with, the format's version that belongs to it, and the sets that are
/// read: 13 has today's Softmax, Squeeze and ReduceSum.
constexpr std::int64_t written_opset = 17, written_ir = 8, first_opset = 13, last_opset = 21;

/// A setting of a node. `type` says which member counts.
struct Attribute {
  enum Type : std::uint8_t { none, real, whole, text, tensor, graph, reals, wholes, texts };

  std::string name;
  std::int64_t type = none;  ///< as in the file: may be another number than those above
  float f = 0.0F;
  std::int64_t i = 0;
  std::string s;
  Tensor t;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
};

struct Node {
  std::string op, name;
  std::vector<std::string> inputs, outputs;  ///< an input that is left out has the name ""
  std::vector<Attribute> attributes;
};

/// A size, or -1 for one that only a run knows; then `symbol` may name it: "N".
struct Dimension {
  std::int64_t size = -1;
  std::string symbol;
};

/// The name, the type and the shape of an input or an output of a graph.
struct Value {
  std::string name;
  std::optional<DType> dtype;
  std::optional<std::vector<Dimension>> sizes;
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;  ///< each after those whose outputs it reads
  std::vector<NamedTensor> initializers;
  std::vector<Value> inputs, outputs;
};

struct File {
  std::int64_t ir = written_ir;
  std::int64_t opset = written_opset;
  std::string producer;
  std::vector<std::pair<std::string, std::string>> metadata;
  Graph graph;
};

/// Throws FormatError with the place, for what is no such file and for what is beyond this reader: data in other files,
/// types of numbers without a dtype here, functions, operators of other domains, sets of operators before
/// first_opset and after last_opset. A tensor is allocated after its size was compared with its bytes.
File parse(std::string_view bytes, std::string_view name);
/// Tensors are written with their bytes as they are. Throws DTypeError for a dtype without a type of the format.
std::string serialize(const File& file);

/// The format's number of a dtype. Throws DTypeError for traced.
std::int64_t type_number(DType dtype);
/// The dtype of one of the format's numbers; none for types without one. Floats of 16 bits become float32.
std::optional<DType> dtype_of_number(std::int64_t number);

}  // namespace tinytorch::onnx
