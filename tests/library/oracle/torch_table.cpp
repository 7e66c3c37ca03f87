#include "tests/library/oracle/torch_table.hpp"

namespace tinytorch::oracle {

ops::Outcome torch_outcome(const ops::Op& op, const TorchFunction& function, const ops::Arguments& arguments) {
  TorchArguments inputs;
  inputs.ints = arguments.ints;
  for (std::size_t i = 0; i < arguments.tensors.size(); ++i) {
    torch::Tensor x = to_torch(arguments.tensors[i]);
    if (op.no_gradient.empty() && x.defined() && x.is_floating_point() && !op.is_constant(i)) x.requires_grad_();
    inputs.tensors.push_back(x);
  }
  const TorchOutputs outputs = function(inputs);
  ops::Outcome outcome;
  outcome.gradients.resize(arguments.tensors.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outcome.outputs.push_back(from_torch(outputs[i]));
    if (op.no_gradient.empty() && outputs[i].requires_grad())
      outputs[i].backward(to_torch(ops::upstream_of(outcome.outputs[i], i)), /*retain_graph=*/true);
  }
  for (std::size_t i = 0; i < inputs.tensors.size(); ++i) {
    const torch::Tensor& x = inputs.tensors[i];
    if (x.defined() && x.requires_grad())
      outcome.gradients[i] = from_torch(x.grad().defined() ? x.grad() : torch::zeros_like(x));
  }
  return outcome;
}

TorchTable torch_table() {
  TorchTable table;
  for (const auto add : {add_pointwise, add_reductions, add_views, add_indexing, add_linalg, add_functions_and_factors,
                         add_layers, add_modules, add_networks, add_losses, add_optimizers})
    add(table);
  return table;
}

}  // namespace tinytorch::oracle
