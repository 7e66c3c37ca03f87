#pragma once

#include "tinytorch/data/loader.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

/// Batches made ahead by other threads, while the caller trains on the batch before. Lab 05 defines BatchQueue and
/// PrefetchLoader (unit data/prefetch), except for their inline functions.
namespace tinytorch::data {

/// A thread that keeps the exception that ends it. The destructor joins it, so it never runs on without its Worker.
class Worker {
 public:
  /// Starts `work` on the new thread. When `work` throws, the exception is kept for join(), and `on_error` runs on that
  /// thread. The destructor waits for the end of `work`: there must be a way to tell it to end.
  explicit Worker(std::function<void()> work, std::function<void()> on_error = {});
  ~Worker();
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;

  /// Waits for the end of the work. Returns the exception that it threw, or null. A second call returns null.
  std::exception_ptr join();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The queue between the workers, which put batches in, and the caller, who takes them out in order. It holds at most
/// `depth` items.
class BatchQueue {
 public:
  /// A batch, or the exception that was thrown when it was made.
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

  /// Puts the item in. Waits while the queue is full: until fewer than `depth` items come before this one. Returns
  /// false and drops the item when the queue is closed. The callers use each of the numbers 0, 1, 2, ... once, in any
  /// order.
  bool push(Item item);
  /// The items in the order of their numbers: 0, 1, 2, ... Waits for the next one. After close() it does not wait: it
  /// returns the items that are there, in order, then nothing.
  std::optional<Item> pop();
  /// Closes the queue and wakes every thread that waits. May be called at any time, and twice.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Counts since the epoch began. They stay as they are after stop().
struct LoaderStats {
  std::int64_t started = 0;     ///< batches that a worker has begun
  std::int64_t delivered = 0;   ///< batches, or exceptions in their place, that next() has delivered
  std::int64_t peak_alive = 0;  ///< most batches that were begun and not yet asked for; at most depth + workers
};

/// A loader whose batches are made by `workers` threads, at most depth + workers batches ahead. The batches come in
/// order. They are bitwise those of a DataLoader without workers, whatever the number of workers. The data set and the
/// transform must outlive the loader and be safe to call from several threads.
class PrefetchLoader : public Loader {
 public:
  /// Throws ValueError as EpochPlan::check does and for less than one worker.
  explicit PrefetchLoader(const Dataset& dataset, DataLoaderOptions options);
  /// As stop().
  ~PrefetchLoader() override;
  PrefetchLoader(const PrefetchLoader&) = delete;
  PrefetchLoader& operator=(const PrefetchLoader&) = delete;

  /// Ends the epoch before, as stop() does. Then starts the workers on this one, so batches of another epoch that are
  /// not finished or not fetched are dropped.
  void begin_epoch(std::int64_t epoch) override;
  /// The next batch of the epoch; waits until it is there. Returns nothing after the last batch, before the first epoch
  /// and after stop(). When making that batch threw, throws that exception. When a worker ended by another exception,
  /// stops and throws it in place of the first batch that is missing.
  std::optional<Batch> next() override;
  /// Ends the epoch: wakes and joins the workers and frees their batches. May be called at any time, and twice.
  void stop();
  LoaderStats stats() const;

  // Given.
  std::int64_t batches() const override { return EpochPlan::batches(*dataset_, options_); }
  std::int64_t examples() const override { return EpochPlan::examples(*dataset_, options_); }
  LoaderPosition position() const override { return {epoch_, first_ + stats().delivered}; }
  void seek(const LoaderPosition& position) override {
    skip_ = position.next;
    PrefetchLoader::begin_epoch(position.epoch);  // no virtual call: `tito run` counts it
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
  DataLoaderOptions options_;
  std::int64_t epoch_ = 0;
  std::int64_t first_ = 0;  // the batch of the epoch with which the plan begins
  std::int64_t skip_ = 0;   // for the next plan
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::data
