// Another right solution: a reorder buffer (a map by number), and semaphores in place of condition variables. Each
// waiting thread has its own semaphore. A thread that changes something releases those that may check again. The loader
// gives permits to begin a batch.
#include "tinytorch/data/prefetch.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

namespace tinytorch::data {

struct BatchQueue::Impl {
  using Semaphore = std::counting_semaphore<>;

  /// Unlocks until wake_all() is called, then locks again.
  void wait(std::unique_lock<std::mutex>& lock) {
    Semaphore mine(0);
    waiting.push_back(&mine);
    lock.unlock();
    mine.acquire();
    lock.lock();
  }
  // A semaphore must outlive its release. A woken thread cannot get the lock before this call has returned.
  void wake_all() {
    for (Semaphore* semaphore : waiting) semaphore->release();
    waiting.clear();
  }

  std::mutex mutex;
  std::vector<Semaphore*> waiting;
  std::map<std::int64_t, Item> items;
  std::int64_t depth = 0, next = 0;
  bool closed = false;
};

BatchQueue::BatchQueue(std::int64_t depth) : impl_(std::make_unique<Impl>()) {
  if (depth < 1) throw ValueError("[batch_queue] " + std::to_string(depth));
  impl_->depth = depth;
}

BatchQueue::~BatchQueue() = default;

bool BatchQueue::push(Item item) {
  std::unique_lock lock(impl_->mutex);
  while (!impl_->closed && item.sequence >= impl_->next + impl_->depth) impl_->wait(lock);
  if (impl_->closed) return false;
  const std::int64_t number = item.sequence;
  impl_->items.emplace(number, std::move(item));
  impl_->wake_all();
  return true;
}

std::optional<BatchQueue::Item> BatchQueue::pop() {
  std::unique_lock lock(impl_->mutex);
  while (!impl_->closed && impl_->items.count(impl_->next) == 0) impl_->wait(lock);
  if (impl_->items.empty()) return std::nullopt;
  auto node = impl_->items.extract(impl_->items.begin());
  impl_->next = node.key() + 1;
  impl_->wake_all();
  return std::move(node.mapped());
}

void BatchQueue::close() {
  const std::lock_guard lock(impl_->mutex);
  impl_->closed = true;
  impl_->wake_all();
}

struct PrefetchLoader::Impl {
  explicit Impl(std::int64_t permits) : room(permits) {}

  void work() {
    for (;;) {
      room.acquire();
      const std::int64_t k = taken++;
      if (stopping || k >= plan.size()) return;
      const std::int64_t alive = ++started - delivered;
      std::int64_t peak = peak_alive;
      while (alive > peak && !peak_alive.compare_exchange_weak(peak, alive)) {
      }
      BatchQueue::Item item{k, {}, {}};
      try {
        item.batch = plan.load(k);
      } catch (...) {
        item.error = std::current_exception();
      }
      if (!ready->push(std::move(item))) return;
    }
  }

  EpochPlan plan;
  std::counting_semaphore<> room;
  std::unique_ptr<BatchQueue> ready;
  std::atomic<std::int64_t> taken = 0, started = 0, delivered = 0, peak_alive = 0;
  std::atomic<bool> stopping = false;
  std::vector<Worker> workers;
};

PrefetchLoader::PrefetchLoader(const Dataset& dataset, DataLoaderOptions options)
    : dataset_(&dataset), options_(std::move(options)), impl_(std::make_unique<Impl>(0)) {
  EpochPlan::check(options_);
  if (options_.workers < 1) throw ValueError("[prefetch_loader] " + std::to_string(options_.workers));
  if (options_.depth == 0) options_.depth = 2 * options_.workers;
}

PrefetchLoader::~PrefetchLoader() { stop(); }

void PrefetchLoader::begin_epoch(std::int64_t epoch) {
  stop();
  const std::int64_t permits = options_.depth + options_.workers;
  auto fresh = std::make_unique<Impl>(permits);
  fresh->plan = plan(epoch);
  fresh->ready = std::make_unique<BatchQueue>(permits);
  impl_ = std::move(fresh);
  for (int i = 0; i < options_.workers; ++i) {
    impl_->workers.emplace_back([impl = impl_.get()] { impl->work(); }, [impl = impl_.get()] { impl->ready->close(); });
  }
}

std::optional<Batch> PrefetchLoader::next() {
  if (!impl_->ready || impl_->delivered == impl_->plan.size()) return std::nullopt;
  ++impl_->delivered;
  impl_->room.release();
  std::optional<BatchQueue::Item> item = impl_->ready->pop();
  if (item && item->sequence + 1 != impl_->delivered) item.reset();
  if (!item) {
    impl_->stopping = true;
    impl_->room.release(options_.workers);
    std::exception_ptr error;
    for (Worker& worker : impl_->workers) {
      if (auto escaped = worker.join()) error = escaped;
    }
    stop();
    if (error) std::rethrow_exception(error);
    return std::nullopt;
  }
  if (item->error) std::rethrow_exception(item->error);
  return std::move(item->batch);
}

void PrefetchLoader::stop() {
  if (!impl_->ready) return;
  impl_->stopping = true;
  impl_->ready->close();
  impl_->room.release(options_.workers);
  impl_->workers.clear();
  impl_->ready.reset();
}

LoaderStats PrefetchLoader::stats() const { return {impl_->started, impl_->delivered, impl_->peak_alive}; }

}  // namespace tinytorch::data
