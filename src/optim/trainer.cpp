#include "tinytorch/optim/trainer.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/optim/schedules.hpp"

namespace tinytorch::optim {

std::int64_t count_correct(const Tensor& outputs, const Tensor& targets) {
  if (outputs.dim() != 2 || targets.dim() != 1 || targets.dtype() != DType::int64 || outputs.size(1) == 0) return 0;
  if (outputs.size(0) != targets.size(0)) return 0;
  const NoGrad no_grad;
  const Tensor answers = argmax(outputs, 1);
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < targets.size(0); ++i)
    correct +=
        answers.data<std::int64_t>()[i * answers.stride(0)] == targets.data<std::int64_t>()[i * targets.stride(0)];
  return correct;
}

LambdaLR::LambdaLR(Optimizer& optimizer, std::function<double(std::int64_t)> factor)
    : optimizer_(&optimizer), factor_(std::move(factor)) {
  for (std::size_t group = 0; group < optimizer.group_count(); ++group) first_.push_back(optimizer.lr(group));
  apply();
}

void LambdaLR::step() {
  ++step_;
  apply();
}

void LambdaLR::apply() {
  const double factor = factor_(step_);
  for (std::size_t group = 0; group < first_.size(); ++group) optimizer_->set_lr(group, first_[group] * factor);
}

}  // namespace tinytorch::optim
