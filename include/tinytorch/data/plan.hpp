#pragma once

#include "tinytorch/core/memory.hpp"
#include "tinytorch/data/batching.hpp"
#include "tinytorch/data/sampler.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tinytorch::data {

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  bool drop_last = false;
  std::uint64_t seed = 0;                       ///< of the order and of the transforms
  Transform transform = {};                     ///< none: examples as they are
  std::shared_ptr<const Sampler> sampler = {};  ///< in place of shuffle: which examples, in which order
  int workers = 0;                              ///< threads that load ahead; 0: the caller's thread loads
  std::int64_t depth = 0;                       ///< batches that may wait, ready, with workers; 0: two for each worker
};

/// What one epoch does, decided before its first batch: the order, cut into batches. Any batch can be made at any time,
/// on any thread, and is the same one; so loaders differ in when they make it, and in nothing else.
class EpochPlan {
 public:
  EpochPlan() = default;
  /// The batches from number `first` on. Throws ValueError when there are fewer than `first`.
  EpochPlan(const Dataset& dataset, LoaderOptions options, std::int64_t epoch, std::int64_t first = 0);
  // The pieces look into the order, so a plan moves but is not copied.
  EpochPlan(EpochPlan&&) noexcept = default;
  EpochPlan& operator=(EpochPlan&&) noexcept = default;

  /// How many batches it has.
  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  /// Batch k of the plan: its examples got, transformed and put together. Safe to call from several threads.
  Batch load(std::int64_t k) const;

  /// Throws ValueError for a batch size below 1, a negative number of workers or depth, and shuffle beside a sampler.
  static void check(const LoaderOptions& options);
  /// Batches and examples of a whole epoch.
  static std::int64_t batches(const Dataset& dataset, const LoaderOptions& options);
  static std::int64_t examples(const Dataset& dataset, const LoaderOptions& options);

 private:
  static std::int64_t visited(const Dataset& dataset, const LoaderOptions& options) {
    return options.sampler ? options.sampler->size() : dataset.size();
  }
  void number_repetitions();
  Example example(std::size_t place) const;

  const Dataset* dataset_ = nullptr;
  LoaderOptions options_;
  std::int64_t epoch_ = 0;
  std::vector<std::int64_t> order_;
  std::vector<std::span<const std::int64_t>> pieces_;
  std::vector<std::int64_t> streams_;  // with a sampler: the number that example_generator gets, by place in the order
};

inline void EpochPlan::check(const LoaderOptions& options) {
  using tinytorch::detail::text;
  if (options.batch_size < 1)
    throw ValueError(text("[data_loader] a batch has one example or more: ", options.batch_size));
  if (options.workers < 0)
    throw ValueError(text("[data_loader] the number of workers is 0 or more: ", options.workers));
  if (options.depth < 0) throw ValueError(text("[data_loader] the depth is 0 or more: ", options.depth));
  if (options.sampler && options.shuffle)
    throw ValueError("[data_loader] a sampler decides the order: leave shuffle off");
}

inline std::int64_t EpochPlan::batches(const Dataset& dataset, const LoaderOptions& options) {
  const std::int64_t n = visited(dataset, options);
  return n / options.batch_size + (!options.drop_last && n % options.batch_size != 0);
}

inline std::int64_t EpochPlan::examples(const Dataset& dataset, const LoaderOptions& options) {
  return options.drop_last ? batches(dataset, options) * options.batch_size : visited(dataset, options);
}

inline Batch EpochPlan::load(std::int64_t k) const {
  const memory::TagScope tag(memory::Tag::data);
  const std::span<const std::int64_t> piece = pieces_[static_cast<std::size_t>(k)];
  const auto start = static_cast<std::size_t>(piece.data() - order_.data());
  std::vector<Example> examples;
  examples.reserve(piece.size());
  for (std::size_t i = 0; i < piece.size(); ++i) examples.push_back(example(start + i));
  return collate(examples);
}

inline Example EpochPlan::example(std::size_t place) const {
  Example plain = dataset_->get(order_[place]);
  if (!options_.transform) return plain;
  Generator generator = example_generator(options_.seed, epoch_, streams_.empty() ? order_[place] : streams_[place]);
  return options_.transform(plain, generator);
}

}  // namespace tinytorch::data
