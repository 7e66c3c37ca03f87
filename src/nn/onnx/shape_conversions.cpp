// Views, parts and joins as nodes.

#include "src/nn/onnx/recorder.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"

#include <limits>

namespace tinytorch::onnx {

namespace {

void convert_matmul(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), "MatMul", {graph.name_of(call.inputs[0]), graph.name_of(call.inputs[1])});
}

// The same value under another handle: a copy, or the tensor itself.
void convert_same(Recorder& graph, const TracedCall& call) { graph.bind(call.result(), graph.name_of(call.inputs[0])); }

void convert_to(Recorder& graph, const TracedCall& call) {
  graph.bind(call.result(), graph.name_as(call.inputs[0], call.result().dtype()));
}

void convert_permute(Recorder& graph, const TracedCall& call) {
  Shape order = call.list("order");
  for (std::int64_t& d : order) d = d < 0 ? d + order.size() : d;
  graph.make(call.result(), "Transpose", {graph.name_of(call.inputs[0])}, {attribute("perm", order)});
}

void convert_reshape(Recorder& graph, const TracedCall& call) {
  const Tensor &x = call.inputs[0], &y = call.result();
  const std::string name = graph.name_of(x);
  if (x.is_same(y)) return;
  if (x.dim() > 2 && y.dim() == 2 && x.size(0) == y.size(0))
    return graph.make(y, "Flatten", {name}, {attribute("axis", 1)});
  graph.make(y, "Reshape", {name, graph.wholes(y.sizes(), TracedNode::Sizes::reshaped)});
}

void convert_expand(Recorder& graph, const TracedCall& call) {
  const Tensor &x = call.inputs[0], &y = call.result();
  const std::string name = graph.name_of(x);
  graph.make(y, "Expand", {name, graph.wholes(y.sizes(), TracedNode::Sizes::expanded, x.sizes())});
}

void convert_squeeze(Recorder& graph, const TracedCall& call) {
  const std::string name = graph.name_of(call.inputs[0]);
  graph.make(call.result(), call.name == "squeeze" ? "Squeeze" : "Unsqueeze", {name, graph.wholes(call.list("dim"))});
}

// An end at or behind the last element is written as the largest number: so it fits a batch of any size.
void convert_slice(Recorder& graph, const TracedCall& call) {
  const Shape& slice = call.list("slice");
  const Tensor& x = call.inputs[0];
  const std::int64_t d = wrap_dim(slice[0], x.dim(), "slice");
  const std::int64_t stop = slice[2] >= x.size(d) ? std::numeric_limits<std::int64_t>::max() : slice[2];
  const std::string name = graph.name_of(x), start = graph.wholes(Shape{slice[1]}), end = graph.wholes(Shape{stop});
  graph.make(call.result(), "Slice", {name, start, end, graph.wholes(Shape{d}), graph.wholes(Shape{slice[3]})});
}

void convert_select(Recorder& graph, const TracedCall& call) {
  const Shape& select = call.list("select");
  const std::string name = graph.name_of(call.inputs[0]);
  graph.make(call.result(), "Gather", {name, graph.number(static_cast<double>(select[1]), DType::int64)},
             {attribute("axis", select[0])});
}

void convert_cat(Recorder& graph, const TracedCall& call) {
  std::vector<std::string> names;
  for (const Tensor& x : call.inputs) names.push_back(graph.name_of(x));
  graph.make(call.result(), "Concat", names, {attribute("axis", call.list("dim")[0])});
}

void convert_gather(Recorder& graph, const TracedCall& call) {
  const std::string x = graph.name_of(call.inputs[0]), index = graph.name_of(call.inputs[1]);
  graph.make(call.result(), call.name == "gather" ? "GatherElements" : "Gather", {x, index},
             {attribute("axis", call.list("dim")[0])});
}

std::string refuse_index(const TracedCall& call) {
  return call.inputs[0].dim() == 0 || call.inputs[1].dim() == 0 ? "of a tensor without dimensions" : "";
}

std::string refuse_pad(const TracedCall& call) {
  for (const auto& one : call.lists)
    if (one.first == "pad") return {};
  return "of more than four dimensions";
}

// Ours counts from the last dimension on: two numbers for each. Theirs lists all numbers before, then all behind.
void convert_pad(Recorder& graph, const TracedCall& call) {
  const Shape& pad = call.list("pad");
  const Tensor& x = call.inputs[0];
  std::vector<std::int64_t> pads(static_cast<std::size_t>(2 * x.dim()), 0);
  for (std::int64_t i = 0; i < pad.size() / 2; ++i) {
    const std::int64_t d = x.dim() - 1 - i;
    pads[static_cast<std::size_t>(d)] = pad[2 * i];
    pads[static_cast<std::size_t>(x.dim() + d)] = pad[2 * i + 1];
  }
  const std::string name = graph.name_of(x), list = graph.wholes(pads);
  graph.make(call.result(), "Pad", {name, list, graph.number(call.real("value"), x.dtype())});
}

}  // namespace

std::vector<Conversion> shape_conversions() {
  return {
      {"matmul", "MatMul", convert_matmul},
      {"reshape", "Reshape or Flatten", convert_reshape},
      {"permute", "Transpose", convert_permute},
      {"expand", "Expand", convert_expand},
      {"squeeze", "Squeeze", convert_squeeze},
      {"unsqueeze", "Unsqueeze", convert_squeeze},
      {"slice", "Slice", convert_slice},
      {"select", "Gather", convert_select},
      {"index_select", "Gather", convert_gather, refuse_index},
      {"gather", "GatherElements", convert_gather, refuse_index},
      {"cat", "Concat", convert_cat},
      {"pad", "Pad", convert_pad, refuse_pad},
      {"to", "Cast", convert_to},
      {"contiguous", "nothing", convert_same},
      {"clone", "nothing", convert_same},
  };
}

}  // namespace tinytorch::onnx
