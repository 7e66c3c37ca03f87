// OnnxModel: a checked graph as a module.

#include "src/nn/onnx/program.hpp"
#include "src/nn/onnx/wire.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/file_ops.hpp"
#include "tinytorch/nn/onnx.hpp"

namespace tinytorch::onnx {

using tinytorch::detail::text;

namespace {

// Throws ShapeError or DTypeError for a tensor that the input of the graph does not take.
void check_input(const Value& wanted, const Tensor& x) {
  if (x.dtype() != *wanted.dtype)
    throw DTypeError(text({"[onnx] the input is ", describe(wanted), ", not ", x.dtype()}));
  if (!wanted.sizes) return;
  bool fits = static_cast<std::int64_t>(wanted.sizes->size()) == x.dim();
  for (std::int64_t d = 0; fits && d < x.dim(); ++d) {
    const std::int64_t size = (*wanted.sizes)[static_cast<std::size_t>(d)].size;
    fits = size < 0 || size == x.size(d);
  }
  if (!fits) throw ShapeError(text({"[onnx] the input is ", describe(wanted), ", not ", x.sizes()}));
}

// Runs a node. Errors of the operations in it get the node's name in front.
Tensors run_node(const Node& node, const Operator& op, const Tensors& in) {
  const auto placed = [&](const Error& error) { return text({"[onnx] ", title(node), ": ", error.what()}); };
  try {
    return op.run({node, in});
  } catch (const ShapeError& error) {
    throw ShapeError(placed(error));
  } catch (const DTypeError& error) {
    throw DTypeError(placed(error));
  } catch (const IndexError& error) {
    throw IndexError(placed(error));
  } catch (const ValueError& error) {
    const std::string_view what = error.what();
    throw ValueError(what.substr(0, 6) == "[onnx]" ? std::string(what) : placed(error));
  }
}

}  // namespace

}  // namespace tinytorch::onnx

namespace tinytorch::nn {

using tinytorch::detail::text;

OnnxModel::OnnxModel(std::shared_ptr<const onnx::Program> program) : program_(std::move(program)) {
  const memory::TagScope tag(memory::Tag::parameter);
  for (const NamedTensor& named : program_->parameters)
    parameters_.push_back({named.name, named.value.detach().clone().set_requires_grad()});
  for (const NamedTensor& named : program_->buffers) buffers_.push_back({named.name, named.value.clone()});
}

std::vector<Tensor> OnnxModel::run(const std::vector<Tensor>& inputs) {
  if (inputs.size() != program_->inputs.size())
    throw ValueError(text({"[onnx] the graph has ", program_->inputs.size(), " inputs, not ", inputs.size()}));
  for (std::size_t i = 0; i < inputs.size(); ++i) onnx::check_input(program_->inputs[i], inputs[i]);
  std::vector<Tensor> values;
  values.reserve(program_->places);
  for (const NamedTensor& named : parameters_) values.push_back(named.value);
  for (const NamedTensor& named : buffers_) values.push_back(named.value);
  for (const NamedTensor& named : program_->constants) values.push_back(named.value);
  values.insert(values.end(), inputs.begin(), inputs.end());
  values.resize(program_->places);
  for (std::size_t i = 0; i < program_->steps.size(); ++i) {
    const onnx::Program::Step& step = program_->steps[i];
    std::vector<Tensor> in;
    for (const std::int64_t place : step.inputs)
      in.push_back(place < 0 ? Tensor() : values[static_cast<std::size_t>(place)]);
    std::vector<Tensor> out = onnx::run_node(program_->file.graph.nodes[i], *step.op, in);
    for (std::size_t k = 0; k < step.outputs.size(); ++k)
      values[static_cast<std::size_t>(step.outputs[k])] = std::move(out[k]);
    for (const std::int64_t place : step.last_uses) values[static_cast<std::size_t>(place)] = Tensor();
  }
  std::vector<Tensor> outputs;
  for (const std::int64_t place : program_->outputs) outputs.push_back(values[static_cast<std::size_t>(place)]);
  return outputs;
}

Tensor OnnxModel::forward(const Tensor& x) {
  if (program_->inputs.size() != 1)
    throw ValueError(text({"[onnx] the graph has ", program_->inputs.size(), " inputs: call run() with all of them"}));
  return run({x}).front();
}

std::vector<std::string> OnnxModel::inputs() const {
  std::vector<std::string> texts;
  for (const onnx::Value& value : program_->inputs) texts.push_back(onnx::describe(value));
  return texts;
}

std::vector<std::string> OnnxModel::outputs() const {
  std::vector<std::string> texts;
  for (const onnx::Value& value : program_->file.graph.outputs) texts.push_back(onnx::describe(value));
  return texts;
}

std::int64_t OnnxModel::opset() const { return program_->file.opset; }

void OnnxModel::members(MemberVisitor& visit) {
  for (NamedTensor& named : parameters_) visit.parameter(named.name, named.value);
  for (NamedTensor& named : buffers_) visit.buffer(named.name, named.value);
}

std::shared_ptr<Module> OnnxModel::clone() const { return clone_into(new OnnxModel(program_)); }

std::shared_ptr<OnnxModel> parse_onnx(std::string_view bytes, std::string_view name) {
  return std::make_shared<OnnxModel>(onnx::compile(onnx::parse(bytes, name), name));
}

std::shared_ptr<OnnxModel> load_onnx(const std::filesystem::path& file) {
  if (std::filesystem::exists(file) && !std::filesystem::is_regular_file(file))
    throw FileError(text({"[onnx] ", file.string(), ": is no regular file"}));
  const std::vector<std::byte> bytes = disk().read(file);
  return parse_onnx({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.filename().string());
}

std::string onnx_operators() { return onnx::saved_table() + "\n" + onnx::loaded_table(); }

}  // namespace tinytorch::nn
