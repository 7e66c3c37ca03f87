#pragma once

#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/data/batching.hpp"
#include "tinytorch/data/sampler.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

/// Batches for training: DataLoader, its options, and Loader, the interface that fit() and evaluate() use.
namespace tinytorch::data {

/// Where a loader is: in which epoch, and the number of the batch that next() returns next.
struct LoaderPosition {
  std::int64_t epoch = 0;
  std::int64_t next = 0;
  bool operator==(const LoaderPosition&) const = default;
};

class EpochIterator;

/// The batches of an epoch: begin_epoch(e), then next() until it returns nothing. Only one thread may use a loader at a
/// time. When the data set or the transform throws, next() throws that exception in place of the batch; the call after
/// it returns the following batch.
class Loader {
 public:
  virtual ~Loader() = default;
  virtual void begin_epoch(std::int64_t epoch) = 0;
  virtual std::optional<Batch> next() = 0;
  /// Batches and examples in a whole epoch.
  virtual std::int64_t batches() const = 0;
  virtual std::int64_t examples() const = 0;

  /// The place to save in a checkpoint. A batch that next() returned counts as used.
  virtual LoaderPosition position() const = 0;
  /// Goes on from that place, with the same batches as a loader that never stopped. Earlier batches are not loaded.
  /// Throws ValueError for a batch that the epoch doesn't have.
  virtual void seek(const LoaderPosition& position) = 0;

  class Epoch;
  /// Begins an epoch and visits its batches: for (const Batch& batch : loader.epoch(3)).
  Epoch epoch(std::int64_t epoch);
  /// Visits the batches that are left of the epoch, after seek().
  Epoch rest();
  /// For `for (auto& batch : loader)`: begins the next epoch, 0 first; after seek() to a first batch, that epoch.
  EpochIterator begin();
  std::default_sentinel_t end() { return {}; }
};

/// Walks over the batches that are left of a loader's epoch.
class EpochIterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;
  using pointer = const Batch*;
  using reference = const Batch&;

  explicit EpochIterator(Loader* loader) : loader_(loader), batch_(loader->next()) {}
  const Batch& operator*() const { return *batch_; }
  const Batch* operator->() const { return &*batch_; }
  EpochIterator& operator++() {
    batch_ = loader_->next();
    return *this;
  }
  bool operator==(std::default_sentinel_t) const { return !batch_; }

 private:
  Loader* loader_;
  std::optional<Batch> batch_;
};

inline EpochIterator Loader::begin() {
  const LoaderPosition at = position();
  begin_epoch(at.next == 0 ? at.epoch : at.epoch + 1);
  return EpochIterator(this);
}

/// The batches of an epoch, for one range-based for loop.
class Loader::Epoch {
 public:
  explicit Epoch(Loader& loader) : loader_(&loader) {}

  using Iterator = EpochIterator;
  Iterator begin() const { return Iterator(loader_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Loader* loader_;
};

inline Loader::Epoch Loader::epoch(std::int64_t epoch) {
  begin_epoch(epoch);
  return Epoch(*this);
}
inline Loader::Epoch Loader::rest() { return Epoch(*this); }

/// One batch of these examples. Loaders with workers call it from several threads at once.
using CollateFunction = std::function<Batch(std::span<const Example>)>;

struct PadOptions {
  double value = 0.0;            ///< fills the inputs up
  double target_value = -100.0;  ///< fills the targets up: what cross_entropy leaves out
};

/// A CollateFunction for sequences of different lengths. Inputs (L, ...) are filled up to the longest of their batch:
/// inputs (B, longest, ...), and batch.more[0] is the lengths (B), int64. Targets of different lengths are filled up,
/// too. The further inputs of the examples follow the lengths.
///     data::DataLoader loader(texts, {.batch_size = 32, .collate = data::pad_batch()});
/// The function throws ValueError for no example, ShapeError for an input without a first dimension and where an
/// example differs in another dimension, DTypeError where it has another dtype.
CollateFunction pad_batch(PadOptions options = {});

struct DataLoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  bool drop_last = false;
  std::uint64_t seed = 0;                       ///< of the order and of the transforms
  Transform transform = {};                     ///< empty: examples stay as they are
  CollateFunction collate = {};                 ///< empty: examples of one shape are stacked
  std::shared_ptr<const Sampler> sampler = {};  ///< instead of shuffle: which examples, in which order
  int workers = 0;                              ///< threads that load ahead; 0: the caller's thread loads
  std::int64_t depth = 0;                       ///< with workers: most batches that wait ready; 0: two per worker
};

namespace detail {
/// One batch, by the function or, without one, by collate() and each further input stacked. Throws ShapeError for
/// examples with unequally many further inputs, and ValueError for a function that returns no inputs.
Batch put_together(std::span<const Example> examples, const CollateFunction& function);
}  // namespace detail

/// The order of one epoch, cut into batches before the first one is made. Batch k is the same whenever it is made and
/// on whichever thread: so DataLoader and PrefetchLoader (prefetch.hpp) give the same batches.
class EpochPlan {
 public:
  EpochPlan() = default;
  /// The batches from number `first` on. Throws ValueError when there are fewer than `first`.
  EpochPlan(const Dataset& dataset, DataLoaderOptions options, std::int64_t epoch, std::int64_t first = 0);
  // The pieces are views of the order: a plan can be moved, not copied.
  EpochPlan(EpochPlan&&) noexcept = default;
  EpochPlan& operator=(EpochPlan&&) noexcept = default;

  /// The number of batches.
  std::int64_t size() const { return static_cast<std::int64_t>(pieces_.size()); }
  /// Batch k of the plan: gets its examples, transforms them and puts them together. Safe to call from several threads.
  Batch load(std::int64_t k) const;

  /// Throws ValueError for a batch size below 1, a negative number of workers or depth, and shuffle beside a sampler.
  static void check(const DataLoaderOptions& options);
  /// Batches and examples of a whole epoch.
  static std::int64_t batches(const Dataset& dataset, const DataLoaderOptions& options);
  static std::int64_t examples(const Dataset& dataset, const DataLoaderOptions& options);

 private:
  static std::int64_t visited(const Dataset& dataset, const DataLoaderOptions& options) {
    return options.sampler ? options.sampler->size() : dataset.size();
  }
  void number_repetitions();
  Example example(std::size_t place) const;

  const Dataset* dataset_ = nullptr;
  DataLoaderOptions options_;
  std::int64_t epoch_ = 0;
  std::vector<std::int64_t> order_;
  std::vector<std::span<const std::int64_t>> pieces_;
  std::vector<std::int64_t> streams_;  // with a sampler: the index for example_generator, by place in the order
};

inline void EpochPlan::check(const DataLoaderOptions& options) {
  using tinytorch::detail::text;
  if (options.batch_size < 1)
    throw ValueError(text({"[data_loader] a batch has one example or more: ", options.batch_size}));
  if (options.workers < 0)
    throw ValueError(text({"[data_loader] the number of workers is 0 or more: ", options.workers}));
  if (options.depth < 0) throw ValueError(text({"[data_loader] the depth is 0 or more: ", options.depth}));
  if (options.sampler && options.shuffle)
    throw ValueError("[data_loader] a sampler decides the order: leave shuffle off");
}

inline std::int64_t EpochPlan::batches(const Dataset& dataset, const DataLoaderOptions& options) {
  const std::int64_t n = visited(dataset, options);
  return n / options.batch_size + (!options.drop_last && n % options.batch_size != 0);
}

inline std::int64_t EpochPlan::examples(const Dataset& dataset, const DataLoaderOptions& options) {
  return options.drop_last ? batches(dataset, options) * options.batch_size : visited(dataset, options);
}

inline Batch EpochPlan::load(std::int64_t k) const {
  const OpScope scope("make_batch", {});
  const memory::TagScope tag(memory::Tag::data);
  const std::span<const std::int64_t> piece = pieces_[static_cast<std::size_t>(k)];
  const auto start = static_cast<std::size_t>(piece.data() - order_.data());
  std::vector<Example> examples;
  examples.reserve(piece.size());
  for (std::size_t i = 0; i < piece.size(); ++i) examples.push_back(example(start + i));
  return detail::put_together(examples, options_.collate);
}

inline Example EpochPlan::example(std::size_t place) const {
  Example plain = dataset_->get(order_[place]);
  if (!options_.transform) return plain;
  Generator generator = example_generator(options_.seed, epoch_, streams_.empty() ? order_[place] : streams_[place]);
  Example changed = options_.transform(plain, generator);
  if (changed.more.empty()) changed.more = std::move(plain.more);
  return changed;
}

class PrefetchLoader;  // prefetch.hpp

/// Loads batches on the caller's thread, or with options.workers threads ahead of it: then it uses a PrefetchLoader,
/// whose queue is in prefetch.hpp. The batches are the same.
class DataLoader : public Loader {
 public:
  /// Throws ValueError as EpochPlan::check does.
  explicit DataLoader(DatasetRef dataset, DataLoaderOptions options = {});
  ~DataLoader() override;
  DataLoader(DataLoader&&) noexcept;
  DataLoader& operator=(DataLoader&&) noexcept;

  void begin_epoch(std::int64_t epoch) override { seek({epoch, 0}); }
  std::optional<Batch> next() override;
  std::int64_t batches() const override { return EpochPlan::batches(*dataset_, options_); }
  std::int64_t examples() const override { return EpochPlan::examples(*dataset_, options_); }
  LoaderPosition position() const override;
  void seek(const LoaderPosition& position) override;

 private:
  DatasetRef dataset_;
  DataLoaderOptions options_;
  EpochPlan plan_;
  std::int64_t next_ = 0;  // in the plan
  LoaderPosition position_;
  std::unique_ptr<PrefetchLoader> ahead_;  // with workers
};

}  // namespace tinytorch::data
