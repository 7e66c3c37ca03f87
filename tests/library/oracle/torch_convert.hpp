#pragma once

#include "tinytorch/core/tensor.hpp"

#include <torch/torch.h>

namespace tinytorch::oracle {

/// The same elements, copied; undefined for an undefined tensor.
torch::Tensor to_torch(const Tensor& x);
Tensor from_torch(const torch::Tensor& x);

}  // namespace tinytorch::oracle
