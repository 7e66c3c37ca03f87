#pragma once

#include "tinytorch/core/tensor.hpp"

#include <string>
#include <vector>

namespace tinytorch {

/// A tensor and its dotted name in a tree of modules: "features.0.weight".
struct NamedTensor {
  std::string name;
  Tensor value;
};

/// The tensors that make up a model, in registration order.
using StateDict = std::vector<NamedTensor>;

}  // namespace tinytorch
