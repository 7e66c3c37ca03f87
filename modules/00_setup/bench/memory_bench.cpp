// What memory costs: dependent loads, loads in order, strides, first touch.
#include "src/course/machine_profile.hpp"

#include <cstring>
#include <numeric>

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

std::size_t nodes_in(std::int64_t bytes) { return static_cast<std::size_t>(bytes) / sizeof(ChaseNode); }

void walk(benchmark::State& state, const std::vector<std::uint32_t>& ring) {
  constexpr std::size_t loads = 10'000;
  const AlignedBuffer<ChaseNode> nodes = walk_buffer(static_cast<std::int64_t>(ring.size() * sizeof(ChaseNode)));
  link_nodes(ring, nodes.span());
  std::uint32_t at = chase(nodes.data(), 0, ring.size());  // one round, to fill the caches
  for (auto _ : state) benchmark::DoNotOptimize(at = chase(nodes.data(), at, loads));
  const auto total = static_cast<std::int64_t>(loads) * state.iterations();
  state.SetBytesProcessed(total * static_cast<std::int64_t>(sizeof(ChaseNode)));
  state.counters["per_load"] =
      benchmark::Counter(static_cast<double>(total), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Each load waits for the one before, and nothing can guess where it goes.
void chase_at_random(benchmark::State& state) {
  Generator generator(1);
  walk(state, chase_ring(nodes_in(state.range(0)), generator));
}
BENCHMARK(chase_at_random)->ArgName("bytes")->RangeMultiplier(4)->Range(16 << 10, 64 << 20);

/// The same chain of loads in order: the processor fetches ahead.
void chase_in_order(benchmark::State& state) {
  std::vector<std::uint32_t> ring(nodes_in(state.range(0)));
  std::iota(ring.begin(), ring.end(), 1u);
  ring.back() = 0;
  walk(state, ring);
}
BENCHMARK(chase_in_order)->ArgName("bytes")->RangeMultiplier(4)->Range(16 << 10, 64 << 20);

/// Reads every `stride`-th float. Counts the bytes of the lines that are moved, not of the floats that are read.
void read_with_stride(benchmark::State& state) {
  AlignedBuffer<float> values(16 << 20);
  std::fill_n(values.data(), values.size(), 1.0f);
  const auto stride = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    float sums[4] = {};
    for (std::size_t i = 0; i + 4 * stride <= values.size(); i += 4 * stride) {
      for (std::size_t chain = 0; chain < 4; ++chain) sums[chain] += values.data()[i + chain * stride];
    }
    benchmark::DoNotOptimize(sums);
  }
  const std::int64_t lines = static_cast<std::int64_t>(values.size() / std::max<std::size_t>(stride, 16));
  state.SetBytesProcessed(state.iterations() * lines * 64);
}
BENCHMARK(read_with_stride)->ArgName("stride")->RangeMultiplier(2)->Range(1, 64)->Unit(benchmark::kMillisecond);

/// Writes memory that the system has not provided yet.
void first_touch(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    AlignedBuffer<unsigned char> fresh(bytes, 4096);
    state.ResumeTiming();
    std::memset(fresh.data(), 1, bytes);
    benchmark::DoNotOptimize(*fresh.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(first_touch)->ArgName("bytes")->Arg(64 << 20)->Unit(benchmark::kMillisecond);

/// Writes it once more.
void second_touch(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  AlignedBuffer<unsigned char> used(bytes, 4096);
  std::memset(used.data(), 1, bytes);
  for (auto _ : state) {
    std::memset(used.data(), 2, bytes);
    benchmark::DoNotOptimize(*used.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(second_touch)->ArgName("bytes")->Arg(64 << 20)->Unit(benchmark::kMillisecond);

void allocate_and_free(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    void* const p = allocate_aligned(bytes, 64);
    benchmark::DoNotOptimize(p);
    free_aligned(p);
  }
}
BENCHMARK(allocate_and_free)->ArgName("bytes")->Arg(64)->Arg(4096)->Arg(1 << 20);

}  // namespace
}  // namespace tinytorch
