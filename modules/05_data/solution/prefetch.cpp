// Lab 05, part C: other threads make batches ahead, in order and a limited number of them.

#include "tinytorch/data/prefetch.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::data {

// A ring: item number s is in place s % depth. The mutex guards all members.
struct BatchQueue::Impl {
  std::mutex mutex;
  std::condition_variable came;  // an item was put in, or the queue was closed
  std::condition_variable left;  // an item was taken out, or the queue was closed
  std::vector<std::optional<Item>> places;
  std::int64_t next = 0;  // the number of the item that pop() returns next
  bool closed = false;

  std::int64_t depth() const { return static_cast<std::int64_t>(places.size()); }
  std::optional<Item>& place(std::int64_t sequence) { return places[static_cast<std::size_t>(sequence % depth())]; }
};

BatchQueue::BatchQueue(std::int64_t depth) : impl_(std::make_unique<Impl>()) {
  if (depth < 1) throw ValueError("[batch_queue] a queue holds one item or more: " + std::to_string(depth));
  impl_->places.resize(static_cast<std::size_t>(depth));
}

BatchQueue::~BatchQueue() = default;

// Puts the item in; waits while the queue is full. Returns false when the queue is closed.
//   depth 2: push 0, push 1 -> true; push 2 waits until pop() has returned 0
bool BatchQueue::push(Item item) {
  // BEGIN SOLUTION 5.9: there is room when the number is less than next + depth
  std::unique_lock lock(impl_->mutex);
  impl_->left.wait(lock, [&] { return impl_->closed || item.sequence < impl_->next + impl_->depth(); });
  if (impl_->closed) return false;
  impl_->place(item.sequence) = std::move(item);
  impl_->came.notify_all();
  return true;
  // END SOLUTION
}

// The items in the order of their numbers; waits for the next one. After close(): the items that are there, then
// nothing.
//   push 1, push 0 -> 0, 1; push 2, close -> 2, nothing
std::optional<BatchQueue::Item> BatchQueue::pop() {
  // BEGIN SOLUTION 5.9: wait for the next number; after close() skip numbers that are missing
  std::unique_lock lock(impl_->mutex);
  impl_->came.wait(lock, [&] { return impl_->closed || impl_->place(impl_->next); });
  for (std::int64_t tries = 0; tries < impl_->depth(); ++tries) {
    std::optional<Item> item = std::exchange(impl_->place(impl_->next), std::nullopt);
    ++impl_->next;
    impl_->left.notify_all();
    if (item) return item;
  }
  return std::nullopt;
  // END SOLUTION
}

// Closes the queue and wakes every thread that waits.
void BatchQueue::close() {
  // BEGIN SOLUTION 5.9: threads may be waiting in push() and in pop()
  const std::lock_guard lock(impl_->mutex);
  impl_->closed = true;
  impl_->left.notify_all();
  impl_->came.notify_all();
  // END SOLUTION
}

// The data that the caller and the workers share. It never moves, so threads can keep pointers to it.
struct PrefetchLoader::Impl {
  EpochPlan plan;
  std::unique_ptr<BatchQueue> queue;  // null when no epoch has begun
  std::mutex mutex;                   // guards stats, which workers and caller change
  LoaderStats stats;
  std::vector<Worker> workers;  // the last member: destroyed, and so joined, before the data that they use
  // BEGIN HELPER 5.10

  // The number of a batch that no worker has begun; nothing when all are begun.
  std::optional<std::int64_t> take() {
    const std::lock_guard lock(mutex);
    if (stats.started == plan.size()) return std::nullopt;
    ++stats.started;
    stats.peak_alive = std::max(stats.peak_alive, stats.started - stats.delivered);
    return stats.started - 1;
  }

  // Makes batches and puts them into the queue, until none is left.
  void work() {
    while (const std::optional<std::int64_t> k = take()) {
      BatchQueue::Item item{.sequence = *k};
      try {
        item.batch = plan.load(*k);
      } catch (...) {
        item.error = std::current_exception();
      }
      if (!queue->push(std::move(item))) return;
    }
  }
  // END HELPER
};

PrefetchLoader::PrefetchLoader(const Dataset& dataset, DataLoaderOptions options)
    : dataset_(&dataset), options_(std::move(options)), impl_(std::make_unique<Impl>()) {
  EpochPlan::check(options_);
  if (options_.workers < 1) {
    throw ValueError("[prefetch_loader] one worker or more: " + std::to_string(options_.workers));
  }
  if (options_.depth == 0) options_.depth = 2 * options_.workers;
}

PrefetchLoader::~PrefetchLoader() {
  try {
    if (impl_->queue) impl_->queue->close();
    stop();
  } catch (...) {  // stop() may still be a TODO; the workers are joined all the same
  }
}

// Starts the workers on plan(epoch); drops what is left of another epoch. Give each Worker an on_error that closes the
// queue, or next() waits for a batch that never comes.
void PrefetchLoader::begin_epoch(std::int64_t epoch) {
  // BEGIN SOLUTION 5.10: a new plan, a new queue and new counts: no batch of the old epoch can arrive
  stop();
  impl_->plan = plan(epoch);
  impl_->queue = std::make_unique<BatchQueue>(options_.depth);
  impl_->stats = {};
  Impl* const impl = impl_.get();
  for (int i = 0; i < options_.workers; ++i) {
    impl->workers.emplace_back([impl] { impl->work(); }, [impl] { impl->queue->close(); });
  }
  // END SOLUTION
}

// The next batch in order, or nothing; throws the exception that was thrown in place of the batch.
//   batch 1 of 3 throws -> batch 0, exception, batch 2, nothing
std::optional<Batch> PrefetchLoader::next() {
  // BEGIN SOLUTION 5.10: when a batch is missing, a worker ended by an exception
  if (!impl_->queue || impl_->stats.delivered == impl_->plan.size()) return std::nullopt;
  {
    const std::lock_guard lock(impl_->mutex);
    ++impl_->stats.delivered;
  }
  std::optional<BatchQueue::Item> item = impl_->queue->pop();
  if (item && item->sequence != impl_->stats.delivered - 1) item.reset();  // the batch of a worker that broke down
  if (item && item->error) std::rethrow_exception(item->error);
  if (item) return std::move(item->batch);
  std::exception_ptr error;
  for (Worker& worker : impl_->workers) {
    if (const std::exception_ptr escaped = worker.join()) error = escaped;
  }
  stop();
  if (error) std::rethrow_exception(error);
  return std::nullopt;
  // END SOLUTION
}

// Ends the epoch: wakes and joins the workers and frees their batches.
void PrefetchLoader::stop() {
  // BEGIN SOLUTION 5.10: close the queue first, or a worker waits for room for ever
  if (!impl_->queue) return;
  impl_->queue->close();
  impl_->workers.clear();
  impl_->queue.reset();
  // END SOLUTION
}

// The counts since the epoch began.
LoaderStats PrefetchLoader::stats() const {
  // BEGIN SOLUTION 5.10: read all counts at one moment
  const std::lock_guard lock(impl_->mutex);
  return impl_->stats;
  // END SOLUTION
}

}  // namespace tinytorch::data
