#include "src/nn/onnx/operators.hpp"

#include "src/nn/onnx/wire.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"

#include <charconv>
#include <iterator>

namespace tinytorch::onnx {

using tinytorch::detail::text;

std::string title(const Node& node) {
  if (!node.name.empty()) return text({"node '", shown(node.name), "' (", shown(node.op), ")"});
  const std::string output = node.outputs.empty() ? std::string() : node.outputs.front();
  return text({"node ", shown(node.op), " -> '", shown(output), "'"});
}

void Call::fail(std::string_view what) const {
  throw ValueError(tinytorch::detail::text({"[onnx] ", title(node), ": ", what}));
}

const Attribute* Call::attribute(std::string_view name) const {
  for (const Attribute& one : node.attributes)
    if (one.name == name) return &one;
  return nullptr;
}

std::int64_t Call::whole(std::string_view name, std::int64_t otherwise) const {
  const Attribute* const found = attribute(name);
  return found != nullptr ? found->i : otherwise;
}

// The shortest decimal of the float: files hold 1e-5 as the float nearest to it, and 1e-5 is meant.
double Call::real(std::string_view name, double otherwise) const {
  const Attribute* const found = attribute(name);
  if (found == nullptr) return otherwise;
  char digits[32];
  const auto written = std::to_chars(std::begin(digits), std::end(digits), found->f);
  double value = static_cast<double>(found->f);
  std::from_chars(std::begin(digits), written.ptr, value);
  return value;
}

std::string Call::text(std::string_view name, std::string_view otherwise) const {
  const Attribute* const found = attribute(name);
  return found != nullptr ? found->s : std::string(otherwise);
}

std::vector<std::int64_t> Call::wholes(std::string_view name) const {
  const Attribute* const found = attribute(name);
  return found != nullptr ? found->ints : std::vector<std::int64_t>();
}

std::vector<std::int64_t> Call::wholes(std::size_t i, std::string_view name) const {
  if (!has(i)) return wholes(name);
  if (is_floating(in[i].dtype()) || in[i].dim() > 1) fail("an input that lists whole numbers holds something else");
  const Tensor numbers = contiguous(to(in[i].detach(), DType::int64));
  const auto* const first = numbers.data<std::int64_t>();
  return {first, first + numbers.numel()};
}

std::vector<const Operator*> all_operators() {
  std::vector<const Operator*> all;
  for (const auto family : {layer_operators(), element_operators(), shape_operators()})
    for (const Operator& one : family) all.push_back(&one);
  return all;
}

const Operator* find_operator(std::string_view name) {
  for (const auto family : {layer_operators(), element_operators(), shape_operators()})
    for (const Operator& one : family)
      if (one.name == name) return &one;
  return nullptr;
}

}  // namespace tinytorch::onnx
