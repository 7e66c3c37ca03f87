#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/activation.hpp"
#include "tinytorch/nn/dropout.hpp"
#include "tinytorch/nn/module.hpp"

#include <memory>

/// Layers without parameters. Shapes are kept but where a layer says otherwise.
namespace tinytorch::nn {

/// Returns x itself: a place for a layer that is not there.
class Identity : public Module {
 public:
  Tensor forward(const Tensor& x) override { return x; }
  std::shared_ptr<Module> clone() const override { return clone_into(new Identity()); }
};

/// max(x, 0).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override { return relu(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new ReLU()); }
};

/// x above 0, else negative_slope x.
class LeakyReLU : public Module {
 public:
  explicit LeakyReLU(double negative_slope = 0.01) : slope_(negative_slope) {}
  Tensor forward(const Tensor& x) override { return functional::leaky_relu(x, slope_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new LeakyReLU(slope_)); }

 private:
  double slope_;
};

/// x above 0, else alpha (exp(x) - 1).
class ELU : public Module {
 public:
  explicit ELU(double alpha = 1.0) : alpha_(alpha) {}
  Tensor forward(const Tensor& x) override { return functional::elu(x, alpha_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new ELU(alpha_)); }

 private:
  double alpha_;
};

class GELU : public Module {
 public:
  explicit GELU(GeluApproximation approximate = GeluApproximation::none) : approximate_(approximate) {}
  Tensor forward(const Tensor& x) override { return functional::gelu(x, approximate_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new GELU(approximate_)); }

 private:
  GeluApproximation approximate_;
};

/// x sigmoid(x).
class SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override { return functional::silu(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new SiLU()); }
};

class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Sigmoid()); }
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override { return tanh(x); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Tanh()); }
};

/// log(1 + exp(beta x)) / beta; x where beta x is above the threshold.
class Softplus : public Module {
 public:
  explicit Softplus(double beta = 1.0, double threshold = 20.0) : beta_(beta), threshold_(threshold) {}
  Tensor forward(const Tensor& x) override { return functional::softplus(x, beta_, threshold_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Softplus(beta_, threshold_)); }

 private:
  double beta_, threshold_;
};

/// exp(x) / sum(exp(x)) along `dim`.
class Softmax : public Module {
 public:
  explicit Softmax(std::int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& x) override { return softmax(x, dim_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Softmax(dim_)); }

 private:
  std::int64_t dim_;
};

/// The logarithm of softmax along `dim`.
class LogSoftmax : public Module {
 public:
  explicit LogSoftmax(std::int64_t dim) : dim_(dim) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, dim_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new LogSoftmax(dim_)); }

 private:
  std::int64_t dim_;
};

/// Makes one dimension of those from start_dim to end_dim: (N, C, H, W) -> (N, C H W). A vector (N) becomes (N, 1).
class Flatten : public Module {
 public:
  explicit Flatten(std::int64_t start_dim = 1, std::int64_t end_dim = -1) : start_(start_dim), end_(end_dim) {}
  /// Throws ShapeError for a scalar, IndexError for a dimension out of range.
  Tensor forward(const Tensor& x) override {
    if (x.dim() < 1) throw ShapeError("[flatten] a scalar has no batch");
    if (start_ == x.dim() && end_ == -1) return unsqueeze(x, -1);
    const std::int64_t first = wrap_dim(start_, x.dim(), "flatten"), last = wrap_dim(end_, x.dim(), "flatten");
    if (first > last) throw ShapeError(detail::text("[flatten] dimension ", first, " comes after ", last));
    Shape sizes;
    for (std::int64_t d = 0; d <= first; ++d) sizes.push_back(x.size(d));
    for (std::int64_t d = first + 1; d <= last; ++d) sizes.back() *= x.size(d);
    for (std::int64_t d = last + 1; d < x.dim(); ++d) sizes.push_back(x.size(d));
    return reshape(x, sizes);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new Flatten(start_, end_)); }

 private:
  std::int64_t start_, end_;
};

}  // namespace tinytorch::nn
