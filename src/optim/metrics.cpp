#include "tinytorch/optim/metrics.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/views.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace tinytorch::optim {
namespace {

using tinytorch::detail::text;

// The elements row by row as float64, without recording.
std::vector<double> numbers(const Tensor& x) {
  const NoGrad no_grad;
  const Tensor all = x.to(DType::float64).contiguous();
  return {all.data<double>(), all.data<double>() + all.numel()};
}

// For each class: the examples that are of it, that were answered so, and both.
struct ClassCounts {
  std::int64_t targets = 0, answers = 0, right = 0;
};

std::vector<ClassCounts> count_classes(const char* metric, const Tensor& outputs, const Tensor& targets) {
  if (outputs.dim() != 2 || targets.dim() != 1 || outputs.size(0) != targets.size(0) || outputs.size(1) == 0)
    throw ShapeError(
        text({"[", metric, "] outputs are (N, C) and targets (N), not ", outputs.sizes(), " and ", targets.sizes()}));
  if (targets.dtype() != DType::int64)
    throw DTypeError(text({"[", metric, "] targets are int64 classes, not ", to_string(targets.dtype())}));
  if (targets.numel() == 0) throw ValueError(text({"[", metric, "] there is no example"}));
  const NoGrad no_grad;
  const Tensor answers = argmax(outputs, 1).contiguous(), wanted = targets.contiguous();
  std::vector<ClassCounts> counts(static_cast<std::size_t>(outputs.size(1)));
  for (std::int64_t i = 0; i < wanted.numel(); ++i) {
    const std::int64_t target = wanted.data<std::int64_t>()[i], answer = answers.data<std::int64_t>()[i];
    if (target < 0 || target >= outputs.size(1))
      throw IndexError(text({"[", metric, "] target ", target, " of ", outputs.size(1), " classes"}));
    ++counts[static_cast<std::size_t>(target)].targets;
    ++counts[static_cast<std::size_t>(answer)].answers;
    counts[static_cast<std::size_t>(target)].right += answer == target ? 1 : 0;
  }
  return counts;
}

void check_same(const char* metric, const Tensor& outputs, const Tensor& targets) {
  if (outputs.sizes() != targets.sizes())
    throw ShapeError(
        text({"[", metric, "] outputs ", outputs.sizes(), " and targets ", targets.sizes(), " have one shape"}));
  if (outputs.numel() == 0) throw ValueError(text({"[", metric, "] there is no example"}));
}

// The scores of roc_auc.
std::vector<double> scores_of(const Tensor& outputs) {
  std::vector<double> scores = numbers(outputs);
  if (outputs.dim() == 1 || (outputs.dim() == 2 && outputs.size(1) == 1)) return scores;
  if (outputs.dim() != 2 || outputs.size(1) != 2)
    throw ShapeError(text({"[roc_auc] outputs are (N), (N, 1) or (N, 2), not ", outputs.sizes()}));
  for (std::size_t i = 0; 2 * i < scores.size(); ++i) scores[i] = scores[2 * i + 1] - scores[2 * i];
  scores.resize(scores.size() / 2);
  return scores;
}

}  // namespace

double accuracy(const Tensor& outputs, const Tensor& targets) {
  std::int64_t right = 0;
  for (const ClassCounts& one : count_classes("accuracy", outputs, targets)) right += one.right;
  return static_cast<double>(right) / static_cast<double>(targets.numel());
}

double f1_score(const Tensor& outputs, const Tensor& targets) {
  double sum = 0.0;
  int classes = 0;
  for (const ClassCounts& one : count_classes("f1_score", outputs, targets)) {
    if (one.targets + one.answers == 0) continue;
    sum += 2.0 * static_cast<double>(one.right) / static_cast<double>(one.targets + one.answers);
    ++classes;
  }
  return sum / classes;
}

double roc_auc(const Tensor& outputs, const Tensor& targets) {
  const std::vector<double> scores = scores_of(outputs), classes = numbers(targets);
  const bool column = targets.dim() == 2 && targets.size(1) == 1;
  if ((targets.dim() != 1 && !column) || classes.size() != scores.size())
    throw ShapeError(
        text({"[roc_auc] outputs ", outputs.sizes(), " and targets ", targets.sizes(), " are not equally many"}));
  std::vector<std::pair<double, bool>> sorted;
  double positive = 0.0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (classes[i] != 0.0 && classes[i] != 1.0)
      throw ValueError(text({"[roc_auc] targets are 0 or 1, not ", classes[i]}));
    if (std::isnan(scores[i]))
      throw ValueError(text({"[roc_auc] the score of example ", static_cast<std::int64_t>(i), " is NaN"}));
    sorted.emplace_back(scores[i], classes[i] == 1.0);
    positive += classes[i];
  }
  const double negative = static_cast<double>(scores.size()) - positive;
  if (positive == 0.0 || negative == 0.0) throw ValueError("[roc_auc] both classes occur among the targets");
  std::ranges::sort(sorted);
  // Pairs won: each example of class 1 beats the zeros with a lower score, and half of those with its own.
  double won = 0.0, zeros_below = 0.0;
  for (std::size_t i = 0; i < sorted.size();) {
    double zeros = 0.0, ones = 0.0;
    const double score = sorted[i].first;
    for (; i < sorted.size() && sorted[i].first == score; ++i) (sorted[i].second ? ones : zeros) += 1.0;
    won += ones * (zeros_below + 0.5 * zeros);
    zeros_below += zeros;
  }
  return won / (positive * negative);
}

double mean_absolute_error(const Tensor& outputs, const Tensor& targets) {
  check_same("mean_absolute_error", outputs, targets);
  const std::vector<double> output = numbers(outputs), target = numbers(targets);
  double sum = 0.0;
  for (std::size_t i = 0; i < output.size(); ++i) sum += std::abs(output[i] - target[i]);
  return sum / static_cast<double>(output.size());
}

double r2_score(const Tensor& outputs, const Tensor& targets) {
  check_same("r2_score", outputs, targets);
  const std::vector<double> output = numbers(outputs), target = numbers(targets);
  double mean = 0.0, error = 0.0, spread = 0.0;
  for (const double value : target) mean += value / static_cast<double>(target.size());
  for (std::size_t i = 0; i < target.size(); ++i) {
    error += (target[i] - output[i]) * (target[i] - output[i]);
    spread += (target[i] - mean) * (target[i] - mean);
  }
  if (std::ranges::all_of(target, [&](double value) { return value == target[0]; }))
    throw ValueError("[r2_score] all targets are equal: R² compares with their spread");
  return 1.0 - error / spread;
}

}  // namespace tinytorch::optim
