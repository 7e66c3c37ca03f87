#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/module.hpp"

/// Layers without parameters.
namespace tinytorch::nn {

/// max(x, 0).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::shared_ptr<Module> clone() const override;
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::shared_ptr<Module> clone() const override;
};

class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::shared_ptr<Module> clone() const override;
};

/// Keeps the batch: (N, ...) -> (N, product of the rest).
class Flatten : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::shared_ptr<Module> clone() const override;
};

/// In training each element becomes 0 with probability p, the others grow by 1 / (1 - p); in evaluation nothing
/// happens. One draw per element in row-major order, from a generator of its own.
/// Source: Srivastava et al., "Dropout", 2014.
class Dropout : public Module {
 public:
  /// Throws ValueError unless 0 <= p < 1.
  Dropout(double p, std::uint64_t seed);

  Tensor forward(const Tensor& x) override;
  void members(MemberVisitor& visit) override { visit.generator("generator", generator_); }
  std::shared_ptr<Module> clone() const override;

 private:
  double p_;
  Generator generator_;
};

}  // namespace tinytorch::nn
