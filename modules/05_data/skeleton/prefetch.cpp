// Lab 05, part C: batches made ahead by other threads, bounded and in order.

#include "src/course/holes.hpp"
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
  TINYTORCH_TODO("5.9");  // a place is free as soon as the number lies within the window
}

// The items by number, waiting for the next one. Once closed: what is there, in order, then nothing.
//   pushed 1, 0 -> 0, 1     pushed 2, closed -> 2, nothing
std::optional<BatchQueue::Item> BatchQueue::pop() {
  TINYTORCH_TODO("5.9");  // only the next number will do, until the queue is closed
}

// Lets nothing in any more and wakes everybody who waits. May be called twice.
void BatchQueue::close() {
  TINYTORCH_TODO("5.9");  // both sides may be waiting
}

// What the caller and the workers of one loader share. It never moves, so threads may point to it.
struct PrefetchLoader::Impl {
  EpochPlan plan;
  std::unique_ptr<BatchQueue> queue;  // null: no epoch is under way
  std::mutex mutex;                   // guards stats, which the workers and the caller change
  LoaderStats stats;
  std::vector<Worker> workers;  // the last member: they are joined before what they use goes
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
  } catch (...) {  // a hole; the workers are joined all the same
  }
}

// Sets the workers to work on plan(epoch); what was under way is dropped. Each Worker closes the queue on_error, so
// that nobody waits for what will not come.
void PrefetchLoader::begin_epoch(std::int64_t epoch) {
  TINYTORCH_TODO("5.10");  // everything anew; nothing of the epoch before can arrive in this one
}

// The next batch, in order; nothing after the last and when no epoch is under way. Throws what a worker threw in making
// it; when a worker broke down otherwise, stops and throws that.
std::optional<Batch> PrefetchLoader::next() {
  TINYTORCH_TODO("5.10");  // a queue that ends early tells of a worker that broke down
}

// Wakes and joins the workers and frees what they made. From any state, also twice.
void PrefetchLoader::stop() {
  TINYTORCH_TODO("5.10");  // close first, or a worker waits for room for ever
}

// Counts since the epoch began.
LoaderStats PrefetchLoader::stats() const {
  TINYTORCH_TODO("5.10");  // all of one moment
}

}  // namespace tinytorch::data
