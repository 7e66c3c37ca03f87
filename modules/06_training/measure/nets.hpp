#pragma once

// The network and the loss of this lab's measurements.

#include "tinytorch/nn/activations.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <cstdint>

namespace tinytorch {

inline Tensor cross_entropy(const Tensor& outputs, const Tensor& targets) {
  return nn::functional::cross_entropy(outputs, targets);
}

inline nn::Sequential two_layers(std::int64_t in, std::int64_t hidden, std::int64_t out, std::uint64_t seed = 1) {
  Generator generator(seed);
  nn::Sequential net;
  net.add<nn::Linear>(in, hidden, generator);
  net.add<nn::Tanh>();
  net.add<nn::Linear>(hidden, out, generator);
  return net;
}

}  // namespace tinytorch
