#include "tests/oracle/torch_table.hpp"

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <cstring>
#include <stdexcept>

namespace tinytorch::oracle {

namespace {

torch::Dtype dtype_for(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return torch::kFloat32;
    case DType::float64:
      return torch::kFloat64;
    case DType::int64:
      return torch::kInt64;
    case DType::int32:
      return torch::kInt32;
    case DType::uint8:
      return torch::kUInt8;
    case DType::int8:
      return torch::kInt8;
    case DType::boolean:
      return torch::kBool;
    case DType::traced:
      break;
  }
  throw std::invalid_argument("libtorch has no such dtype");
}

DType dtype_from(torch::Dtype dtype) {
  for (const DType ours :
       {DType::float32, DType::float64, DType::int64, DType::int32, DType::uint8, DType::int8, DType::boolean})
    if (dtype_for(ours) == dtype) return ours;
  throw std::invalid_argument("TinyTorch has no such dtype");
}

}  // namespace

torch::Tensor to_torch(const Tensor& x) {
  if (!x.defined()) return {};
  const Tensor values = raw::contiguous(x.detach());
  const std::vector<std::int64_t> sizes(x.sizes().begin(), x.sizes().end());
  torch::Tensor result = torch::empty(sizes, dtype_for(x.dtype()));
  if (x.numel() > 0)
    std::memcpy(result.data_ptr(), values.data(), static_cast<std::size_t>(x.numel() * item_size(x.dtype())));
  return result;
}

Tensor from_torch(const torch::Tensor& x) {
  if (!x.defined()) return {};
  const torch::Tensor values = x.detach().contiguous();
  Shape sizes;
  for (const std::int64_t size : values.sizes()) sizes.push_back(size);
  Tensor result = empty(sizes, dtype_from(values.scalar_type()));
  if (result.numel() > 0)
    std::memcpy(result.data(), values.data_ptr(), static_cast<std::size_t>(result.numel() * item_size(result.dtype())));
  return result;
}

ops::Outcome torch_outcome(const ops::Op& op, const TorchFunction& function, const ops::Arguments& arguments) {
  TorchArguments inputs;
  inputs.ints = arguments.ints;
  inputs.reals = arguments.reals;
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
  for (const auto add :
       {add_pointwise, add_reductions, add_views, add_indexing, add_linalg, add_layers, add_losses, add_optimizers})
    add(table);
  return table;
}

}  // namespace tinytorch::oracle
