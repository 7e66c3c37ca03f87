#pragma once

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

/// How good a classifier's answers are over a data set: accuracy, F1 and calibration.
namespace tinytorch::profiling {

/// Counts answers, batch by batch.
///     Quality quality(10);
///     for (const data::Batch& batch : loader) quality.add(softmax(net(batch.inputs), 1), batch.targets);
///     quality.accuracy();
class Quality {
 public:
  /// `bins` equal ranges of probability are for calibration_error(). Throws ValueError for classes < 1 or bins < 1.
  explicit Quality(std::int64_t classes, std::int64_t bins = 15)
      : classes_(classes), counts_(checked(classes, bins)), bins_(static_cast<std::size_t>(bins)) {}

  /// Adds a batch: probabilities (N, classes), targets (N) of int64. Throws ShapeError for other shapes, DTypeError for
  /// other targets and IndexError for a target that is no class.
  void add(const Tensor& probabilities, const Tensor& targets) {
    if (probabilities.dim() != 2 || probabilities.size(1) != classes_ || targets.dim() != 1 ||
        targets.size(0) != probabilities.size(0)) {
      throw ShapeError("[Quality] probabilities, targets: " + to_string(probabilities.sizes()) + ", " +
                       to_string(targets.sizes()));
    }
    if (targets.dtype() != DType::int64) throw DTypeError("[Quality] targets are int64");
    const Tensor p = probabilities.to(DType::float64).contiguous(), t = targets.contiguous();
    for (std::int64_t i = 0; i < t.size(0); ++i) {
      const std::int64_t target = t.data<std::int64_t>()[i];
      if (target < 0 || target >= classes_)
        throw IndexError("[Quality] target " + std::to_string(target) + " of " + std::to_string(classes_) + " classes");
      count(p.data<double>() + i * classes_, target);
    }
  }

  /// How many examples were added.
  std::int64_t examples() const { return examples_; }
  /// How many examples of class `target` got the answer `answer`.
  std::int64_t confusion(std::int64_t target, std::int64_t answer) const {
    return counts_.at(static_cast<std::size_t>(target * classes_ + answer));
  }
  /// The share of right answers; 0 without examples. Of equal probabilities the first class is the answer.
  double accuracy() const {
    std::int64_t right = 0;
    for (std::int64_t c = 0; c < classes_; ++c) right += confusion(c, c);
    return examples_ == 0 ? 0 : static_cast<double>(right) / static_cast<double>(examples_);
  }
  /// 2 right / (2 right + wrong answers of the class + missed examples of the class); 0 for a class that never occurs.
  double f1(std::int64_t of) const {
    std::int64_t answered = 0, there = 0;
    for (std::int64_t c = 0; c < classes_; ++c) {
      answered += confusion(c, of);
      there += confusion(of, c);
    }
    return answered + there == 0 ? 0
                                 : 2.0 * static_cast<double>(confusion(of, of)) / static_cast<double>(answered + there);
  }
  /// The mean of f1 over all classes: small classes count as much as large ones.
  double macro_f1() const {
    double sum = 0;
    for (std::int64_t c = 0; c < classes_; ++c) sum += f1(c);
    return sum / static_cast<double>(classes_);
  }
  /// Expected calibration error: how far the probability of the answer is from the share that was right, on average, in
  /// ranges of probability. 0: of the answers given with 80 %, 80 % are right. Source: Guo et al., 2017.
  double calibration_error() const {
    double error = 0;
    for (const Bin& bin : bins_) error += std::abs(bin.probability - static_cast<double>(bin.right));
    return examples_ == 0 ? 0 : error / static_cast<double>(examples_);
  }

 private:
  struct Bin {
    double probability = 0;  // the sum of the answers' probabilities
    std::int64_t right = 0;
  };

  static std::vector<std::int64_t> checked(std::int64_t classes, std::int64_t bins) {
    if (classes < 1 || bins < 1) {
      throw ValueError("[Quality] classes, bins: (" + std::to_string(classes) + ", " + std::to_string(bins) + ")");
    }
    return std::vector<std::int64_t>(static_cast<std::size_t>(classes * classes));
  }

  void count(const double* row, std::int64_t target) {
    const std::int64_t answer = std::max_element(row, row + classes_) - row;
    ++counts_[static_cast<std::size_t>(target * classes_ + answer)];
    ++examples_;
    const auto last = static_cast<double>(bins_.size() - 1);
    const double place = std::clamp(std::floor(row[answer] * (last + 1)), 0.0, last);
    Bin& bin = bins_[static_cast<std::size_t>(place)];
    bin.probability += row[answer];
    bin.right += answer == target ? 1 : 0;
  }

  std::int64_t classes_;
  std::vector<std::int64_t> counts_;  // target by answer
  std::vector<Bin> bins_;
  std::int64_t examples_ = 0;
};

}  // namespace tinytorch::profiling
