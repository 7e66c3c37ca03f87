#include "tests/library/ops/op.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"

#include <algorithm>
#include <ostream>

namespace tinytorch::ops {

namespace {

// Hashes a name (FNV-1a). The result is the same on all machines, so golden files stay valid.
std::uint64_t name_seed(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

bool Op::is_constant(std::size_t input) const {
  return std::find(constants.begin(), constants.end(), input) != constants.end();
}

void PrintTo(const Op& op, std::ostream* out) { *out << op.name; }

std::vector<Op> all_ops() {
  std::vector<Op> all;
  for (const auto& list : {pointwise_ops, reduction_ops, view_ops, indexing_ops, linalg_ops, function_ops,
                           decompose_ops, layer_ops, module_ops, network_ops, loss_ops, optimizer_ops}) {
    const std::vector<Op> some = list();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

Arguments case_arguments(const Op& op, int k, std::uint64_t round) {
  return case_arguments(op, k, round, op.dtypes[static_cast<std::size_t>(k) % op.dtypes.size()]);
}

Arguments case_arguments(const Op& op, int k, std::uint64_t round, DType dtype) {
  Draw draw(mix_seed(name_seed(op.name), mix_seed(round, static_cast<std::uint64_t>(k))), k, dtype);
  return op.arguments(draw);
}

Tensor upstream_of(const Tensor& output, std::size_t i) {
  Generator generator(mix_seed(4711, i));
  return randn(output.sizes(), generator, output.dtype());
}

Outcome outcome_of(const Op& op, const Arguments& arguments) {
  Arguments leaves = arguments;
  Outcome outcome;
  outcome.gradients.resize(arguments.tensors.size());
  if (!op.no_gradient.empty()) {
    outcome.outputs = op.run(arguments);
    return outcome;
  }
  for (std::size_t i = 0; i < leaves.tensors.size(); ++i) {
    Tensor& x = leaves.tensors[i];
    if (x.defined() && is_floating(x.dtype()) && !op.is_constant(i)) x = x.detach().set_requires_grad();
  }
  outcome.outputs = op.run(leaves);
  for (std::size_t i = 0; i < outcome.outputs.size(); ++i)
    if (outcome.outputs[i].requires_grad()) outcome.outputs[i].backward(upstream_of(outcome.outputs[i], i), true);
  for (std::size_t i = 0; i < leaves.tensors.size(); ++i)
    if (leaves.tensors[i].defined() && leaves.tensors[i].requires_grad()) {
      const Tensor gradient = leaves.tensors[i].grad();
      outcome.gradients[i] =
          gradient.defined() ? gradient : zeros(leaves.tensors[i].sizes(), leaves.tensors[i].dtype());
    }
  for (Tensor& output : outcome.outputs) output = output.detach();
  return outcome;
}

}  // namespace tinytorch::ops
