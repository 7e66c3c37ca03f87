// Layers as nodes, and the list of all conversions.

#include "src/nn/onnx/recorder.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"

#include <numbers>

namespace tinytorch::onnx {

using tinytorch::detail::text;

namespace {

void convert_linear(Recorder& graph, const TracedCall& call) {
  const Tensor &x = call.inputs[0], &w = call.inputs[1];
  const std::string bias = call.has(2) ? graph.name_of(call.inputs[2]) : "";
  if (x.dim() == 2)
    return graph.make(call.result(), "Gemm", {graph.name_of(x), graph.name_of(w), bias}, {attribute("transB", 1)});
  const std::string turned = graph.add("Transpose", {graph.name_of(w)}, {attribute("perm", Shape{1, 0})});
  std::string y = graph.add("MatMul", {graph.name_of(x), turned});
  if (!bias.empty()) y = graph.add("Add", {y, bias});
  graph.bind(call.result(), y);
}

// A pair of settings for each dimension of the image: both, or the second for a line.
Shape for_image(const Shape& pair, bool is_line) { return is_line ? Shape{pair[1]} : pair; }

// The padding before, then behind.
Shape twice(const Shape& padding) {
  Shape both = padding;
  for (const std::int64_t size : padding) both.push_back(size);
  return both;
}

void convert_conv(Recorder& graph, const TracedCall& call) {
  const bool is_line = call.name == "conv1d";
  const Shape& weights = call.inputs[1].sizes();
  const Shape kernel(weights.begin() + 2, weights.end());
  graph.make(
      call.result(), "Conv",
      {graph.name_of(call.inputs[0]), graph.name_of(call.inputs[1]), call.has(2) ? graph.name_of(call.inputs[2]) : ""},
      {attribute("kernel_shape", kernel), attribute("strides", for_image(call.list("stride"), is_line)),
       attribute("pads", twice(for_image(call.list("padding"), is_line))),
       attribute("dilations", for_image(call.list("dilation"), is_line)), attribute("group", call.list("groups")[0])});
}

std::vector<Attribute> pool_attributes(const TracedCall& call) {
  return {attribute("kernel_shape", call.list("kernel")), attribute("strides", call.list("stride")),
          attribute("pads", twice(call.list("padding")))};
}

void convert_max_pool(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), "MaxPool", {graph.name_of(call.inputs[0])}, pool_attributes(call));
}

// ceil_mode counts only where it cuts a window; there the definitions of the mean differ.
std::string refuse_average(const TracedCall& call) {
  const Shape &kernel = call.list("kernel"), &stride = call.list("stride"), &padding = call.list("padding");
  for (std::int64_t d = 0; d < 2; ++d)
    if (call.list("modes")[1] != 0 && (call.inputs[0].size(2 + d) + 2 * padding[d] - kernel[d]) % stride[d] != 0)
      return "ceil_mode cuts a window here";
  return {};
}

void convert_average(Recorder& graph, const TracedCall& call) {
  std::vector<Attribute> attributes = pool_attributes(call);
  attributes.push_back(attribute("count_include_pad", call.list("modes")[0]));
  graph.make(call.result(), "AveragePool", {graph.name_of(call.inputs[0])}, attributes);
}

// One window, or windows of one size. The result is not there yet when this is asked: so the sizes are settings.
std::string refuse_adaptive(const TracedCall& call) {
  const Shape& output = call.list("output");
  for (std::int64_t d = 0; d < 2; ++d)
    if (output[d] < 1 || call.inputs[0].size(2 + d) % output[d] != 0)
      return text({output[d], " windows over ", call.inputs[0].size(2 + d), " pixels have different sizes"});
  return {};
}

void convert_adaptive(Recorder& graph, const TracedCall& call) {
  const Tensor& x = call.inputs[0];
  const Shape& output = call.list("output");
  if (output == Shape{1, 1}) return graph.make(call.result(), "GlobalAveragePool", {graph.name_of(x)});
  const Shape kernel{x.size(2) / output[0], x.size(3) / output[1]};
  graph.make(call.result(), "AveragePool", {graph.name_of(x)},
             {attribute("kernel_shape", kernel), attribute("strides", kernel)});
}

std::string refuse_batch_norm(const TracedCall& call) {
  return call.list("training")[0] != 0 ? "it uses the statistics of the batch" : "";
}

void convert_batch_norm(Recorder& graph, const TracedCall& call) {
  const Tensor& x = call.inputs[0];
  const auto channels = [&](std::size_t i, double otherwise) {
    return call.has(i) ? graph.name_of(call.inputs[i]) : graph.name_of(full({x.size(1)}, otherwise, x.dtype()));
  };
  graph.make(call.result(), "BatchNormalization",
             {graph.name_of(x), channels(1, 1.0), channels(2, 0.0), channels(3, 0.0), channels(4, 1.0)},
             {real_attribute("epsilon", call.real("eps"))});
}

void convert_layer_norm(Recorder& graph, const TracedCall& call) {
  const Tensor& x = call.inputs[0];
  const Shape& shape = call.list("shape");
  graph.make(call.result(), "LayerNormalization",
             {graph.name_of(x), call.has(1) ? graph.name_of(call.inputs[1]) : graph.name_of(ones(shape, x.dtype())),
              call.has(2) ? graph.name_of(call.inputs[2]) : ""},
             {attribute("axis", -shape.size()), real_attribute("epsilon", call.real("eps"))});
}

// x (1 + erf(x / sqrt(2))) / 2, or the same with tanh(sqrt(2 / pi) (x + 0.044715 x^3)).
void convert_gelu(Recorder& graph, const TracedCall& call) {
  const DType dtype = call.result().dtype();
  const std::string x = graph.name_as(call.inputs[0], dtype);
  std::string gate;
  if (call.list("tanh")[0] == 0) {
    gate = graph.add("Erf", {graph.add("Mul", {x, graph.number(1.0 / std::numbers::sqrt2, dtype)})});
  } else {
    const std::string cube = graph.add("Mul", {graph.add("Mul", {x, x}), x});
    const std::string sum = graph.add("Add", {x, graph.add("Mul", {cube, graph.number(0.044715, dtype)})});
    const double slope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    gate = graph.add("Tanh", {graph.add("Mul", {sum, graph.number(slope, dtype)})});
  }
  const std::string half = graph.add("Mul", {x, graph.number(0.5, dtype)});
  graph.make(call.result(), "Mul", {half, graph.add("Add", {gate, graph.number(1.0, dtype)})});
}

void convert_silu(Recorder& graph, const TracedCall& call) {
  const std::string x = graph.name_as(call.inputs[0], call.result().dtype());
  graph.make(call.result(), "Mul", {x, graph.add("Sigmoid", {x})});
}

void convert_embedding(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), "Gather", {graph.name_of(call.inputs[1]), graph.name_of(call.inputs[0])},
             {attribute("axis", 0)});
}

}  // namespace

std::vector<Conversion> layer_conversions() {
  return {
      {"linear", "Gemm, or Transpose, MatMul and Add", convert_linear},
      {"conv1d", "Conv", convert_conv},
      {"conv2d", "Conv", convert_conv},
      {"max_pool2d", "MaxPool", convert_max_pool},
      {"avg_pool2d", "AveragePool", convert_average, refuse_average},
      {"adaptive_avg_pool2d", "GlobalAveragePool or AveragePool", convert_adaptive, refuse_adaptive},
      {"batch_norm", "BatchNormalization", convert_batch_norm, refuse_batch_norm},
      {"layer_norm", "LayerNormalization", convert_layer_norm},
      {"embedding", "Gather", convert_embedding},
      {"gelu", "Mul, Erf and Add, or Mul, Add and Tanh", convert_gelu},
      {"silu", "Sigmoid and Mul", convert_silu},
  };
}

std::vector<const Conversion*> all_conversions() {
  static const std::vector<Conversion> families[] = {layer_conversions(), element_conversions(), shape_conversions()};
  std::vector<const Conversion*> all;
  for (const std::vector<Conversion>& family : families)
    for (const Conversion& one : family) all.push_back(&one);
  return all;
}

const Conversion* find_conversion(std::string_view op) {
  static const std::unordered_map<std::string_view, const Conversion*> by_name = [] {
    std::unordered_map<std::string_view, const Conversion*> map;
    for (const Conversion* one : all_conversions()) map.emplace(one->op, one);
    return map;
  }();
  const auto found = by_name.find(op);
  return found != by_name.end() ? found->second : nullptr;
}

}  // namespace tinytorch::onnx
