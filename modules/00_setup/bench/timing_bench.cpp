// What measuring costs: the median, a ring, and time_median around a body that does nothing.
#include "tinytorch/core/utils.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

void median_of(benchmark::State& state) {
  Generator generator(1);
  std::vector<double> values(static_cast<std::size_t>(state.range(0)));
  for (double& value : values) value = generator.uniform();
  for (auto _ : state) benchmark::DoNotOptimize(median(values));
  state.SetBytesProcessed(state.iterations() * state.range(0) * static_cast<std::int64_t>(sizeof(double)));
}
BENCHMARK(median_of)->ArgName("values")->Arg(11)->Arg(1001)->Arg(100'001);

/// Decision of 0.9: Sattolo's shuffle, or a shuffled list linked in order.
void ring_of(benchmark::State& state) {
  Generator generator(1);
  for (auto _ : state) benchmark::DoNotOptimize(chase_ring(static_cast<std::size_t>(state.range(0)), generator));
  state.SetBytesProcessed(state.iterations() * state.range(0) * static_cast<std::int64_t>(sizeof(std::uint32_t)));
}
BENCHMARK(ring_of)->ArgName("nodes")->Arg(1 << 10)->Arg(1 << 16)->Arg(1 << 22);

void read_clock(benchmark::State& state) {
  SteadyClock clock;
  for (auto _ : state) benchmark::DoNotOptimize(clock.now_ns());
}
BENCHMARK(read_clock);

/// One whole measurement whose samples last 0.1 ms; `median_ns` is its result for an empty body.
void time_an_empty_body(benchmark::State& state) {
  SteadyClock clock;
  double reported = 0;
  for (auto _ : state) {
    reported = time_median([] { benchmark::ClobberMemory(); }, {.min_sample_ns = 100'000}, clock).median;
  }
  state.counters["median_ns"] = reported;
}
BENCHMARK(time_an_empty_body)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tinytorch
