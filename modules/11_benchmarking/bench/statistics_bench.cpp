// What the statistics cost, and the decision of the lab: more rounds or longer samples.
#include "tinytorch/profiling/benchmark.hpp"
#include "tinytorch/profiling/statistics.hpp"
#include "tinytorch/profiling/virtual_time.hpp"

#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::profiling {
namespace {

std::vector<double> noise(std::int64_t count) {
  Generator g(1);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = std::exp(0.05 * g.normal());
  return values;
}

void quantile_of(benchmark::State& state) {
  const std::vector<double> values = noise(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(quantile(values, 0.99));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(quantile_of)->ArgName("values")->Arg(100)->Arg(10'000)->Arg(1'000'000);

void bootstrap_of(benchmark::State& state) {
  const std::vector<double> values = noise(state.range(0));
  const auto middle = [](std::span<const double> resample) { return quantile(resample, 0.5); };
  Generator g(2);
  for (auto _ : state) benchmark::DoNotOptimize(bootstrap_interval(values, middle, 0.95, 100, g));
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(bootstrap_of)->ArgName("values")->Arg(30)->Arg(300);

void warmup_of(benchmark::State& state) {
  const std::vector<double> values = noise(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(warmup_length(values));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(warmup_of)->ArgName("samples")->Arg(100)->Arg(1000);

void compare_of(benchmark::State& state) {
  Paired times{noise(2 * state.range(0)), {}};
  times.b.assign(times.a.begin() + state.range(0), times.a.end());
  times.a.resize(times.b.size());
  for (auto _ : state) benchmark::DoNotOptimize(compare(times, 0.05));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(compare_of)->ArgName("rounds")->Arg(10)->Arg(30)->Arg(100);

void arrivals_of(benchmark::State& state) {
  Generator g(3);
  for (auto _ : state) benchmark::DoNotOptimize(poisson_arrivals(1000, state.range(0), g));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(arrivals_of)->ArgName("requests")->Arg(10'000);

/// Virtual runs of 1 ms with 5 % of noise a run, and 2 % more that a whole sample shares.
class Sample final : public Subject {
 public:
  Sample(VirtualClock& clock, Generator& g, std::int64_t runs) : clock_(clock), g_(g), runs_(runs) {}
  void run() override {
    const double shared = std::exp(0.02 * g_.normal());
    for (std::int64_t i = 0; i < runs_; ++i) clock_.advance(std::llround(1e6 * shared * std::exp(0.05 * g_.normal())));
  }

 private:
  VirtualClock& clock_;
  Generator& g_;
  std::int64_t runs_;
};

/// 240 runs of each subject, in `rounds` samples. `width` is that of the interval, in percent.
void budget_of(benchmark::State& state) {
  const std::int64_t rounds = state.range(0), runs = 240 / rounds;
  double width = 0;
  std::int64_t seed = 0;
  for (auto _ : state) {
    VirtualClock clock;
    Generator g(static_cast<std::uint64_t>(seed++));
    Sample a(clock, g, runs), b(clock, g, runs);
    const Interval interval = compare(measure_paired(a, b, rounds, clock, g), 0.05).interval;
    width += 100 * (interval.high - interval.low);
  }
  state.counters["width"] = width / static_cast<double>(seed);
}
BENCHMARK(budget_of)->ArgName("rounds")->Arg(10)->Arg(30)->Arg(60)->Arg(240)->Iterations(50);

}  // namespace
}  // namespace tinytorch::profiling
