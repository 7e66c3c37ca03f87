#include "src/nn/onnx/recorder.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"

#include <algorithm>

namespace tinytorch::onnx {

using tinytorch::detail::text;

Attribute attribute(std::string_view name, std::int64_t value) {
  Attribute made;
  made.name = name;
  made.type = Attribute::whole;
  made.i = value;
  return made;
}

Attribute attribute(std::string_view name, Dims values) {
  Attribute made;
  made.name = name;
  made.type = Attribute::wholes;
  made.ints.assign(values.begin(), values.end());
  return made;
}

Attribute real_attribute(std::string_view name, double value) {
  Attribute made;
  made.name = name;
  made.type = Attribute::real;
  made.f = static_cast<float>(value);
  return made;
}

const Shape& TracedCall::list(std::string_view setting) const {
  return std::find_if(lists.begin(), lists.end(), [&](const auto& one) { return one.first == setting; })->second;
}

std::optional<double> TracedCall::find_real(std::string_view setting) const {
  for (const auto& one : reals)
    if (one.first == setting) return one.second;
  return std::nullopt;
}

double TracedCall::real(std::string_view setting) const { return *find_real(setting); }

namespace {

// A dimension of one element has no stride that matters.
bool same_window(const Shape& sizes, const Shape& a, const Shape& b) {
  for (std::int64_t d = 0; d < sizes.size(); ++d)
    if (sizes[d] > 1 && a[d] != b[d]) return false;
  return true;
}

}  // namespace

Recorder::Recorder(nn::Module& model, const Tensor& x, const std::string& input_name) {
  for (const nn::NamedModule& named : model.named_modules()) part_names_.emplace(named.module, named.name);
  parameters = model.named_parameters();
  buffers = model.named_buffers();
  names_.insert(input_name);
  for (const auto* group : {&parameters, &buffers})
    for (const NamedTensor& named : *group) {
      if (!names_.insert(named.name).second)
        throw ValueError(text({"[save_onnx] two values have the name '", named.name,
                               "': give OnnxOptions another input_name or output_name"}));
      define(named.value, named.name, false, false);
    }
  define(x, input_name, true, false);
}

Recorder::Origin* Recorder::find(const Tensor& x) {
  const auto found = origins_.find(x.impl()->storage);
  if (found == origins_.end()) return nullptr;
  for (Origin& origin : found->second)
    if (origin.offset == x.storage_offset() && origin.dtype == x.dtype() && origin.sizes == x.sizes() &&
        same_window(x.sizes(), origin.strides, x.strides()))
      return &origin;
  return nullptr;
}

void Recorder::define(const Tensor& x, const std::string& name, bool from_input, bool constant) {
  alive_.push_back(x.detach());
  if (Origin* const known = find(x); known != nullptr) {
    known->name = name;
    known->from_input = from_input;
    known->constant = constant;
    known->trouble.clear();
    return;
  }
  origins_[x.impl()->storage].push_back(
      {x.sizes(), x.strides(), x.storage_offset(), x.dtype(), name, from_input, constant});
}

std::string Recorder::place() const {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    const auto part = part_names_.find(frame->call.part);
    if (frame->call.part != nullptr && part != part_names_.end() && !part->second.empty()) return part->second;
  }
  return {};
}

std::string Recorder::unique(std::string name) {
  if (names_.insert(name).second) return name;
  int& number = next_number_[name];
  std::string numbered;
  do numbered = name + "_" + std::to_string(++number);
  while (!names_.insert(numbered).second);
  return numbered;
}

std::string Recorder::add(std::string_view op, std::vector<std::string> inputs, std::vector<Attribute> attributes) {
  const std::string where = place();
  std::string name = unique(where + "/" + std::string(op));
  while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
  nodes.push_back({{std::string(op), name, std::move(inputs), {name}, std::move(attributes)}});
  return name;
}

std::string Recorder::name_of(const Tensor& x) {
  if (const Origin* const known = find(x); known != nullptr && known->trouble.empty()) return known->name;
  Attribute value;
  value.name = "value";
  value.type = Attribute::tensor;
  value.t = contiguous(x.detach()).clone();
  const std::string name = add("Constant", {}, {value});
  define(x, name, false, true);
  return name;
}

std::string Recorder::name_as(const Tensor& x, DType dtype) {
  const std::string name = name_of(x);
  return x.dtype() == dtype ? name : add("Cast", {name}, {attribute("to", type_number(dtype))});
}

std::string Recorder::number(double value, DType dtype) { return name_of(full({}, value, dtype)); }

std::string Recorder::wholes(Dims numbers, TracedNode::Sizes sizes, const Shape& from) {
  const Tensor list = empty({static_cast<std::int64_t>(numbers.size())}, DType::int64);
  std::copy(numbers.begin(), numbers.end(), list.data<std::int64_t>());
  const std::string name = name_of(list);
  nodes.back().sizes = sizes;
  nodes.back().from = from;
  return name;
}

void Recorder::bind(const Tensor& y, const std::string& name) { define(y, name, result_from_input_, false); }

void Recorder::begins(const char* name, std::span<const Tensor* const> inputs) {
  if (converting_) return;
  Frame frame;
  frame.call.name = name;
  frame.call.part = std::exchange(next_part_, nullptr);
  if (!frames_.empty()) {
    decide(frames_.back());
    frame.inside = frames_.back().inside || frames_.back().conversion != nullptr;
  }
  if (!frame.inside)
    for (const Tensor* one : inputs) frame.call.inputs.push_back(one != nullptr ? *one : Tensor());
  frames_.push_back(std::move(frame));
}

void Recorder::input(const Tensor& x) {
  if (!converting_ && !frames_.back().inside) frames_.back().call.inputs.push_back(x);
}

void Recorder::setting(const char* name, const Shape& numbers) {
  if (!converting_ && !frames_.back().inside) frames_.back().call.lists.emplace_back(name, numbers);
}

void Recorder::setting(const char* name, double number) {
  if (!converting_ && !frames_.back().inside) frames_.back().call.reals.emplace_back(name, number);
}

void Recorder::result(const Tensor& y) {
  if (converting_) return;
  Frame& frame = frames_.back();
  if (frame.inside) return;
  if (frame.call.name.back() == '_')
    check_change(frame, y);
  else
    frame.call.results.push_back(y);
}

void Recorder::ends() noexcept {
  if (converting_) return;
  const bool inside = frames_.back().inside;
  if (!inside && !frames_.back().call.results.empty()) {
    decide(frames_.back());
    finish_call(frames_.back());
  }
  frames_.pop_back();
}

// The settings of an operation are known when the first operation in it begins.
void Recorder::decide(Frame& frame) {
  if (frame.decided || frame.inside) return;
  frame.decided = true;
  if (frame.call.part != nullptr) return;
  const Conversion* const found = find_conversion(frame.call.name);
  if (found == nullptr) return;
  if (found->refuses != nullptr) frame.reason = found->refuses(frame.call);
  if (frame.reason.empty()) frame.conversion = found;
}

void Recorder::finish_call(Frame& frame) {
  bool from_input = false, from_graph = false;
  std::string trouble;
  for (const Tensor& x : frame.call.inputs) {
    if (!x.defined()) continue;
    if (const Origin* const known = find(x); known != nullptr) {
      from_input = from_input || known->from_input;
      from_graph = from_graph || !known->constant;
      if (trouble.empty() && known->from_input) trouble = known->trouble;
    }
  }
  if (frame.conversion != nullptr) {
    if (!trouble.empty()) return spoil(frame, trouble, true);
    if (!from_graph) return;
    result_from_input_ = from_input;
    convert(frame);
    return;
  }
  if (!from_input) return;
  if (frame.call.part != nullptr)
    spoil(frame, text({"what ", frame.call.name, " computes without operations"}), false);
  else
    spoil(frame, text({"'", frame.call.name, "'", frame.reason.empty() ? "" : ": ", frame.reason}), true);
}

// Gives those results a trouble that are no values of the graph. `rename` gives it also to those that have another one:
// the outer operation is the one that the user called.
void Recorder::spoil(const Frame& frame, const std::string& trouble, bool rename) {
  const std::string where = place();
  for (const Tensor& y : frame.call.results) {
    const Origin* const known = find(y);
    if (known != nullptr && (known->trouble.empty() || !rename)) continue;
    define(y, "", true, false);
    find(y)->trouble = where.empty() || trouble.find(" in layer ") != std::string::npos
                           ? trouble
                           : text({trouble, " in layer '", where, "'"});
  }
}

void Recorder::convert(const Frame& frame) {
  converting_ = true;  // its own operations on constants are no part of the model
  try {
    frame.conversion->convert(*this, frame.call);
  } catch (const Error& error) {
    if (trouble_.empty()) trouble_ = error.what();
  }
  converting_ = false;
}

// A change in place of a value of the graph, or by one, would need the history of each element.
void Recorder::check_change(const Frame& frame, const Tensor& y) {
  for (std::size_t i = 0; i + 1 < frames_.size(); ++i)
    if (frames_[i].call.part == nullptr && !frames_[i].call.inputs.empty()) return;  // its result is what counts
  bool from_input = false;
  for (const Tensor& x : frame.call.inputs)
    if (x.defined())
      if (const Origin* const known = find(x); known != nullptr) from_input = from_input || known->from_input;
  const auto found = origins_.find(y.impl()->storage);
  if (found != origins_.end()) {
    for (const Origin& origin : found->second) from_input = from_input || origin.from_input || !origin.constant;
    // Constants of the graph keep the old numbers; the tensor is another constant from now on.
    if (!from_input) origins_.erase(found);
  }
  if (!from_input || !trouble_.empty()) return;
  const std::string where = place();
  trouble_ =
      text({"[save_onnx] '", frame.call.name, "'", where.empty() ? "" : " in layer '", where, where.empty() ? "" : "'",
            " changes a tensor in place: the operation without '_' at its end returns a new one"});
}

std::string Recorder::finish(const Tensor& y) {
  if (!trouble_.empty()) throw ValueError(trouble_);
  const Origin* const known = find(y);
  if (known != nullptr && !known->trouble.empty())
    throw ValueError(text({"[save_onnx] there is no operator for ", known->trouble,
                           "; docs/onnx.md lists the operations that are saved"}));
  if (known == nullptr || !known->from_input)
    throw ValueError("[save_onnx] the result of forward does not depend on its input");
  return known->name;
}

}  // namespace tinytorch::onnx
