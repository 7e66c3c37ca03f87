// From a model and an example to a file: two traces, one graph, and a check that the graph computes what the model
// does.

#include "src/nn/onnx/program.hpp"
#include "src/nn/onnx/recorder.hpp"
#include "src/nn/onnx/wire.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/file_ops.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/onnx.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_set>

#include <unistd.h>

namespace tinytorch::onnx {

using tinytorch::detail::text;

namespace {

// While it lives, the model is in evaluation.
class Evaluation {
 public:
  explicit Evaluation(nn::Module& model) {
    for (nn::Module* below : model.modules()) modes_.emplace_back(below, below->is_training());
    model.eval();
  }
  ~Evaluation() {
    for (const auto& [module, training] : modes_) module->train(training);  // outer ones first
  }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  std::vector<std::pair<nn::Module*, bool>> modes_;
};

// One forward, as nodes.
struct Trace {
  std::vector<TracedNode> nodes;
  std::vector<NamedTensor> parameters, buffers;
  std::string result;
  Shape input, output;
  DType input_dtype = DType::float32, output_dtype = DType::float32;
};

Trace trace(nn::Module& model, const Tensor& x, const std::string& input_name) {
  Recorder recorder(model, x, input_name);
  Tensor y;
  {
    const TracerScope scope(recorder);
    y = model(x);
  }
  Trace done;
  done.result = recorder.finish(y);
  done.nodes = std::move(recorder.nodes);
  done.parameters = std::move(recorder.parameters);
  done.buffers = std::move(recorder.buffers);
  done.input = x.sizes();
  done.output = y.sizes();
  done.input_dtype = x.dtype();
  done.output_dtype = y.dtype();
  return done;
}

[[noreturn]] void fail_for_batch(const Trace& one, const std::string& what) {
  throw ValueError(
      text({"[save_onnx] ", what, " depends on the size of the batch: fixed_batch = true saves a model for ",
            one.input[0], one.input[0] == 1 ? " row" : " rows"}));
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.sizes() == b.sizes() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.numel() * item_size(a.dtype()))) == 0;
}

// Makes the list of sizes in `a` right for both batches: -1 for the size that reshape finds out, 1 where expand keeps
// the size that is there. Returns false where no list can be.
bool join_sizes(TracedNode& a, const TracedNode& b) {
  const Tensor &list = a.node.attributes[0].t, &other = b.node.attributes[0].t;
  if (list.dtype() != DType::int64 || list.sizes() != other.sizes() || a.sizes == TracedNode::Sizes::fixed)
    return false;
  auto *mine = list.data<std::int64_t>(), *theirs = other.data<std::int64_t>();
  int found = 0;
  for (std::int64_t i = 0; i < list.numel(); ++i) {
    if (mine[i] == theirs[i]) continue;
    const std::int64_t from = i - (list.numel() - a.from.size());
    if (a.sizes == TracedNode::Sizes::reshaped && ++found == 1)
      mine[i] = -1;
    else if (a.sizes == TracedNode::Sizes::expanded && from >= 0 && a.from[from] == mine[i] &&
             b.from[from] == theirs[i])
      mine[i] = 1;
    else
      return false;
  }
  return true;
}

bool same_attributes(const Node& a, const Node& b) {
  return std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                    [](const Attribute& one, const Attribute& other) {
                      return one.name == other.name && one.i == other.i && one.f == other.f && one.ints == other.ints;
                    });
}

// Makes the first trace fit both batches.
void join(Trace& one, const Trace& more) {
  const std::size_t count = std::min(one.nodes.size(), more.nodes.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Node &a = one.nodes[i].node, &b = more.nodes[i].node;
    if (a.op != b.op || a.inputs != b.inputs || a.outputs != b.outputs)
      fail_for_batch(one, text({"whether ", title(a), " is computed"}));
    const bool same = a.op == "Constant"
                          ? same_bytes(a.attributes[0].t, b.attributes[0].t) || join_sizes(one.nodes[i], more.nodes[i])
                          : same_attributes(a, b);
    if (!same)
      fail_for_batch(one, a.op == "Constant" ? text({"a tensor that forward makes (", title(a), ")"}) : title(a));
  }
  if (one.nodes.size() != more.nodes.size() || one.result != more.result)
    fail_for_batch(one, "the number of operations");
}

Value value_of(const std::string& name, DType dtype, const Shape& sizes, const Shape& more) {
  Value value;
  value.name = name;
  value.dtype = dtype;
  value.sizes.emplace();
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    const bool fixed = more.size() != sizes.size() || more[d] == sizes[d];
    value.sizes->push_back({fixed ? sizes[d] : -1, d == 0 ? "N" : ""});
  }
  return value;
}

// The nodes that compute the result. The last one gives it the name that the caller asked for.
std::vector<Node> needed_nodes(Trace& one, const std::string& output_name, std::unordered_set<std::string>& used) {
  const bool is_made = std::any_of(one.nodes.begin(), one.nodes.end(),
                                   [&](const TracedNode& traced) { return traced.node.outputs[0] == one.result; });
  if (!is_made) {  // the input itself
    one.nodes.push_back({{"Identity", "/Identity", {one.result}, {"/Identity"}, {}}});
    one.result = "/Identity";
  }
  used.insert(one.result);
  std::vector<Node> kept;
  for (auto traced = one.nodes.rbegin(); traced != one.nodes.rend(); ++traced) {
    if (used.count(traced->node.outputs[0]) == 0) continue;
    used.insert(traced->node.inputs.begin(), traced->node.inputs.end());
    kept.push_back(std::move(traced->node));
  }
  std::reverse(kept.begin(), kept.end());
  for (Node& node : kept)
    for (auto* names : {&node.inputs, &node.outputs})
      for (std::string& name : *names)
        if (name == one.result) name = output_name;
  return kept;
}

File file_of(Trace one, const Trace& more, const nn::OnnxOptions& options) {
  File file;
  file.producer = "tinytorch";
  file.graph.name = "model";
  std::unordered_set<std::string> used;
  file.graph.nodes = needed_nodes(one, options.output_name, used);
  std::string buffers;
  for (NamedTensor& named : one.parameters)
    if (used.count(named.name) != 0) file.graph.initializers.push_back(std::move(named));
  for (NamedTensor& named : one.buffers) {
    if (used.count(named.name) == 0) continue;
    buffers += (buffers.empty() ? "" : "\n") + named.name;
    file.graph.initializers.push_back(std::move(named));
  }
  for (const NamedTensor& named : file.graph.initializers)
    if (named.name == options.output_name)
      throw ValueError(text({"[save_onnx] '", named.name, "' is a parameter: give OnnxOptions another output_name"}));
  file.metadata.emplace_back(buffers_key, buffers);
  file.graph.inputs.push_back(value_of(options.input_name, one.input_dtype, one.input, more.input));
  file.graph.outputs.push_back(value_of(options.output_name, one.output_dtype, one.output, more.output));
  return file;
}

// The rows of x, and the first once more.
Tensor with_one_more(const Tensor& x) { return cat({x, slice(x, 0, 0, 1)}, 0); }

// A batch of a third size, so that a half of the rows is found out, too.
Tensor with_many_more(const Tensor& x) {
  const Tensor row = slice(x, 0, 0, 1);
  return cat({x, x, row, row, row}, 0);
}

// Other numbers that the model may get: the rows in another order, and floats nearer to 1/2.
Tensor other_numbers(const Tensor& x) {
  const Tensor turned = x.dim() > 0 ? flip(x, Shape{0}) : x;
  return is_floating(x.dtype()) ? turned * 0.75 + 0.125 : turned;
}

// Throws ValueError unless the graph computes what the model does.
void compare(nn::Module& model, nn::OnnxModel& graph, const Tensor& x) {
  const Tensor expected = model(x).to(DType::float64), got = graph(x).to(DType::float64);
  if (expected.sizes() != got.sizes())
    throw ValueError(
        text({"[save_onnx] for an input ", x.sizes(), " the model returns ", expected.sizes(), ", its graph ",
              got.sizes(), ": what depends on the size of the batch is saved with fixed_batch = true"}));
  const Tensor a = contiguous(expected), b = contiguous(got);
  double largest = 1.0, difference = 0.0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double p = a.data<double>()[i], q = b.data<double>()[i];
    if (p == q || (p != p && q != q)) continue;
    const double size = std::abs(p), distance = std::abs(p - q);
    if (std::isfinite(size)) largest = std::max(largest, size);
    difference = std::isfinite(distance) ? std::max(difference, distance) : std::numeric_limits<double>::infinity();
  }
  if (!(difference <= 1e-4 * largest))
    throw ValueError(text({"[save_onnx] for another input the graph's answer differs by ", difference,
                           ": forward computes with numbers that it takes out of tensors, which no graph can show"}));
}

}  // namespace

}  // namespace tinytorch::onnx

namespace tinytorch::nn {

using tinytorch::detail::text;

std::string serialize_onnx(Module& model, const Tensor& example, const OnnxOptions& options) {
  if (!example.defined() || example.numel() == 0)
    throw ValueError("[save_onnx] the example has no elements: forward is called with it");
  if (!options.fixed_batch && example.dim() == 0)
    throw ValueError("[save_onnx] an example without dimensions has no batch: fixed_batch = true");
  if (options.input_name.empty() || options.output_name.empty() || options.input_name == options.output_name)
    throw ValueError("[save_onnx] input_name and output_name are two names");
  const NoGrad no_grad;
  const onnx::Evaluation evaluation(model);
  const Tensor x = example.detach();
  const Tensor second = options.fixed_batch ? x : onnx::with_one_more(x);
  onnx::Trace one = onnx::trace(model, x, options.input_name);
  if (!options.fixed_batch) onnx::join(one, onnx::trace(model, second, options.input_name));
  onnx::Trace sizes;
  sizes.input = second.sizes();
  sizes.output = model(second).sizes();
  const std::string bytes = onnx::serialize(onnx::file_of(std::move(one), sizes, options));
  const std::shared_ptr<OnnxModel> graph = parse_onnx(bytes, "the new model");
  onnx::compare(model, *graph, x);
  onnx::compare(model, *graph, onnx::other_numbers(options.fixed_batch ? x : onnx::with_many_more(x)));
  return bytes;
}

void save_onnx(Module& model, const Tensor& example, const std::filesystem::path& file, const OnnxOptions& options) {
  const std::string bytes = serialize_onnx(model, example, options);
  std::filesystem::path beside = file;
  beside += text({".", ::getpid(), ".tmp"});
  FileOps& files = disk();
  const FileOps::Handle handle = files.create(beside);
  try {
    try {
      files.write(handle, {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
      files.flush(handle);
    } catch (...) {
      files.close(handle);
      throw;
    }
    files.close(handle);
    files.rename(beside, file);
    files.flush_folder(file.parent_path());
  } catch (...) {
    files.remove(beside);
    throw;
  }
}

}  // namespace tinytorch::nn

namespace tinytorch::onnx {

std::string saved_table() {
  std::string table = "| operation | operators |\n| --- | --- |\n";
  for (const Conversion* one : all_conversions()) table += text({"| ", one->op, " | ", one->written, " |\n"});
  return table;
}

}  // namespace tinytorch::onnx
