#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <vector>

namespace tinytorch::data {

/// One thing to learn from: an input of any shape and what the model should say, a class () or a tensor.
struct Example {
  Tensor input;
  Tensor target;
};

/// Examples stacked along a new first dimension: inputs (B, ...), targets (B, ...).
struct Batch {
  Tensor inputs;
  Tensor targets;

  std::int64_t size() const { return inputs.size(0); }
};

/// Examples that can be asked for by number. get() must be safe to call from several threads.
class Dataset {
 public:
  virtual ~Dataset();
  virtual std::int64_t size() const = 0;
  /// Throws IndexError outside 0..size()-1.
  virtual Example get(std::int64_t index) const = 0;
};

/// The rows of two tensors; an example is a pair of views.
class TensorDataset : public Dataset {
 public:
  /// Throws ShapeError when the first dimensions differ.
  TensorDataset(Tensor inputs, Tensor targets);
  std::int64_t size() const override { return inputs_.size(0); }
  Example get(std::int64_t index) const override;

  const Tensor& inputs() const { return inputs_; }
  const Tensor& targets() const { return targets_; }

 private:
  Tensor inputs_;
  Tensor targets_;
};

/// Some examples of another data set, which must outlive it: number i is `whole`'s number indices[i].
class Subset : public Dataset {
 public:
  /// Throws IndexError for an index that `whole` doesn't have.
  Subset(const Dataset& whole, std::vector<std::int64_t> indices);
  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  Example get(std::int64_t index) const override;

  const std::vector<std::int64_t>& indices() const { return indices_; }

 private:
  const Dataset* whole_;
  std::vector<std::int64_t> indices_;
};

}  // namespace tinytorch::data
