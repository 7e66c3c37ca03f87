#pragma once

#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

/// Data sets that are asked by number (PyTorch: map-style), and those that are made of others.
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
  virtual ~Dataset() = default;
  virtual std::int64_t size() const = 0;
  /// Throws IndexError outside 0..size()-1.
  virtual Example get(std::int64_t index) const = 0;
};

/// Changes an example with the random numbers it is handed. Loaders with workers call it from several threads at once.
using Transform = std::function<Example(const Example&, Generator&)>;

namespace detail {
/// Throws IndexError `[op] example 7 of 7`.
inline void check_index(std::int64_t index, std::int64_t size, const char* op) {
  if (index < 0 || index >= size) throw IndexError(tinytorch::detail::text("[", op, "] example ", index, " of ", size));
}

/// Row `index` of x, a view. The bounds were checked.
inline Tensor row(const Tensor& x, std::int64_t index) {
  Shape sizes = x.sizes(), strides = x.strides();
  const std::int64_t offset = x.storage_offset() + index * strides[0];
  sizes.erase(0);
  strides.erase(0);
  return as_strided(x, sizes, strides, offset);
}
}  // namespace detail

/// The rows of two tensors; an example is a pair of views.
class TensorDataset : public Dataset {
 public:
  /// Throws ShapeError when the first dimensions differ.
  TensorDataset(Tensor inputs, Tensor targets) : inputs_(std::move(inputs)), targets_(std::move(targets)) {
    if (inputs_.dim() < 1 || targets_.dim() < 1 || inputs_.size(0) != targets_.size(0))
      throw ShapeError(tinytorch::detail::text("[tensor_dataset] inputs ", inputs_.sizes(), " and targets ",
                                               targets_.sizes(), " are not equally many"));
  }
  std::int64_t size() const override { return inputs_.size(0); }
  Example get(std::int64_t index) const override {
    detail::check_index(index, size(), "tensor_dataset");
    return {detail::row(inputs_, index), detail::row(targets_, index)};
  }

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
  Subset(const Dataset& whole, std::vector<std::int64_t> indices) : whole_(&whole), indices_(std::move(indices)) {
    for (const std::int64_t index : indices_) detail::check_index(index, whole.size(), "subset");
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  Example get(std::int64_t index) const override {
    detail::check_index(index, size(), "subset");
    return whole_->get(indices_[static_cast<std::size_t>(index)]);
  }

  const std::vector<std::int64_t>& indices() const { return indices_; }

 private:
  const Dataset* whole_;
  std::vector<std::int64_t> indices_;
};

/// Data sets one after the other, which must outlive it: ConcatDataset({&a, &b}).
class ConcatDataset : public Dataset {
 public:
  /// Throws ValueError for no data set.
  explicit ConcatDataset(std::vector<const Dataset*> parts) : parts_(std::move(parts)) {
    if (parts_.empty()) throw ValueError("[concat_dataset] there is no data set to join");
    for (const Dataset* part : parts_) ends_.push_back(size() + part->size());
  }
  std::int64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
  Example get(std::int64_t index) const override {
    detail::check_index(index, size(), "concat_dataset");
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), index);
    const auto part = static_cast<std::size_t>(end - ends_.begin());
    return parts_[part]->get(index - (part == 0 ? 0 : ends_[part - 1]));
  }

 private:
  std::vector<const Dataset*> parts_;
  std::vector<std::int64_t> ends_;  // of each part, in numbers of the whole
};

/// The examples of another data set, which must outlive it, each changed by `change` whenever it is asked for. For a
/// change that draws random numbers give the loader a Transform instead.
class MapDataset : public Dataset {
 public:
  MapDataset(const Dataset& source, std::function<Example(const Example&)> change)
      : source_(&source), change_(std::move(change)) {}
  std::int64_t size() const override { return source_->size(); }
  Example get(std::int64_t index) const override { return change_(source_->get(index)); }

 private:
  const Dataset* source_;
  std::function<Example(const Example&)> change_;
};

}  // namespace tinytorch::data
