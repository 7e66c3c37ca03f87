#pragma once

#include "tinytorch/core/random.hpp"
#include "tinytorch/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

/// Data sets whose examples have numbers (PyTorch: map-style), data sets made of others, and random splits.
namespace tinytorch::data {

/// One thing to learn from: an input of any shape, and the answer that is wanted, a class () or a tensor.
struct Example {
  Tensor input;
  Tensor target;
  std::vector<Tensor> more = {};  ///< further inputs, for a model that takes several
};

/// Examples stacked along a new first dimension: inputs (B, ...), targets (B, ...).
struct Batch {
  Tensor inputs;
  Tensor targets;
  std::vector<Tensor> more = {};  ///< each of the further inputs: (B, ...)

  std::int64_t size() const { return inputs.size(0); }
};

/// Examples with the numbers 0..size()-1. get() must be safe to call from several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::int64_t size() const = 0;
  /// Throws IndexError outside 0..size()-1.
  virtual Example get(std::int64_t index) const = 0;
};

/// A data set as an argument. One with a name belongs to the caller and must outlive what it is given to. A temporary
/// is moved in and kept, a shared_ptr is shared.
class DatasetRef {
 public:
  DatasetRef(const Dataset& dataset) : dataset_(std::shared_ptr<void>(), &dataset) {}  // NOLINT
  /// Throws ValueError for null.
  DatasetRef(const Dataset* dataset) : dataset_(std::shared_ptr<void>(), dataset) { check(); }  // NOLINT
  /// Throws ValueError for null.
  template <std::derived_from<Dataset> T>
  DatasetRef(std::shared_ptr<T> dataset) : dataset_(std::move(dataset)) {  // NOLINT
    check();
  }
  template <class Temporary>
  requires std::derived_from<Temporary, Dataset> DatasetRef(Temporary&& dataset)  // NOLINT
      : dataset_(std::make_shared<Temporary>(std::forward<Temporary>(dataset))) {}

  const Dataset& operator*() const { return *dataset_; }
  const Dataset* operator->() const { return dataset_.get(); }

 private:
  void check() const {
    if (!dataset_) throw ValueError("[dataset] the data set is null");
  }
  std::shared_ptr<const Dataset> dataset_;  // owned or not
};

/// Changes an example; its random numbers come from the generator. Loaders with workers call it from several threads
/// at once.
using Transform = std::function<Example(const Example&, Generator&)>;

namespace detail {
/// Throws IndexError `[op] example 7 of 7`.
inline void check_index(std::int64_t index, std::int64_t size, const char* op) {
  if (index < 0 || index >= size)
    throw IndexError(tinytorch::detail::text({"[", op, "] example ", index, " of ", size}));
}

/// Row `index` of x, a view. The caller has checked the bounds.
inline Tensor row(const Tensor& x, std::int64_t index) {
  Shape sizes = x.sizes(), strides = x.strides();
  const std::int64_t offset = x.storage_offset() + index * strides[0];
  sizes.erase(0);
  strides.erase(0);
  return as_strided(x, sizes, strides, offset);
}
}  // namespace detail

/// The rows of two tensors. An example is a pair of views.
class TensorDataset : public Dataset {
 public:
  /// Throws ShapeError when the first dimensions differ.
  TensorDataset(Tensor inputs, Tensor targets) : inputs_(std::move(inputs)), targets_(std::move(targets)) {
    if (inputs_.dim() < 1 || targets_.dim() < 1 || inputs_.size(0) != targets_.size(0))
      throw ShapeError(tinytorch::detail::text(
          {"[tensor_dataset] inputs ", inputs_.sizes(), " and targets ", targets_.sizes(), " are not equally many"}));
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

/// Some examples of another data set: example i is example indices[i] of `whole`.
class Subset : public Dataset {
 public:
  /// Throws IndexError for an index that `whole` doesn't have.
  Subset(DatasetRef whole, std::vector<std::int64_t> indices) : whole_(std::move(whole)), indices_(std::move(indices)) {
    for (const std::int64_t index : indices_) detail::check_index(index, whole_->size(), "subset");
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  Example get(std::int64_t index) const override {
    detail::check_index(index, size(), "subset");
    return whole_->get(indices_[static_cast<std::size_t>(index)]);
  }

  const std::vector<std::int64_t>& indices() const { return indices_; }

 private:
  DatasetRef whole_;
  std::vector<std::int64_t> indices_;
};

/// Data sets one after the other: ConcatDataset({a, b}).
class ConcatDataset : public Dataset {
 public:
  /// Throws ValueError for no data set.
  explicit ConcatDataset(std::vector<DatasetRef> parts) : parts_(std::move(parts)) {
    if (parts_.empty()) throw ValueError("[concat_dataset] there is no data set to join");
    for (const DatasetRef& part : parts_) ends_.push_back(size() + part->size());
  }
  std::int64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
  Example get(std::int64_t index) const override {
    detail::check_index(index, size(), "concat_dataset");
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), index);
    const auto part = static_cast<std::size_t>(end - ends_.begin());
    return parts_[part]->get(index - (part == 0 ? 0 : ends_[part - 1]));
  }

 private:
  std::vector<DatasetRef> parts_;
  std::vector<std::int64_t> ends_;  // of each part, in numbers of the whole
};

/// The examples of another data set. get() calls `change` each time. For a change that draws random numbers give the
/// loader a Transform instead.
class MapDataset : public Dataset {
 public:
  MapDataset(DatasetRef source, std::function<Example(const Example&)> change)
      : source_(std::move(source)), change_(std::move(change)) {}
  std::int64_t size() const override { return source_->size(); }
  Example get(std::int64_t index) const override { return change_(source_->get(index)); }

 private:
  DatasetRef source_;
  std::function<Example(const Example&)> change_;
};

/// `whole` split at random into parts of these lengths, which must add up to its size. Draws: 0..n-1 shuffled by Fisher
/// and Yates, i = n-1..1, swapped with below(i + 1); the parts are cut from this order. stratified_split of
/// batching.hpp keeps the classes' shares. Throws ValueError.
inline std::vector<Subset> random_split(const DatasetRef& whole, const std::vector<std::int64_t>& lengths,
                                        Generator& generator) {
  std::int64_t sum = 0;
  for (const std::int64_t length : lengths) {
    if (length < 0 || length > whole->size() - sum)
      throw ValueError(tinytorch::detail::text(
          {"[random_split] a part of ", length, " where ", whole->size() - sum, " examples are left"}));
    sum += length;
  }
  if (sum != whole->size())
    throw ValueError(tinytorch::detail::text({"[random_split] the parts add up to ", sum, ", not to ", whole->size()}));
  std::vector<std::int64_t> order(static_cast<std::size_t>(sum));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[generator.below(i + 1)]);
  std::vector<Subset> parts;
  auto from = order.begin();
  for (const std::int64_t length : lengths) {
    parts.emplace_back(whole, std::vector<std::int64_t>(from, from + length));
    from += length;
  }
  return parts;
}

/// The lengths of parts that have these shares of n; the shares must add up to 1. Each length is floor(share * n); the
/// examples that are left over go one by one to the first parts: (10, {0.5, 0.25, 0.25}) -> 6, 2, 2. Throws ValueError.
inline std::vector<std::int64_t> split_lengths(std::int64_t n, const std::vector<double>& shares) {
  std::vector<std::int64_t> lengths;
  double sum = 0.0;
  std::int64_t left = n;
  for (const double share : shares) {
    if (!(share >= 0.0 && share <= 1.0))
      throw ValueError(tinytorch::detail::text({"[split_lengths] a share is between 0 and 1: ", share}));
    sum += share;
    lengths.push_back(static_cast<std::int64_t>(std::floor(share * static_cast<double>(n))));
    left -= lengths.back();
  }
  if (!(std::abs(sum - 1.0) < 1e-9) || left < 0)
    throw ValueError(tinytorch::detail::text({"[split_lengths] the shares add up to ", sum, ", not to 1"}));
  for (std::size_t i = 0; left > 0; i = (i + 1) % lengths.size(), --left) ++lengths[i];
  return lengths;
}

}  // namespace tinytorch::data
