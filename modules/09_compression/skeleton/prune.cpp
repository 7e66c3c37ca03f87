// Lab 09, part C: weights that become 0, and outputs that are removed.

#include "tinytorch/nn/prune.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/indexing.hpp"
#include "tinytorch/core/strides.hpp"
#include "tinytorch/nn/norm.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
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
  // BEGIN 9.9: part c has the places c run to c run + run - 1
  TINYTORCH_TODO("9.9");
  // END 9.9
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
  // BEGIN 9.8: the places of all weights in the order of their magnitudes; the first of them get 0
  TINYTORCH_TODO("9.8");
  // END 9.8
}

// Removes outputs of a layer, and all that belongs to them.
//   Linear 4 -> 3, BatchNorm1d, ReLU, Linear 3 -> 2; keep (0 2) -> 4 -> 2, two channels, 2 -> 2
void remove_outputs(Sequential& net, std::int64_t layer, std::span<const std::int64_t> keep) {
  const std::int64_t next = detail::check_removal(net, layer, keep);
  Tensor &weight = *detail::weight_of(net[layer]), &inputs = *detail::weight_of(net[next]);
  const std::int64_t outputs = weight.size(0);
  // BEGIN 9.9: rows here, elements of the norms between, inputs there
  TINYTORCH_TODO("9.9");
  // END 9.9
}

}  // namespace tinytorch::nn
