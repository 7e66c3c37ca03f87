// Lab 05, part C: batches made ahead by other threads, bounded and in order.

#include "tinytorch/data/prefetch.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::data {

// A ring: item number s has the place s % depth. Everything that threads share about items is in here.
struct BatchQueue::Impl {
  std::mutex mutex;
  std::condition_variable came;  // an item, or the end
  std::condition_variable left;  // an item, or the end
  std::vector<std::optional<Item>> places;
  std::int64_t next = 0;  // the number that pop gives next
  bool closed = false;

  std::int64_t depth() const { return static_cast<std::int64_t>(places.size()); }
  std::optional<Item>& place(std::int64_t sequence) { return places[static_cast<std::size_t>(sequence % depth())]; }
};

BatchQueue::BatchQueue(std::int64_t depth) : impl_(std::make_unique<Impl>()) {
  if (depth < 1) throw ValueError("[batch_queue] a queue holds one item or more: " + std::to_string(depth));
  impl_->places.resize(static_cast<std::size_t>(depth));
}

BatchQueue::~BatchQueue() = default;

// Puts the item in, once fewer than `depth` items come before it. False, and the item is gone, once closed.
//   depth 2: push 0, push 1 -> true; push 2 waits until 0 was popped
bool BatchQueue::push(Item item) {
  // BEGIN SOLUTION 5.9: a place is free as soon as the number lies within the window
  std::unique_lock lock(impl_->mutex);
  impl_->left.wait(lock, [&] { return impl_->closed || item.sequence < impl_->next + impl_->depth(); });
  if (impl_->closed) return false;
  impl_->place(item.sequence) = std::move(item);
  impl_->came.notify_all();
  return true;
  // END SOLUTION
}

// The items by number, waiting for the next one. Once closed: what is there, in order, then nothing.
//   pushed 1, 0 -> 0, 1     pushed 2, closed -> 2, nothing
std::optional<BatchQueue::Item> BatchQueue::pop() {
  // BEGIN SOLUTION 5.9: only the next number will do, until the queue is closed
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

// Lets nothing in any more and wakes everybody who waits. May be called twice.
void BatchQueue::close() {
  // BEGIN SOLUTION 5.9: both sides may be waiting
  const std::lock_guard lock(impl_->mutex);
  impl_->closed = true;
  impl_->left.notify_all();
  impl_->came.notify_all();
  // END SOLUTION
}

// What the caller and the workers of one loader share. It never moves, so threads may point to it.
struct PrefetchLoader::Impl {
  EpochPlan plan;
  std::unique_ptr<BatchQueue> queue;  // null: no epoch is under way
  std::mutex mutex;                   // guards stats, which the workers and the caller change
  LoaderStats stats;
  std::vector<Worker> workers;  // the last member: they are joined before what they use goes
  // BEGIN HELPER 5.10

  // The number of a batch that nobody has begun; nothing when all are.
  std::optional<std::int64_t> take() {
    const std::lock_guard lock(mutex);
    if (stats.started == plan.size()) return std::nullopt;
    ++stats.started;
    stats.peak_alive = std::max(stats.peak_alive, stats.started - stats.delivered);
    return stats.started - 1;
  }

  // Makes batches until there are none left to make, and puts each in its place.
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

PrefetchLoader::PrefetchLoader(const Dataset& dataset, LoaderOptions options)
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
  } catch (...) {  // a hole; the workers are joined all the same
  }
}

// Sets the workers to work on plan(epoch); what was under way is dropped. Each Worker closes the queue on_error, so
// that nobody waits for what will not come.
void PrefetchLoader::begin_epoch(std::int64_t epoch) {
  // BEGIN SOLUTION 5.10: everything anew; nothing of the epoch before can arrive in this one
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

// The next batch, in order; nothing after the last and when no epoch is under way. Throws what a worker threw in making
// it; when a worker broke down otherwise, stops and throws that.
std::optional<Batch> PrefetchLoader::next() {
  // BEGIN SOLUTION 5.10: a queue that ends early tells of a worker that broke down
  if (!impl_->queue || impl_->stats.delivered == impl_->plan.size()) return std::nullopt;
  {
    const std::lock_guard lock(impl_->mutex);
    ++impl_->stats.delivered;
  }
  std::optional<BatchQueue::Item> item = impl_->queue->pop();
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

// Wakes and joins the workers and frees what they made. From any state, also twice.
void PrefetchLoader::stop() {
  // BEGIN SOLUTION 5.10: close first, or a worker waits for room for ever
  if (!impl_->queue) return;
  impl_->queue->close();
  impl_->workers.clear();
  impl_->queue.reset();
  // END SOLUTION
}

// Counts since the epoch began.
LoaderStats PrefetchLoader::stats() const {
  // BEGIN SOLUTION 5.10: all of one moment
  const std::lock_guard lock(impl_->mutex);
  return impl_->stats;
  // END SOLUTION
}

}  // namespace tinytorch::data
