#pragma once

// First, because libtorch's headers define macros with common names.
#include "tests/library/oracle/torch_convert.hpp"
#include "tinytorch/tinytorch.hpp"

#include <functional>
#include <string>
#include <vector>

#include <torch/torch.h>

/// The rows of the comparison with libtorch: the same work on the same numbers in both libraries.
namespace tinytorch::versus {

struct Row {
  std::string name;
  std::function<Tensor()> ours;  ///< one call; returns its result
  std::function<torch::Tensor()> theirs;
  double floor, goal;       ///< libtorch's time / ours that must be reached, and that we want to reach
  double tolerance = 1e-5;  ///< |ours - theirs| <= tolerance (1 + |theirs|)
};
using Rows = std::vector<Row>;

Rows small_rows();        ///< tensors of 16 numbers: what an operation costs besides its arithmetic
Rows elementwise_rows();  ///< functions, sums and normalisation of large tensors
Rows product_rows();      ///< products of matrices
Rows image_rows();        ///< convolution, its gradients, pooling
Rows training_rows();     ///< a step of training, and the inference of one sample

/// A tensor in both libraries.
struct Both {
  Tensor ours;
  torch::Tensor theirs;
};

/// Normal numbers from a seed of their own.
inline Both normal(const Shape& sizes, std::uint64_t seed) {
  Generator g(seed);
  Tensor x = randn(sizes, g);
  torch::Tensor same = oracle::to_torch(x);
  return {std::move(x), std::move(same)};
}

/// Without a record of the operations.
inline std::function<Tensor()> unrecorded(std::function<Tensor()> work) {
  return [work = std::move(work)] {
    const NoGradGuard guard;
    return work();
  };
}
inline std::function<torch::Tensor()> unrecorded(std::function<torch::Tensor()> work) {
  return [work = std::move(work)] {
    const torch::NoGradGuard guard;
    return work();
  };
}

}  // namespace tinytorch::versus
