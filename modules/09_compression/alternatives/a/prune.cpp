// Another right definition of lab 09, part C.

#include "tinytorch/nn/prune.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/strides.hpp"
#include "tinytorch/nn/norm.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
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
  const Tensor flat = raw::contiguous(x);
  std::int64_t inner = run;  // elements of a part, in each of the blocks before dim
  for (std::int64_t d = dim + 1; d < x.dim(); ++d) inner *= x.size(d);
  const std::int64_t parts = x.size(dim) / run, blocks = inner == 0 ? 0 : x.numel() / (parts * inner);
  Shape sizes = x.sizes();
  sizes[dim] = static_cast<std::int64_t>(keep.size()) * run;
  Tensor y = empty(sizes);
  float* to = y.data<float>();
  for (std::int64_t block = 0; block < blocks; ++block) {
    for (const std::int64_t part : keep)
      to = std::copy_n(flat.data<float>() + (block * parts + part) * inner, inner, to);
  }
  return y;
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
  // The largest magnitude that is removed, and how many of those that are equal to it.
  std::vector<float> sizes;
  for (const float number : numbers) sizes.push_back(std::abs(number));
  const auto zeros = static_cast<std::ptrdiff_t>(std::nearbyint(sparsity * static_cast<double>(sizes.size())));
  float threshold = -1.0F;
  std::ptrdiff_t equal = 0;
  if (zeros > 0) {
    std::vector<float> sorted = sizes;
    std::nth_element(sorted.begin(), sorted.begin() + (zeros - 1), sorted.end());
    threshold = sorted[static_cast<std::size_t>(zeros - 1)];
    equal = zeros - std::count_if(sizes.begin(), sizes.end(), [&](float size) { return size < threshold; });
  }
  std::vector<Tensor> masks;
  std::size_t at = 0;
  for (const Tensor& w : weights) {
    Tensor mask = ones(w.sizes());
    for (std::int64_t i = 0; i < w.numel(); ++i, ++at) {
      const bool removed = sizes[at] < threshold || (sizes[at] == threshold && equal-- > 0);
      if (removed) mask.data<float>()[i] = 0.0F;
    }
    masks.push_back(mask);
  }
  return masks;
}

// Removes outputs of a layer, and all that belongs to them.
//   Linear 4 -> 3, BatchNorm1d, ReLU, Linear 3 -> 2; keep (0 2) -> 4 -> 2, two channels, 2 -> 2
void remove_outputs(Sequential& net, std::int64_t layer, std::span<const std::int64_t> keep) {
  const std::int64_t next = detail::check_removal(net, layer, keep);
  Tensor &weight = *detail::weight_of(net[layer]), &inputs = *detail::weight_of(net[next]);
  const std::int64_t outputs = weight.size(0);
  keep_parts(inputs, 1, keep, inputs.size(1) / outputs);
  for (std::int64_t i = next - 1; i > layer; --i) {
    if (auto* const norm = net[i].as<BatchNorm>()) {
      const Tensor& any = norm->weight.defined() ? norm->weight : norm->running_mean;
      const std::int64_t run = any.defined() ? any.numel() / outputs : 1;
      keep_parts(norm->weight, 0, keep, run);
      keep_parts(norm->bias, 0, keep, run);
      keep_parts(norm->running_mean, 0, keep, run);
      keep_parts(norm->running_var, 0, keep, run);
    }
  }
  keep_parts(detail::bias_of(net[layer]), 0, keep, 1);
  keep_parts(weight, 0, keep, 1);
}

}  // namespace tinytorch::nn
