// Functions of elements, softmax and reductions as nodes.

#include "src/nn/onnx/recorder.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"

#include <array>
#include <numbers>

namespace tinytorch::onnx {

namespace {

struct OpName {
  std::string_view ours, theirs;
};

constexpr OpName one_to_one[] = {
    {"relu", "Relu"},
    {"sigmoid", "Sigmoid"},
    {"tanh", "Tanh"},
    {"exp", "Exp"},
    {"log", "Log"},
    {"sqrt", "Sqrt"},
    {"abs", "Abs"},
    {"sign", "Sign"},
    {"erf", "Erf"},
    {"floor", "Floor"},
    {"ceil", "Ceil"},
    {"round", "Round"},
    {"sin", "Sin"},
    {"cos", "Cos"},
    {"tan", "Tan"},
    {"asin", "Asin"},
    {"acos", "Acos"},
    {"atan", "Atan"},
    {"sinh", "Sinh"},
    {"cosh", "Cosh"},
    {"asinh", "Asinh"},
    {"acosh", "Acosh"},
    {"atanh", "Atanh"},
    {"add", "Add"},
    {"sub", "Sub"},
    {"mul", "Mul"},
    {"div", "Div"},
    {"pow", "Pow"},
    {"maximum", "Max"},
    {"minimum", "Min"},
    {"softmax", "Softmax"},
    {"log_softmax", "LogSoftmax"},
    {"lt", "Less"},
    {"le", "LessOrEqual"},
    {"gt", "Greater"},
    {"ge", "GreaterOrEqual"},
    {"eq", "Equal"},
    {"logical_and", "And"},
    {"logical_or", "Or"},
    {"sum", "ReduceSum"},
    {"mean", "ReduceMean"},
    {"prod", "ReduceProd"},
    {"amax", "ReduceMax"},
    {"amin", "ReduceMin"},
    {"leaky_relu", "LeakyRelu"},
    {"elu", "Elu"},
};

std::string_view operator_of(const TracedCall& call) {
  for (const OpName& name : one_to_one)
    if (name.ours == call.name) return name.theirs;
  return {};
}

void convert_unary(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), operator_of(call), {graph.name_as(call.inputs[0], call.result().dtype())});
}

// The second operand: a tensor, or a number that is a setting.
std::string second_of(Recorder& graph, const TracedCall& call, DType dtype) {
  return call.inputs.size() > 1 ? graph.name_as(call.inputs[1], dtype) : graph.number(call.real("number"), dtype);
}

void convert_binary(Recorder& graph, const TracedCall& call) {
  const DType dtype = call.result().dtype();
  const std::string a = graph.name_as(call.inputs[0], dtype);
  if (call.name == "mul" && call.inputs.size() == 1 && call.real("number") == -1.0)
    return graph.make(call.result(), "Neg", {a});
  graph.make(call.result(), operator_of(call), {a, second_of(graph, call, dtype)});
}

// The dtype in which the two are compared.
DType compared_dtype(const TracedCall& call) {
  const Tensor& a = call.inputs[0];
  if (call.inputs.size() > 1) {
    const Tensor& b = call.inputs[1];
    return is_floating(a.dtype()) || is_floating(b.dtype()) ? result_type(a, b) : promote_types(a.dtype(), b.dtype());
  }
  const double number = call.real("number");
  const bool is_whole = number == static_cast<double>(static_cast<std::int64_t>(number));
  return is_floating(a.dtype()) ? a.dtype() : is_whole ? DType::int64 : DType::float64;
}

void convert_comparison(Recorder& graph, const TracedCall& call) {
  const DType dtype = compared_dtype(call);
  const std::string a = graph.name_as(call.inputs[0], dtype), b = second_of(graph, call, dtype);
  if (call.name == "ne") return graph.make(call.result(), "Not", {graph.add("Equal", {a, b})});
  graph.make(call.result(), operator_of(call), {a, b});
}

void convert_logical(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), operator_of(call),
             {graph.name_as(call.inputs[0], DType::boolean), graph.name_as(call.inputs[1], DType::boolean)});
}

void convert_not(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), "Not", {graph.name_as(call.inputs[0], DType::boolean)});
}

void convert_where(Recorder& graph, const TracedCall& call) {
  const DType dtype = call.result().dtype();
  graph.make(
      call.result(), "Where",
      {graph.name_of(call.inputs[0]), graph.name_as(call.inputs[1], dtype), graph.name_as(call.inputs[2], dtype)});
}

void convert_clamp(Recorder& graph, const TracedCall& call) {
  const DType dtype = call.result().dtype();
  const auto bound = [&](const char* name) {
    const std::optional<double> number = call.find_real(name);
    return number ? graph.number(*number, dtype) : std::string();
  };
  graph.make(call.result(), "Clip", {graph.name_as(call.inputs[0], dtype), bound("min"), bound("max")});
}

void convert_expm1(Recorder& graph, const TracedCall& call) {
  const DType dtype = call.result().dtype();
  const std::string power = graph.add("Exp", {graph.name_as(call.inputs[0], dtype)});
  graph.make(call.result(), "Sub", {power, graph.number(1.0, dtype)});
}

void convert_log1p(Recorder& graph, const TracedCall& call) {
  const DType dtype = call.result().dtype();
  const std::string x = graph.name_as(call.inputs[0], dtype);
  graph.make(call.result(), "Log", {graph.add("Add", {x, graph.number(1.0, dtype)})});
}

void convert_log_base(Recorder& graph, const TracedCall& call) {
  const DType dtype = call.result().dtype();
  const double scale = call.name == "log2" ? std::numbers::log2e : std::numbers::log10e;
  const std::string log = graph.add("Log", {graph.name_as(call.inputs[0], dtype)});
  graph.make(call.result(), "Mul", {log, graph.number(scale, dtype)});
}

void convert_isnan(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), "IsNaN", {graph.name_of(call.inputs[0])});
}

void convert_softmax(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), operator_of(call), {graph.name_as(call.inputs[0], call.result().dtype())},
             {attribute("axis", call.list("dim")[0])});
}

void convert_with_alpha(Recorder& graph, const TracedCall& call) {
  graph.make(call.result(), operator_of(call), {graph.name_of(call.inputs[0])},
             {real_attribute("alpha", call.real("alpha"))});
}

void convert_reduction(Recorder& graph, const TracedCall& call) {
  const Shape& dims = call.list("dims");
  std::vector<std::string> inputs{graph.name_as(call.inputs[0], call.result().dtype())};
  std::vector<Attribute> attributes{attribute("keepdims", call.list("keepdim")[0])};
  // In opset 17 the dimensions of a sum are an input, those of the others a setting.
  if (call.name == "sum" && !dims.empty()) inputs.push_back(graph.wholes(dims));
  if (call.name != "sum" && !dims.empty()) attributes.push_back(attribute("axes", dims));
  graph.make(call.result(), operator_of(call), inputs, attributes);
}

// max and min along one dimension: the values, and where they are.
void convert_extreme(Recorder& graph, const TracedCall& call) {
  const bool is_max = call.name == "max";
  const std::string x = graph.name_of(call.inputs[0]);
  const Shape& dim = call.list("dim");
  graph.make(call.results[0], is_max ? "ReduceMax" : "ReduceMin", {x},
             {attribute("axes", Shape{dim[0]}), attribute("keepdims", dim[1])});
  graph.make(call.results[1], is_max ? "ArgMax" : "ArgMin", {x},
             {attribute("axis", dim[0]), attribute("keepdims", dim[1])});
}

Convert converter_of(std::string_view op) {
  for (const std::string_view binary : {"add", "sub", "mul", "div", "pow", "maximum", "minimum"})
    if (op == binary) return convert_binary;
  for (const std::string_view comparison : {"lt", "le", "gt", "ge", "eq"})
    if (op == comparison) return convert_comparison;
  for (const std::string_view reduction : {"sum", "mean", "prod", "amax", "amin"})
    if (op == reduction) return convert_reduction;
  if (op == "logical_and" || op == "logical_or") return convert_logical;
  if (op == "softmax" || op == "log_softmax") return convert_softmax;
  if (op == "leaky_relu" || op == "elu") return convert_with_alpha;
  return convert_unary;
}

}  // namespace

std::vector<Conversion> element_conversions() {
  std::vector<Conversion> all;
  for (const OpName& name : one_to_one) all.push_back({name.ours, name.theirs, converter_of(name.ours)});
  const std::vector<Conversion> others{
      {"ne", "Equal and Not", convert_comparison},
      {"logical_not", "Not", convert_not},
      {"isnan", "IsNaN", convert_isnan},
      {"where", "Where", convert_where},
      {"clamp", "Clip", convert_clamp},
      {"expm1", "Exp and Sub", convert_expm1},
      {"log1p", "Add and Log", convert_log1p},
      {"log2", "Log and Mul", convert_log_base},
      {"log10", "Log and Mul", convert_log_base},
      {"max", "ReduceMax and ArgMax", convert_extreme},
      {"min", "ReduceMin and ArgMin", convert_extreme},
  };
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

}  // namespace tinytorch::onnx
