#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/options.hpp"

#include <concepts>
#include <memory>

/// Dropout: random zeros in training.
namespace tinytorch::nn::functional {

/// In training each element becomes 0 with probability p, and the others are multiplied by 1 / (1 - p). Otherwise
/// returns x itself. Draws one number per element in row-major order, none when p is 0. Throws ValueError unless 0 <= p
/// <= 1. Source: Srivastava et al., "Dropout", 2014.
inline Tensor dropout(const Tensor& x, double p, bool training, Generator& generator) {
  if (!(p >= 0.0 && p <= 1.0)) throw ValueError(detail::text({"[dropout] a probability from 0 to 1, not ", p}));
  if (!training || p == 0.0) return x;
  const Tensor kept = to(ge(rand(x.sizes(), generator, DType::float64), scalar(p, DType::float64)), x.dtype());
  return x * (p == 1.0 ? kept : kept * (1.0 / (1.0 - p)));
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// Dropout with a random generator of its own. The shape stays.
class Dropout : public Module, public PointerSyntax<Dropout> {
 public:
  /// Its seed is drawn from default_generator(), so that no two layers drop the same elements.
  explicit Dropout(double p = 0.5) : Dropout(p, default_generator().next()) {}
  /// Throws ValueError unless 0 <= p <= 1.
  Dropout(double p, std::uint64_t seed) : p_(p), generator_(seed) {
    if (!(p >= 0.0 && p <= 1.0)) throw ValueError(detail::text({"[dropout] a probability from 0 to 1, not ", p}));
  }

  explicit Dropout(const DropoutOptions& layer) : Dropout(layer.p()) {}
  /// As Dropout(0.5), until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit Dropout(Null) : Dropout(0.5, 0) {}

  Tensor forward(const Tensor& x) override { return functional::dropout(x, p_, is_training(), generator_); }
  void members(MemberVisitor& visit) override { visit.generator("generator", generator_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Dropout(p_, 0)); }

  double p() const { return p_; }

 private:
  double p_;
  Generator generator_;
};

}  // namespace tinytorch::nn
