#pragma once

#include "tinytorch/data/dataset.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

namespace tinytorch::data {

/// Where a loader stands: `next` is the number of the batch that next() will give, in that epoch.
struct LoaderPosition {
  std::int64_t epoch = 0;
  std::int64_t next = 0;
  bool operator==(const LoaderPosition&) const = default;
};

/// Batches of one epoch after the other: begin_epoch(e), then next() until it returns nothing. One thread uses it at a
/// time. An exception of the data set or the transform arrives at next() in the place of its batch; the call after that
/// gives the batch that follows.
class Loader {
 public:
  virtual ~Loader() = default;
  virtual void begin_epoch(std::int64_t epoch) = 0;
  virtual std::optional<Batch> next() = 0;
  /// Batches and examples in a whole epoch.
  virtual std::int64_t batches() const = 0;
  virtual std::int64_t examples() const = 0;

  /// What a checkpoint keeps. A batch that was handed out counts as used.
  virtual LoaderPosition position() const = 0;
  /// Goes on from there: the same batches as if it had never stopped; those before it are not loaded.
  /// Throws ValueError for a batch that the epoch doesn't have.
  virtual void seek(const LoaderPosition& position) = 0;

  class Epoch;
  /// for (const Batch& batch : loader.epoch(3)): begins that epoch and walks through it.
  Epoch epoch(std::int64_t epoch);
  /// Walks through what is left of the epoch begun, after seek().
  Epoch rest();
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
inline Loader::Epoch Loader::rest() { return Epoch(*this); }

}  // namespace tinytorch::data
