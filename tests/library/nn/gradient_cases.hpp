#pragma once

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

/// Functions of float64 tensors whose gradients are compared with difference quotients: the first and the second.
namespace tinytorch::testing {

struct Op {
  const char* name;
  std::function<std::vector<Tensor>(Generator&)> inputs;
  std::function<Tensor(Inputs)> function;
};

inline void PrintTo(const Op& op, std::ostream* out) { *out << op.name; }

/// Distinct numbers, 0.4 apart: after a small step the largest is still the largest.
inline Tensor distinct(const Shape& shape, Generator& g) {
  Tensor x = to(arange(numel(shape)), DType::float64) * 0.4;
  for (std::int64_t i = x.numel() - 1; i > 0; --i) std::swap(x.data<double>()[i], x.data<double>()[integer(g, 0, i)]);
  return relaid(reshape(x, shape), g);
}

/// Leaves whose gradients were made with create_graph. Such a gradient owns the graph, and the graph owns the leaf: the
/// destructor breaks this cycle.
struct Leaves {
  explicit Leaves(Inputs inputs) {
    for (const Tensor& x : inputs) tensors.push_back(x.detach().clone().set_requires_grad());
  }
  ~Leaves() { clear(); }
  Leaves(const Leaves&) = delete;
  Leaves& operator=(const Leaves&) = delete;
  void clear() {
    for (const Tensor& leaf : tensors) leaf.set_grad(Tensor());
  }
  std::vector<Tensor> tensors;
};

inline void expect_gradient(const Op& op, std::uint64_t cases = 12) {
  for (std::uint64_t k = 0; k < cases; ++k) {
    Generator g(mix_seed(31, k));
    const std::vector<Tensor> inputs = op.inputs(g);
    const GradcheckResult result = gradcheck(op.function, inputs, {.seed = k});
    ASSERT_TRUE(result.ok) << "case " << k << ": " << to_string(result);
  }
}

/// A nonlinear scalar function of the inputs, so that even a linear operation has a second derivative.
inline Tensor curved(const Op& op, Inputs in) {
  const Tensor y = op.function(in);
  Generator weights(99);
  return sum(mul(y * y, randn(y.sizes(), weights, DType::float64)));
}

/// The first input's gradient along a random direction, differentiated by a second backward and by differences.
inline void expect_second_gradient(const Op& op, std::uint64_t cases = 4) {
  for (std::uint64_t k = 0; k < cases; ++k) {
    Generator g(mix_seed(32, k));
    const std::vector<Tensor> inputs = op.inputs(g);
    const auto first_gradient = [&](Inputs in) {
      const Leaves leaves(in);
      curved(op, leaves.tensors).backward();
      return leaves.tensors[0].grad();
    };
    Leaves leaves(inputs);
    curved(op, leaves.tensors).backward(Tensor(), false, true);
    const Tensor first = leaves.tensors[0].grad();
    ASSERT_TRUE(first.requires_grad());
    const Tensor direction = randn(first.sizes(), g, DType::float64);
    leaves.clear();
    sum(first * direction).backward();
    constexpr double step = 1e-5;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor along = randn(inputs[i].sizes(), g, DType::float64);
      std::vector<Tensor> above, below;
      for (const Tensor& x : inputs) above.push_back(x.detach()), below.push_back(x.detach());
      above[i] = inputs[i] + along * step;
      below[i] = inputs[i] - along * step;
      const double numeric =
          sum((first_gradient(above) - first_gradient(below)) * direction).item<double>() / (2.0 * step);
      const Tensor gradient = leaves.tensors[i].grad();
      const double analytic = gradient.defined() ? sum(gradient * along).item<double>() : 0.0;
      ASSERT_NEAR(analytic, numeric, 1e-4 * std::max(1.0, std::abs(numeric))) << "case " << k << ", input " << i;
    }
  }
}

}  // namespace tinytorch::testing
