#pragma once

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/gradcheck.hpp"
#include "tinytorch/core/ops.hpp"

#include <functional>
#include <ostream>
#include <vector>

#include <gtest/gtest.h>

/// Compares first and second gradients of operations with central differences. A file of tests lists its operations and
/// writes
///     GRADIENT_TESTS(Views, view_ops());
namespace tinytorch::testing {

constexpr int gradient_cases = 25;

/// An operation, and how to make inputs for it. `name` is part of a test's name: letters, digits, underscores.
struct Op {
  const char* name;
  std::function<std::vector<Tensor>(Generator&)> inputs;
  std::function<Tensor(Inputs)> function;
};

inline void PrintTo(const Op& op, std::ostream* out) { *out << op.name; }

/// An operation on one tensor of any shape of at least this rank.
inline Op view_op(const char* name, std::int64_t min_rank, std::function<Tensor(const Tensor&)> op) {
  return {name, [min_rank](Generator& g) { return std::vector{random_double(random_shape(g, min_rank, 3), g)}; },
          [op](Inputs in) { return op(in[0]); }};
}

/// An operation on tensors of these shapes.
inline Op op_on(const char* name, std::vector<Shape> shapes, std::function<Tensor(Inputs)> op) {
  return {name,
          [shapes](Generator& g) {
            std::vector<Tensor> inputs;
            for (const Shape& shape : shapes) inputs.push_back(random_double(shape, g));
            return inputs;
          },
          std::move(op)};
}

/// Distinct values, at least 1 apart, so that a small step does not change their order.
inline Tensor distinct(const Shape& shape, Generator& g) {
  Tensor x = to(arange(numel(shape)), DType::float64);
  for (std::int64_t i = x.numel() - 1; i > 0; --i) std::swap(x.data<double>()[i], x.data<double>()[integer(g, 0, i)]);
  return relaid(reshape(x, shape), g);
}

inline void expect_gradient(const Op& op) {
  for (std::uint64_t seed = 1; seed <= gradient_cases; ++seed) {
    Generator g(mix_seed(seed, 1));
    const std::vector<Tensor> inputs = op.inputs(g);
    GradcheckOptions options;
    options.seed = seed;
    const GradcheckResult result = gradcheck(op.function, inputs, options);
    ASSERT_TRUE(result.ok) << op.name << ", seed " << seed << ": " << to_string(result) << "\ninput 0 of shape "
                           << to_string(inputs[0].sizes());
  }
}

/// The gradient of a gradient: d/dx of sum(w * dy/dx), by running backward through a recorded backward.
inline void expect_gradient_of_gradient(const Op& op) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Generator g(mix_seed(seed, 2));
    const std::vector<Tensor> inputs = op.inputs(g);
    Generator weights(seed);
    const Tensor upstream = randn(op.function(inputs).sizes(), weights, DType::float64);
    const auto first_gradient = [&](Inputs points) {
      const EnableGrad recording;  // whatever the caller's mode is
      std::vector<Tensor> leaves;
      for (const Tensor& point : points)
        leaves.push_back(point.requires_grad() ? point : point.detach().set_requires_grad());
      op.function(leaves).backward(upstream, true, true);
      std::vector<Tensor> gradients;
      for (const Tensor& leaf : leaves) {
        const Tensor gradient = leaf.grad();
        leaf.set_grad({});
        // Multiplied by the leaf, so that the gradient depends on it even for a linear operation.
        gradients.push_back(reshape(gradient * leaf, {-1}));
      }
      return cat(gradients);
    };
    const GradcheckResult result = gradcheck(first_gradient, inputs, {});
    ASSERT_TRUE(result.ok) << op.name << ", seed " << seed << ": " << to_string(result);
  }
}

}  // namespace tinytorch::testing

/// Makes tests of both checks for every operation in a list.
#define GRADIENT_TESTS(Suite, list)                                                                       \
  class Suite : public ::testing::TestWithParam<::tinytorch::testing::Op> {};                             \
  TEST_P(Suite, agrees_with_central_differences) { ::tinytorch::testing::expect_gradient(GetParam()); }   \
  TEST_P(Suite, has_a_gradient_itself) { ::tinytorch::testing::expect_gradient_of_gradient(GetParam()); } \
  INSTANTIATE_TEST_SUITE_P(Ops, Suite, ::testing::ValuesIn(list),                                         \
                           [](const auto& op) { return std::string(op.param.name); })
