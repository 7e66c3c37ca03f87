// Lab 05, part C: other threads make batches ahead, in order and a limited number of them.

#include "tinytorch/data/prefetch.hpp"

#include "src/course/holes.hpp"

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
  // BEGIN 5.9: there is room when the number is less than next + depth
  TINYTORCH_TODO("5.9");
  // END 5.9
}

// The items in the order of their numbers; waits for the next one. After close(): the items that are there, then
// nothing.
//   push 1, push 0 -> 0, 1; push 2, close -> 2, nothing
std::optional<BatchQueue::Item> BatchQueue::pop() {
  // BEGIN 5.9: wait for the next number; after close() skip numbers that are missing
  TINYTORCH_TODO("5.9");
  // END 5.9
}

// Closes the queue and wakes every thread that waits.
void BatchQueue::close() {
  // BEGIN 5.9: threads may be waiting in push() and in pop()
  TINYTORCH_TODO("5.9");
  // END 5.9
}

// The data that the caller and the workers share. It never moves, so threads can keep pointers to it.
struct PrefetchLoader::Impl {
  EpochPlan plan;
  std::unique_ptr<BatchQueue> queue;  // null when no epoch has begun
  std::mutex mutex;                   // guards stats, which workers and caller change
  LoaderStats stats;
  std::vector<Worker> workers;  // the last member: destroyed, and so joined, before the data that they use
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
  // BEGIN 5.10: a new plan, a new queue and new counts: no batch of the old epoch can arrive
  TINYTORCH_TODO("5.10");
  // END 5.10
}

// The next batch in order, or nothing; throws the exception that was thrown in place of the batch.
//   batch 1 of 3 throws -> batch 0, exception, batch 2, nothing
std::optional<Batch> PrefetchLoader::next() {
  // BEGIN 5.10: when a batch is missing, a worker ended by an exception
  TINYTORCH_TODO("5.10");
  // END 5.10
}

// Ends the epoch: wakes and joins the workers and frees their batches.
void PrefetchLoader::stop() {
  // BEGIN 5.10: close the queue first, or a worker waits for room for ever
  TINYTORCH_TODO("5.10");
  // END 5.10
}

// The counts since the epoch began.
LoaderStats PrefetchLoader::stats() const {
  // BEGIN 5.10: read all counts at one moment
  TINYTORCH_TODO("5.10");
  // END 5.10
}

}  // namespace tinytorch::data
