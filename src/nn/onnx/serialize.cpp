// Writes an ONNX file. Field numbers are those of onnx.proto.

#include "src/nn/onnx/file.hpp"
#include "src/nn/onnx/wire.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/views.hpp"

namespace tinytorch::onnx {

namespace {

Writer tensor_message(const std::string& name, const Tensor& value) {
  Writer out;
  for (const std::int64_t size : value.sizes()) out.whole(1, size);
  out.whole(2, type_number(value.dtype()));
  if (!name.empty()) out.bytes(8, name);
  const Tensor rows = contiguous(value.detach());
  const auto bytes = static_cast<std::size_t>(rows.numel() * item_size(rows.dtype()));
  out.bytes(9, {bytes == 0 ? "" : static_cast<const char*>(rows.data()), bytes});
  return out;
}

Writer attribute_message(const Attribute& attribute) {
  Writer out;
  out.bytes(1, attribute.name);
  if (attribute.type == Attribute::real) out.real(2, attribute.f);
  if (attribute.type == Attribute::whole) out.whole(3, attribute.i);
  if (attribute.type == Attribute::text) out.bytes(4, attribute.s);
  if (attribute.type == Attribute::tensor) out.message(5, tensor_message("", attribute.t));
  for (const std::int64_t number : attribute.ints) out.whole(8, number);
  out.whole(20, attribute.type);
  return out;
}

Writer node_message(const Node& node) {
  Writer out;
  for (const std::string& input : node.inputs) out.bytes(1, input);
  for (const std::string& output : node.outputs) out.bytes(2, output);
  out.bytes(3, node.name);
  out.bytes(4, node.op);
  for (const Attribute& attribute : node.attributes) out.message(5, attribute_message(attribute));
  return out;
}

Writer value_message(const Value& value) {
  Writer shape;
  for (const Dimension& dimension : *value.sizes) {
    Writer one;
    if (dimension.size >= 0) one.whole(1, dimension.size);
    if (dimension.size < 0 && !dimension.symbol.empty()) one.bytes(2, dimension.symbol);
    shape.message(1, one);
  }
  Writer tensor, type, out;
  tensor.whole(1, type_number(*value.dtype));
  tensor.message(2, shape);
  type.message(1, tensor);
  out.bytes(1, value.name);
  out.message(2, type);
  return out;
}

Writer graph_message(const Graph& graph) {
  Writer out;
  for (const Node& node : graph.nodes) out.message(1, node_message(node));
  out.bytes(2, graph.name);
  for (const NamedTensor& named : graph.initializers) out.message(5, tensor_message(named.name, named.value));
  for (const Value& input : graph.inputs) out.message(11, value_message(input));
  for (const Value& output : graph.outputs) out.message(12, value_message(output));
  return out;
}

}  // namespace

std::int64_t type_number(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return 1;
    case DType::uint8:
      return 2;
    case DType::int8:
      return 3;
    case DType::int32:
      return 6;
    case DType::int64:
      return 7;
    case DType::boolean:
      return 9;
    case DType::float64:
      return 11;
    case DType::traced:
      break;
  }
  throw DTypeError(tinytorch::detail::text({"[save_onnx] the format has no ", dtype}));
}

std::string serialize(const File& file) {
  Writer out, opset;
  out.whole(1, file.ir);
  out.bytes(2, file.producer);
  out.message(7, graph_message(file.graph));
  opset.bytes(1, "");
  opset.whole(2, file.opset);
  out.message(8, opset);
  for (const auto& [key, value] : file.metadata) {
    Writer property;
    property.bytes(1, key);
    property.bytes(2, value);
    out.message(14, property);
  }
  return out.out();
}

}  // namespace tinytorch::onnx
