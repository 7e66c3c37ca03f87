#pragma once

#include "tinytorch/core/tensor.hpp"

#include <functional>
#include <string>

/// How good a model is on a data set, in one number. A Trainer measures TrainingRun::metrics after each epoch:
///
///     run.validation = &held_out;
///     run.metrics = {{"f1", optim::f1_score}, {"auc", optim::roc_auc}};
namespace tinytorch::optim {

/// A number from the outputs (N, ...) and the targets (N, ...) of all examples.
struct Metric {
  std::string name;  ///< for logs and progress lines: letters, digits and _ - . / @
  std::function<double(const Tensor& outputs, const Tensor& targets)> measure;
};

// ---- Classes: outputs (N, C), of which the largest is the answer; targets (N) int64 ----
// Each throws ShapeError for other shapes, DTypeError for other targets, IndexError for a target that is no class, and
// ValueError without an example.

/// The share of right answers.
double accuracy(const Tensor& outputs, const Tensor& targets);
/// The mean over the classes of 2 right / (2 right + wrong answers of the class + missed examples of the class). A
/// class that is neither a target nor an answer is left out.
double f1_score(const Tensor& outputs, const Tensor& targets);
/// The area under the ROC curve of two classes: the chance that an example of class 1 has a higher score than one of
/// class 0; an equal score counts half. outputs: the scores (N) or (N, 1), or (N, 2), whose score is the second minus
/// the first. targets: 0 or 1, (N) or (N, 1), any dtype. Source: Hanley and McNeil, 1982. Throws ShapeError, and
/// ValueError for other targets, for a score that is NaN, and when one of the classes is missing.
double roc_auc(const Tensor& outputs, const Tensor& targets);

// ---- Numbers: outputs and targets of one shape. Each throws ShapeError, and ValueError without an element ----

/// The mean of |output - target|.
double mean_absolute_error(const Tensor& outputs, const Tensor& targets);
/// 1 - sum (target - output)^2 / sum (target - mean target)^2: 1 for right outputs, 0 for the mean as every output.
/// Throws ValueError when all targets are equal: then it has no meaning.
double r2_score(const Tensor& outputs, const Tensor& targets);

}  // namespace tinytorch::optim
