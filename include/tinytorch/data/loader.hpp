#pragma once

#include "tinytorch/data/batching.hpp"

#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <vector>

namespace tinytorch::data {

/// Batches of one epoch after the other: begin_epoch(e), then next() until it returns nothing.
class Loader {
 public:
  virtual ~Loader();
  virtual void begin_epoch(std::int64_t epoch) = 0;
  virtual std::optional<Batch> next() = 0;
  /// Batches and examples in an epoch.
  virtual std::int64_t batches() const = 0;
  virtual std::int64_t examples() const = 0;

  class Epoch;
  /// for (const Batch& batch : loader.epoch(3)): begins that epoch and walks through it.
  Epoch epoch(std::int64_t epoch);
};

/// Changes an example, with random numbers of its own (example_generator).
using Transform = std::function<Example(const Example&, Generator&)>;

struct LoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  bool drop_last = false;
  std::uint64_t seed = 0;    ///< of the order and of the transforms
  Transform transform = {};  ///< none: examples as they are
};

/// Loads on the caller's thread. The data set must outlive the loader.
class DataLoader : public Loader {
 public:
  /// Throws ValueError for a batch size below 1.
  explicit DataLoader(const Dataset& dataset, LoaderOptions options = {});

  void begin_epoch(std::int64_t epoch) override;
  std::optional<Batch> next() override;
  std::int64_t batches() const override;
  std::int64_t examples() const override;

 private:
  Example example(std::int64_t index) const;

  const Dataset* dataset_;
  LoaderOptions options_;
  std::int64_t epoch_ = 0;
  std::vector<std::int64_t> order_;
  std::vector<std::span<const std::int64_t>> batches_;
  std::size_t next_ = 0;
};

/// A single walk through an epoch.
class Loader::Epoch {
 public:
  explicit Epoch(Loader& loader) : loader_(&loader) {}

  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const Batch*;
    using reference = const Batch&;

    explicit Iterator(Loader* loader) : loader_(loader), batch_(loader->next()) {}
    const Batch& operator*() const { return *batch_; }
    const Batch* operator->() const { return &*batch_; }
    Iterator& operator++() {
      batch_ = loader_->next();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return !batch_; }

   private:
    Loader* loader_;
    std::optional<Batch> batch_;
  };
  Iterator begin() const { return Iterator(loader_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Loader* loader_;
};

inline Loader::Epoch Loader::epoch(std::int64_t epoch) {
  begin_epoch(epoch);
  return Epoch(*this);
}

}  // namespace tinytorch::data
