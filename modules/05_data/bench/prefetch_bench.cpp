// Batches made ahead: what it costs to hand one over, and one ring against one slot per worker when some are slow.
#include "tinytorch/data/prefetch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

void stand_still(double us) { std::this_thread::sleep_for(std::chrono::duration<double, std::micro>(us)); }

/// A push and a pop, on two threads that do nothing else.
void hand_over(benchmark::State& state) {
  data::BatchQueue queue(state.range(0));
  data::Worker producer([&queue] {
    for (std::int64_t k = 0; queue.push({.sequence = k}); ++k) {
    }
  });
  for (auto step : state) benchmark::DoNotOptimize(queue.pop());
  queue.close();
  state.SetItemsProcessed(state.iterations());
}

/// An epoch of tiny batches: what a loader costs when making a batch costs nothing.
void epoch_of_tiny_batches(benchmark::State& state) {
  constexpr std::int64_t batches = 200;
  const data::TensorDataset set(zeros({batches, 1}), zeros({batches}));
  data::DataLoaderOptions options;
  options.batch_size = 1;
  options.workers = static_cast<int>(state.range(0));
  options.depth = 8;
  data::PrefetchLoader loader(set, options);
  for (auto step : state) {
    loader.begin_epoch(0);
    while (loader.next()) {
    }
  }
  state.SetItemsProcessed(state.iterations() * batches);
}

// ---- the decision: one ring, or one slot per worker ----

constexpr std::int64_t jitter_batches = 60, jitter_workers = 2;
constexpr double make_us = 400, slow_us = 4000, step_us = 500;

double making(std::int64_t k) { return k % 10 == 9 ? slow_us : make_us; }

/// The bound: 1 / max(mean time to make a batch / workers, step). No schedule is faster.
void count_batches(benchmark::State& state) {
  const double mean = (9 * make_us + slow_us) / 10;
  state.SetItemsProcessed(state.iterations() * jitter_batches);
  state.counters["bound_per_s"] = 1e6 / std::max(mean / jitter_workers, step_us);
}

/// Your queue: the worker that is free makes the next batch.
void jitter_one_ring(benchmark::State& state) {
  for (auto step : state) {
    data::BatchQueue queue(state.range(0));
    std::atomic<std::int64_t> taken = 0;
    const auto work = [&] {
      for (std::int64_t k = taken++; k < jitter_batches; k = taken++) {
        stand_still(making(k));
        queue.push({.sequence = k});
      }
    };
    const data::Worker first(work), second(work);
    for (std::int64_t k = 0; k < jitter_batches; ++k) {
      queue.pop();
      stand_still(step_us);
    }
  }
  count_batches(state);
}

/// One slot per worker: worker w makes batches w, w + 2, ... A slow batch delays its worker and all later batches.
void jitter_one_slot_per_worker(benchmark::State& state) {
  struct Slot {
    std::mutex mutex;
    std::condition_variable changed;
    bool full = false;
  };
  for (auto step : state) {
    std::vector<Slot> slots(jitter_workers);
    const auto set = [](Slot& slot, bool full) {
      std::unique_lock lock(slot.mutex);
      slot.changed.wait(lock, [&] { return slot.full != full; });
      slot.full = full;
      slot.changed.notify_all();
    };
    const auto work = [&](std::int64_t own) {
      for (std::int64_t k = own; k < jitter_batches; k += jitter_workers) {
        stand_still(making(k));
        set(slots[static_cast<std::size_t>(own)], true);
      }
    };
    const data::Worker first([&] { work(0); }), second([&] { work(1); });
    for (std::int64_t k = 0; k < jitter_batches; ++k) {
      set(slots[static_cast<std::size_t>(k % jitter_workers)], false);
      stand_still(step_us);
    }
  }
  count_batches(state);
}

BENCHMARK(hand_over)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();
BENCHMARK(epoch_of_tiny_batches)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(jitter_one_ring)->Arg(2)->Arg(8)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(jitter_one_slot_per_worker)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tinytorch
