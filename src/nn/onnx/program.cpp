// Checks a graph and numbers its values.

#include "src/nn/onnx/program.hpp"

#include "src/nn/onnx/wire.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace tinytorch::onnx {

using tinytorch::detail::text;

namespace {

class Compiler {
 public:
  Compiler(File file, std::string_view name) : name_(name) {
    program_->file = std::move(file);
    sort_initializers();
    number_inputs();
    for (const Node& node : program_->file.graph.nodes) add_step(node);
    for (const Value& output : program_->file.graph.outputs)
      program_->outputs.push_back(place_of(output.name, "the graph's output"));
    if (program_->outputs.empty()) fail("the graph has no output");
    program_->places = places_.size();
    note_last_uses();
  }

  std::shared_ptr<const Program> finished() { return program_; }

 private:
  [[noreturn]] void fail(std::string_view what) const { throw FormatError(text({"[onnx] ", name_, ": ", what})); }
  [[noreturn]] static void refuse(const Node& node, std::string_view what) {
    throw ValueError(text({"[onnx] ", title(node), ": ", what}));
  }

  // The names of the running statistics of batch normalisation.
  std::unordered_set<std::string> statistics() const {
    std::unordered_set<std::string> names;
    for (const Node& node : program_->file.graph.nodes)
      if (node.op == "BatchNormalization")
        for (std::size_t i = 3; i < node.inputs.size(); ++i) names.insert(node.inputs[i]);
    return names;
  }

  void sort_initializers() {
    std::unordered_set<std::string> buffers = statistics();
    bool is_ours = false;
    for (const auto& [key, value] : program_->file.metadata) {
      if (key != buffers_key) continue;
      is_ours = true;
      for (std::size_t at = 0; at < value.size();) {
        const std::size_t end = std::min(value.find('\n', at), value.size());
        buffers.insert(value.substr(at, end - at));
        at = end + 1;
      }
    }
    for (NamedTensor& named : program_->file.graph.initializers) {
      const bool trained = is_floating(named.value.dtype()) && (is_ours || named.value.dim() > 0);
      auto& group = buffers.count(named.name) != 0 ? program_->buffers
                    : trained                      ? program_->parameters
                                                   : program_->constants;
      group.push_back(std::move(named));
    }
    program_->file.graph.initializers.clear();
    for (const auto* group : {&program_->parameters, &program_->buffers, &program_->constants})
      for (const NamedTensor& named : *group) define(named.name, "an initializer");
  }

  void number_inputs() {
    for (Value& input : program_->file.graph.inputs) {
      if (places_.count(input.name) != 0) continue;  // an initializer that is listed as an input, too
      define(input.name, "an input");
      if (!input.dtype) fail(text({"input '", shown(input.name), "' has a type without a dtype here"}));
      program_->inputs.push_back(std::move(input));
    }
    program_->file.graph.inputs.clear();
  }

  std::int64_t define(const std::string& name, std::string_view what) {
    const auto place = static_cast<std::int64_t>(places_.size());
    if (name.empty()) fail(text({what, " has no name"}));
    if (!places_.try_emplace(name, place).second) fail(text({what, " takes the name '", shown(name), "' again"}));
    return place;
  }

  std::int64_t place_of(const std::string& name, std::string_view who) const {
    const auto found = places_.find(name);
    if (found == places_.end()) fail(text({who, " reads '", shown(name), "', which nothing before it makes"}));
    return found->second;
  }

  void add_step(const Node& node) {
    Program::Step step;
    step.op = find_operator(node.op);
    if (step.op == nullptr) refuse(node, "the operator is not computed here; docs/onnx.md lists those that are");
    check_inputs(node, *step.op);
    for (const Attribute& attribute : node.attributes) check_attribute(node, *step.op, attribute);
    for (const std::string& input : node.inputs)
      step.inputs.push_back(input.empty() ? -1 : place_of(input, title(node)));
    const std::size_t most = node.op == "Split" ? node.outputs.size() : 1;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (i < most || node.outputs[i].empty()) continue;
      refuse(node, "only the first output is computed");
    }
    if (node.outputs.empty() || node.outputs[0].empty()) refuse(node, "the first output has no name");
    for (std::size_t i = 0; i < std::min(most, node.outputs.size()); ++i)
      step.outputs.push_back(define(node.outputs[i], title(node)));
    program_->steps.push_back(std::move(step));
  }

  static void check_inputs(const Node& node, const Operator& op) {
    const std::size_t count = node.inputs.size();
    if (count < op.least || count > op.most)
      refuse(node, text({count, " inputs, not ", op.least, op.most > op.least ? " or more" : ""}));
    for (std::size_t i = 0; i < op.least; ++i)
      if (node.inputs[i].empty()) refuse(node, text({"input ", i, " is left out"}));
  }

  static void check_attribute(const Node& node, const Operator& op, const Attribute& attribute) {
    constexpr std::string_view letters = " fist";  // by Attribute::Type: real, whole, text, tensor
    const bool single = attribute.type >= Attribute::real && attribute.type <= Attribute::tensor;
    const char letter = single                                ? "?fist"[attribute.type]
                        : attribute.type == Attribute::reals  ? 'F'
                        : attribute.type == Attribute::wholes ? 'I'
                                                              : '?';
    static_assert(letters.size() == 5);
    if (op.attributes.find(text({" ", attribute.name, ":", letter, " "})) == std::string_view::npos)
      refuse(node,
             text({"attribute '", shown(attribute.name), "' is not read, or has another type; those that are read:",
                   op.attributes.empty() ? " none" : op.attributes}));
  }

  void note_last_uses() {
    std::vector<bool> is_used(places_.size(), false);
    const std::size_t kept = program_->parameters.size() + program_->buffers.size() + program_->constants.size();
    for (const std::int64_t place : program_->outputs) is_used[static_cast<std::size_t>(place)] = true;
    for (auto step = program_->steps.rbegin(); step != program_->steps.rend(); ++step)
      for (const auto* list : {&step->inputs, &step->outputs})
        for (const std::int64_t place : *list) {
          if (place < static_cast<std::int64_t>(kept) || is_used[static_cast<std::size_t>(place)]) continue;
          is_used[static_cast<std::size_t>(place)] = true;
          step->last_uses.push_back(place);
        }
  }

  std::string name_;
  std::shared_ptr<Program> program_ = std::make_shared<Program>();
  std::unordered_map<std::string, std::int64_t> places_;
};

}  // namespace

std::shared_ptr<const Program> compile(File file, std::string_view name) {
  return Compiler(std::move(file), name).finished();
}

std::string describe(const Value& value) {
  std::string text = shown(value.name) + ": " + (value.dtype ? to_string(*value.dtype) : "?");
  if (!value.sizes) return text;
  text += " (";
  for (std::size_t d = 0; d < value.sizes->size(); ++d) {
    const Dimension& dimension = (*value.sizes)[d];
    if (d > 0) text += ", ";
    text += dimension.size >= 0        ? std::to_string(dimension.size)
            : dimension.symbol.empty() ? "?"
                                       : shown(dimension.symbol);
  }
  return text + (value.sizes->size() == 1 ? ",)" : ")");
}

std::string loaded_table() {
  std::string table = "| operator | settings | limits |\n| --- | --- | --- |\n";
  for (const Operator* one : all_operators()) {
    std::string settings;
    for (std::size_t at = 1; at < one->attributes.size();) {
      const std::size_t end = one->attributes.find(' ', at);
      settings += (settings.empty() ? "" : ", ") + std::string(one->attributes.substr(at, end - at - 2));
      at = end + 1;
    }
    table += text({"| ", one->name, " | ", settings, " | ", one->limits, " |\n"});
  }
  return table;
}

}  // namespace tinytorch::onnx
