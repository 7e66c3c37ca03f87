#include "tinytorch/optim/optimizers.hpp"

#include "src/core/tensor_impl.hpp"

#include <fmt/format.h>

namespace tinytorch::optim {

namespace {

template <class Options>
std::vector<std::vector<Tensor>> parameters_of(const std::vector<ParamGroup<Options>>& groups) {
  std::vector<std::vector<Tensor>> parameters;
  for (const ParamGroup<Options>& group : groups) parameters.push_back(group.parameters);
  return parameters;
}

template <class Options>
std::vector<Options> options_of(const std::vector<ParamGroup<Options>>& groups) {
  std::vector<Options> options;
  for (const ParamGroup<Options>& group : groups) options.push_back(group.options);
  return options;
}

}  // namespace

Optimizer::Optimizer(std::vector<std::vector<Tensor>> groups) : groups_(std::move(groups)) {
  const std::vector<Tensor> all = parameters();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].requires_grad())
      throw ValueError(fmt::format("[optimizer] parameter {} does not require a gradient", i));
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].is_same(all[j])) throw ValueError(fmt::format("[optimizer] parameters {} and {} are the same", j, i));
  }
}

Optimizer::~Optimizer() = default;

std::vector<Tensor> Optimizer::parameters() const {
  std::vector<Tensor> all;
  for (const std::vector<Tensor>& group : groups_) all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::size_t Optimizer::slot_count() const {
  std::size_t count = 0;
  for (const std::vector<Tensor>& group : groups_) count += group.size();
  return count;
}

void Optimizer::set_lr(double lr) {
  for (std::size_t group = 0; group < group_count(); ++group) set_lr(group, lr);
}

SGD::SGD(std::vector<Tensor> parameters, const SgdOptions& options)
    : SGD(std::vector<ParamGroup<SgdOptions>>{{std::move(parameters), options}}) {}

SGD::SGD(std::vector<ParamGroup<SgdOptions>> groups)
    : Optimizer(parameters_of(groups)), options_(options_of(groups)), state_(slot_count()) {
  for (const SgdOptions& options : options_)
    if (options.nesterov && (options.momentum <= 0.0 || options.dampening != 0.0))
      throw ValueError("[sgd] nesterov needs a momentum and no dampening");
}

void SGD::update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) {
  const memory::TagScope tag(memory::Tag::optimizer);
  sgd_update(parameter, gradient, state_[slot], options_[group]);
  tinytorch::detail::bump_version(parameter);
}

Adam::Adam(std::vector<Tensor> parameters, const AdamOptions& options)
    : Adam(std::vector<ParamGroup<AdamOptions>>{{std::move(parameters), options}}) {}

Adam::Adam(std::vector<ParamGroup<AdamOptions>> groups)
    : Optimizer(parameters_of(groups)), options_(options_of(groups)), state_(slot_count()) {
  for (const AdamOptions& options : options_)
    if (!(options.beta1 >= 0.0 && options.beta1 < 1.0 && options.beta2 >= 0.0 && options.beta2 < 1.0))
      throw ValueError(fmt::format("[adam] betas lie in [0, 1): {} and {}", options.beta1, options.beta2));
}

void Adam::update(Tensor& parameter, const Tensor& gradient, std::size_t slot, std::size_t group) {
  const memory::TagScope tag(memory::Tag::optimizer);
  adam_update(parameter, gradient, state_[slot], options_[group]);
  tinytorch::detail::bump_version(parameter);
}

AdamW::AdamW(std::vector<Tensor> parameters, AdamOptions options)
    : Adam(std::move(parameters), (options.decoupled = true, options)) {}

}  // namespace tinytorch::optim
