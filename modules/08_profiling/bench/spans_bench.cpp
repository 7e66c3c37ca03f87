// What recording costs, and what a full buffer costs.
#include "tinytorch/profiling/spans.hpp"

#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::profiling {
namespace {

void record_spans(benchmark::State& state) {
  SteadyClock clock;
  Recorder recorder(2 * 1024);
  for (auto _ : state) {
    recorder.clear();
    for (int i = 0; i < 1024; ++i) {
      recorder.begin("span", clock.now_ns());
      recorder.end(clock.now_ns());
    }
  }
  state.SetItemsProcessed(state.iterations() * 1024);
}
BENCHMARK(record_spans);

// Ten times as many spans as have room: what the decision about a full buffer costs.
void full_buffer(benchmark::State& state) {
  Recorder recorder(2 * 256);
  for (auto _ : state) {
    recorder.clear();
    for (int i = 0; i < 2560; ++i) {
      recorder.begin("span", i);
      recorder.end(i);
    }
  }
  state.SetItemsProcessed(state.iterations() * 2560);
}
BENCHMARK(full_buffer);

void tree_of(benchmark::State& state) {
  std::vector<Event> events;
  const char* const names[] = {"step", "conv2d", "relu"};
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    for (const char* name : names) events.push_back({name, i, 0, Event::Phase::begin});
    for (int d = 2; d >= 0; --d) events.push_back({names[d], i, 0, Event::Phase::end});
  }
  for (auto _ : state) benchmark::DoNotOptimize(build_tree(events));
  state.SetItemsProcessed(state.iterations() * 3 * state.range(0));
}
BENCHMARK(tree_of)->ArgName("steps")->Arg(1000)->Arg(10'000);

void track_blocks(benchmark::State& state) {
  SteadyClock clock;
  MemoryTracker tracker(clock);
  for (auto _ : state) {
    for (std::uint64_t block = 0; block < 64; ++block) tracker.allocated(block, 64, memory::Tag::activation);
    for (std::uint64_t block = 0; block < 64; ++block) tracker.freed(block);
  }
  state.SetItemsProcessed(state.iterations() * 128);
}
BENCHMARK(track_blocks);

}  // namespace
}  // namespace tinytorch::profiling
