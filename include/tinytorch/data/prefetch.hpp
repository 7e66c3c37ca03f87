#pragma once

#include "tinytorch/data/epochs.hpp"
#include "tinytorch/data/plan.hpp"
#include "tinytorch/data/worker.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

/// Batches made ahead by other threads, while the caller trains on the one before. Lab 05 defines both classes (unit
/// data/prefetch), but for what stands here as inline.
namespace tinytorch::data {

/// Where workers put what they made and the caller fetches it in order. Holds `depth` items at most.
class BatchQueue {
 public:
  /// A batch, or what was thrown in its making.
  struct Item {
    std::int64_t sequence = 0;
    Batch batch = {};
    std::exception_ptr error = {};
  };

  /// Throws ValueError for a depth below 1.
  explicit BatchQueue(std::int64_t depth);
  ~BatchQueue();
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;

  /// Puts the item in. Waits while it is full: until fewer than `depth` items come before this one. False, and the item
  /// is gone, once the queue is closed. The numbers are 0, 1, 2, ..., each once, in any order.
  bool push(Item item);
  /// The items by number: 0, 1, 2, ... Waits for the next one. Once the queue is closed it gives what is there, in
  /// order and without waiting, then nothing.
  std::optional<Item> pop();
  /// Wakes everybody who waits. May be called at any time, and twice.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Counts since the epoch began.
struct LoaderStats {
  std::int64_t started = 0;     ///< batches that a worker has begun
  std::int64_t delivered = 0;   ///< batches, or exceptions in their place, that next() has handed over
  std::int64_t peak_alive = 0;  ///< most batches begun and not yet asked for; at most depth + workers
};

/// A loader whose batches are made by `workers` threads, at most depth + workers of them ahead. They come in order and
/// are bitwise those of a DataLoader, whatever the number of workers. Data set and transform must outlive the loader
/// and be safe to call from several threads.
class PrefetchLoader : public Loader {
 public:
  /// Throws ValueError as EpochPlan::check does and for less than one worker.
  explicit PrefetchLoader(const Dataset& dataset, LoaderOptions options);
  /// Stops.
  ~PrefetchLoader() override;
  PrefetchLoader(const PrefetchLoader&) = delete;
  PrefetchLoader& operator=(const PrefetchLoader&) = delete;

  /// Sets the workers to work on that epoch; what was under way of another one is dropped.
  void begin_epoch(std::int64_t epoch) override;
  /// The next batch of the epoch, waiting for it if need be; nothing after the last one, before the first epoch and
  /// after stop(). Throws what a worker threw in making that batch. When a worker broke down otherwise, stops and
  /// throws its exception.
  std::optional<Batch> next() override;
  /// Ends the epoch: wakes and joins the workers and frees what they made. May be called at any time, and twice.
  void stop();
  LoaderStats stats() const;

  // Given.
  std::int64_t batches() const override { return EpochPlan::batches(*dataset_, options_); }
  std::int64_t examples() const override { return EpochPlan::examples(*dataset_, options_); }
  LoaderPosition position() const override { return {epoch_, first_ + stats().delivered}; }
  void seek(const LoaderPosition& position) override {
    skip_ = position.next;
    begin_epoch(position.epoch);
  }

 private:
  /// The batches of that epoch; after seek(), those from its position on.
  EpochPlan plan(std::int64_t epoch) {
    const std::int64_t first = std::exchange(skip_, 0);
    EpochPlan plan(*dataset_, options_, epoch, first);
    epoch_ = epoch;
    first_ = first;
    return plan;
  }

  struct Impl;

  const Dataset* dataset_;
  LoaderOptions options_;
  std::int64_t epoch_ = 0;
  std::int64_t first_ = 0;  // the batch of the epoch that the plan begins with
  std::int64_t skip_ = 0;   // for the next plan
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::data
