#pragma once

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/nn/functional.hpp"
#include "tinytorch/tinytorch.hpp"

#include <utility>
#include <vector>

/// The network that lab 04 measures and times: linear layers with relu between them, and cross_entropy.
namespace tinytorch {

struct Network {
  std::vector<Tensor> weights, biases;
  Tensor x, target;

  /// Leaves for linear layers of these widths, and a batch with labels.
  Network(const std::vector<std::int64_t>& widths, std::int64_t batch, std::uint64_t seed) {
    Generator generator(seed);
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      weights.push_back((randn({widths[i + 1], widths[i]}, generator) * 0.05).set_requires_grad());
      biases.push_back(zeros({widths[i + 1]}).set_requires_grad());
    }
    x = randn({batch, widths.front()}, generator);
    target = zeros({batch}, DType::int64);
  }

  /// The loss. Calls seen(name, output) after each operation, when the handle on its input has been dropped.
  template <class F>
  Tensor forward(F seen) const {
    Tensor value = x;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      value = nn::functional::linear(value, weights[i], biases[i]);
      seen("linear", value);
      if (i + 1 == weights.size()) break;
      value = relu(value);
      seen("relu", value);
    }
    value = nn::functional::cross_entropy(value, target);
    seen("cross_entropy", value);
    return value;
  }
  Tensor forward() const {
    return forward([](const char*, const Tensor&) {});
  }

  /// Allocates the gradients of the parameters, so that they are not counted later.
  void step() const { forward().backward(); }
};

}  // namespace tinytorch
