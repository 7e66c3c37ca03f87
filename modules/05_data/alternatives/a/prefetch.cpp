// Another right solution: a lane for each worker. Only worker w makes batches w, w + W, w + 2 W, ... A worker needs a
// permit to begin a batch, and the number of permits is the bound. The queue is an unordered list.
#include "tinytorch/data/prefetch.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <vector>

namespace tinytorch::data {

struct BatchQueue::Impl {
  std::mutex mutex;
  std::condition_variable changed;
  std::list<Item> items;
  std::int64_t depth = 0, next = 0;
  bool closed = false;

  std::list<Item>::iterator lowest() {
    return std::min_element(items.begin(), items.end(),
                            [](const Item& a, const Item& b) { return a.sequence < b.sequence; });
  }
};

BatchQueue::BatchQueue(std::int64_t depth) : impl_(std::make_unique<Impl>()) {
  if (depth < 1) throw ValueError("[batch_queue] no depth: " + std::to_string(depth));
  impl_->depth = depth;
}

BatchQueue::~BatchQueue() = default;

bool BatchQueue::push(Item item) {
  std::unique_lock lock(impl_->mutex);
  while (!impl_->closed && item.sequence - impl_->next >= impl_->depth) impl_->changed.wait(lock);
  if (!impl_->closed) impl_->items.push_back(std::move(item));
  impl_->changed.notify_all();
  return !impl_->closed;
}

std::optional<BatchQueue::Item> BatchQueue::pop() {
  std::unique_lock lock(impl_->mutex);
  auto found = impl_->lowest();
  while (!impl_->closed && (found == impl_->items.end() || found->sequence != impl_->next)) {
    impl_->changed.wait(lock);
    found = impl_->lowest();
  }
  if (found == impl_->items.end()) return std::nullopt;
  Item item = std::move(*found);
  impl_->items.erase(found);
  impl_->next = item.sequence + 1;
  impl_->changed.notify_all();
  return item;
}

void BatchQueue::close() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closed = true;
  }
  impl_->changed.notify_all();
}

struct PrefetchLoader::Impl {
  struct Made {
    Batch batch;
    std::exception_ptr error;
  };

  void work(std::int64_t own, std::int64_t step, std::int64_t ahead) {
    for (std::int64_t k = own; k < plan.size(); k += step) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stopping || k < stats.delivered + ahead; });
        if (stopping) return;
        ++stats.started;
        stats.peak_alive = std::max(stats.peak_alive, stats.started - stats.delivered);
      }
      Made made;
      try {
        made.batch = plan.load(k);
      } catch (...) {
        made.error = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      lanes[static_cast<std::size_t>(own)].push_back(std::move(made));
      changed.notify_all();
    }
  }

  EpochPlan plan;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::deque<Made>> lanes;
  LoaderStats stats;
  bool stopping = false;
  std::vector<Worker> workers;
};

PrefetchLoader::PrefetchLoader(const Dataset& dataset, DataLoaderOptions options)
    : dataset_(&dataset), options_(std::move(options)), impl_(std::make_unique<Impl>()) {
  EpochPlan::check(options_);
  if (options_.workers < 1) throw ValueError("[prefetch_loader] no workers: " + std::to_string(options_.workers));
  if (options_.depth == 0) options_.depth = 2 * options_.workers;
}

PrefetchLoader::~PrefetchLoader() { stop(); }

void PrefetchLoader::begin_epoch(std::int64_t epoch) {
  stop();
  impl_->plan = plan(epoch);
  impl_->stats = {};
  impl_->stopping = false;
  impl_->lanes = std::vector<std::deque<Impl::Made>>(static_cast<std::size_t>(options_.workers));
  for (std::int64_t own = 0; own < options_.workers; ++own) {
    impl_->workers.emplace_back([impl = impl_.get(), own, step = std::int64_t{options_.workers},
                                 ahead = options_.depth + options_.workers] { impl->work(own, step, ahead); },
                                [impl = impl_.get()] {
                                  const std::lock_guard lock(impl->mutex);
                                  impl->stopping = true;
                                  impl->changed.notify_all();
                                });
  }
}

std::optional<Batch> PrefetchLoader::next() {
  std::unique_lock lock(impl_->mutex);
  if (impl_->workers.empty() || impl_->stats.delivered == impl_->plan.size()) return std::nullopt;
  auto& lane = impl_->lanes[static_cast<std::size_t>(impl_->stats.delivered % options_.workers)];
  ++impl_->stats.delivered;
  impl_->changed.notify_all();
  impl_->changed.wait(lock, [&] { return impl_->stopping || !lane.empty(); });
  if (lane.empty()) {  // a worker broke down
    lock.unlock();
    std::exception_ptr error;
    for (Worker& worker : impl_->workers) {
      if (auto escaped = worker.join()) error = escaped;
    }
    stop();
    if (error) std::rethrow_exception(error);
    return std::nullopt;
  }
  Impl::Made made = std::move(lane.front());
  lane.pop_front();
  if (made.error) std::rethrow_exception(made.error);
  return std::move(made.batch);
}

void PrefetchLoader::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->changed.notify_all();
  }
  impl_->workers.clear();
  impl_->lanes.clear();
}

LoaderStats PrefetchLoader::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->stats;
}

}  // namespace tinytorch::data
