#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/data/batching.hpp"
#include "tinytorch/data/dataset.hpp"
#include "tinytorch/data/loader.hpp"
#include "tinytorch/data/readers.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

namespace tinytorch::data {

// How the structs of this lab are shown and streamed.
inline lab::Value to_value(const IdxHeader& header) {
  return lab::record({{"dtype", header.dtype},
                      {"sizes", header.sizes},
                      {"data_offset", header.data_offset},
                      {"data_bytes", header.data_bytes}});
}

inline lab::Value to_value(const SplitIndices& split) {
  return lab::record({{"train", split.train}, {"test", split.test}});
}

inline lab::Value to_value(const LoaderPosition& position) {
  return lab::record({{"epoch", position.epoch}, {"next", position.next}});
}

inline lab::Value part_value(const Tensor& tensor) {
  return tensor.defined() ? lab::to_value(tensor) : lab::to_value("no tensor");
}

inline lab::Value to_value(const Batch& batch) {
  return lab::record({{"inputs", part_value(batch.inputs)}, {"targets", part_value(batch.targets)}});
}

}  // namespace tinytorch::data

namespace tinytorch {
namespace {

using Indices = std::vector<std::int64_t>;

/// 0, 1, ..., n-1.
[[maybe_unused]] Indices counted(std::int64_t n) {
  Indices all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

/// The shuffle of Fisher and Yates, as in the contract: exchanges each place n-1 down to 1 with one at or before it.
[[maybe_unused]] void shuffled_in_place(Indices& list, Generator& generator) {
  for (std::int64_t place = static_cast<std::int64_t>(list.size()) - 1; place > 0; --place) {
    const auto other = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(place) + 1));
    const std::int64_t kept = list[static_cast<std::size_t>(place)];
    list[static_cast<std::size_t>(place)] = list[static_cast<std::size_t>(other)];
    list[static_cast<std::size_t>(other)] = kept;
  }
}

/// 0, 1, ..., n-1 in random order.
[[maybe_unused]] Indices random_order(lab::Case& c, std::int64_t n) {
  Indices order = counted(n);
  shuffled_in_place(order, c.rng());
  return order;
}

[[maybe_unused]] std::uint64_t random_seed(lab::Case& c) { return c.rng().next() >> 1; }

/// A data set of the examples in a list. Records in which order they are asked for.
class ListDataset : public data::Dataset {
 public:
  explicit ListDataset(std::vector<data::Example> examples) : examples_(std::move(examples)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(examples_.size()); }
  data::Example get(std::int64_t index) const override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(index);
    return examples_.at(static_cast<std::size_t>(index));
  }
  /// The numbers asked for, in ascending order.
  Indices asked() const {
    Indices sorted = asked_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  std::vector<data::Example> examples_;
  mutable std::mutex mutex_;
  mutable Indices asked_;
};

}  // namespace
}  // namespace tinytorch
