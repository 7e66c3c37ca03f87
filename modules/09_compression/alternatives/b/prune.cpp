// Another right definition of lab 09, part C.

#include "tinytorch/nn/prune.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/strides.hpp"
#include "tinytorch/nn/norm.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::nn {

namespace {

// All weights, tensor by tensor, row-major.
std::vector<float> numbers_of(std::span<const Tensor> weights) {
  std::vector<float> numbers;
  for (const Tensor& w : weights) {
    if (w.dtype() != DType::float32)
      throw DTypeError(detail::text({"[magnitude_masks] takes float32, not ", w.dtype()}));
    const Tensor flat = raw::contiguous(w);
    numbers.insert(numbers.end(), flat.data<float>(), flat.data<float>() + flat.numel());
  }
  if (std::any_of(numbers.begin(), numbers.end(), [](float number) { return std::isnan(number); }))
    throw ValueError("[magnitude_masks] a weight is NaN");
  return numbers;
}

// The parts `keep` of x along dim, where a part is `run` neighbours; outside the graph.
//   x (1 2 3 4 5 6), dim 0, keep (0 2), run 2 -> (1 2 5 6)
Tensor parts_of(const Tensor& x, std::int64_t dim, std::span<const std::int64_t> keep, std::int64_t run) {
  const NoGrad no_grad;
  std::vector<Tensor> parts;
  for (const std::int64_t part : keep) parts.push_back(x.slice(dim, part * run, (part + 1) * run));
  return cat(parts, dim);
}

// Replaces a member of a layer by its parts. A parameter stays a parameter.
void keep_parts(Tensor& member, std::int64_t dim, std::span<const std::int64_t> keep, std::int64_t run) {
  if (!member.defined()) return;
  const bool trained = member.requires_grad();
  member = parts_of(member, dim, keep, run);
  if (trained) member.requires_grad_();
}

}  // namespace

// Masks of 0 and 1 for all tensors together.
//   (1 -4) and (3 -2), sparsity 0.5 -> (0 1) and (1 0)
std::vector<Tensor> magnitude_masks(std::span<const Tensor> weights, double sparsity) {
  if (!(sparsity >= 0.0 && sparsity <= 1.0))
    throw ValueError("[magnitude_masks] the sparsity is from 0 to 1, not " + std::to_string(sparsity));
  const std::vector<float> numbers = numbers_of(weights);
  // Pairs are ordered by magnitude, then by place.
  std::vector<std::pair<float, std::size_t>> all;
  for (std::size_t i = 0; i < numbers.size(); ++i) all.emplace_back(std::fabs(numbers[i]), i);
  std::sort(all.begin(), all.end());
  all.resize(static_cast<std::size_t>(std::nearbyint(static_cast<double>(all.size()) * sparsity)));
  std::vector<Tensor> masks;
  for (const Tensor& w : weights) masks.push_back(ones(w.sizes()));
  for (const auto& [magnitude, place] : all) {
    std::size_t tensor = 0;
    auto rest = static_cast<std::int64_t>(place);
    while (rest >= masks[tensor].numel()) rest -= masks[tensor++].numel();
    masks[tensor].data<float>()[rest] = 0.0F;
  }
  return masks;
}

// Removes outputs of a layer, and all that belongs to them.
//   Linear 4 -> 3, BatchNorm1d, ReLU, Linear 3 -> 2; keep (0 2) -> 4 -> 2, two channels, 2 -> 2
void remove_outputs(Sequential& net, std::int64_t layer, std::span<const std::int64_t> keep) {
  const std::int64_t next = detail::check_removal(net, layer, keep);
  Tensor &weight = *detail::weight_of(net[layer]), &inputs = *detail::weight_of(net[next]);
  const std::int64_t outputs = weight.size(0);
  const auto keep_all = [&](Tensor& x, std::int64_t dim) {
    if (x.defined()) keep_parts(x, dim, keep, x.size(dim) / outputs);
  };
  for (std::int64_t i = layer + 1; i < next; ++i) {
    auto* const norm = dynamic_cast<BatchNorm*>(&net[i]);
    if (norm == nullptr) continue;
    keep_all(norm->running_mean, 0);
    keep_all(norm->running_var, 0);
    keep_all(norm->weight, 0);
    keep_all(norm->bias, 0);
  }
  keep_all(inputs, 1);
  keep_all(detail::bias_of(net[layer]), 0);
  keep_all(weight, 0);
}

}  // namespace tinytorch::nn
