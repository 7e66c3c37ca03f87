// What a virtual load test costs, and the decision of part B: how many requests a tail takes.
#include "tinytorch/profiling/benchmark.hpp"
#include "tinytorch/profiling/loadgen.hpp"
#include "tinytorch/profiling/virtual_time.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::profiling {
namespace {

constexpr std::int64_t service_ns = 1'000'000;

/// At 80 % load of each server.
std::vector<std::int64_t> requests_for(std::int64_t servers, std::int64_t count, std::uint64_t seed) {
  Generator g(seed);
  return poisson_arrivals(800.0 * static_cast<double>(servers), count, g);
}

std::vector<std::int64_t> equal_service(const std::vector<std::int64_t>& arrivals) {
  return std::vector<std::int64_t>(arrivals.size(), service_ns);
}

void fifo_of(benchmark::State& state) {
  const std::int64_t servers = state.range(0);
  const auto arrivals = requests_for(servers, 10'000, 1), service = equal_service(arrivals);
  for (auto _ : state) benchmark::DoNotOptimize(fifo_latencies(arrivals, service, servers));
  state.SetItemsProcessed(state.iterations() * 10'000);
}
BENCHMARK(fifo_of)->ArgName("servers")->Arg(1)->Arg(8)->Arg(64);

void server_of(benchmark::State& state) {
  const auto arrivals = requests_for(1, state.range(0), 1), service = equal_service(arrivals);
  for (auto _ : state) {
    VirtualClock clock;
    VirtualSystem system(clock, service, 1);
    benchmark::DoNotOptimize(run_server(system, arrivals, clock));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(server_of)->ArgName("requests")->Arg(1000)->Arg(10'000);

/// 200 tails of one server at 80 % load, each from `requests` requests. `spread` is their deviation / their mean, in
/// percent.
void tail_of(benchmark::State& state) {
  double sum = 0, squares = 0, runs = 0;
  for (auto _ : state) {
    const auto arrivals = requests_for(1, state.range(0), static_cast<std::uint64_t>(runs));
    const auto latencies = fifo_latencies(arrivals, equal_service(arrivals), 1);
    const double p99 = quantile(std::vector<double>(latencies.begin(), latencies.end()), 0.99) / service_ns;
    sum += p99;
    squares += p99 * p99;
    ++runs;
  }
  const double mean = sum / runs;
  state.counters["p99"] = mean;
  state.counters["spread"] = 100 * std::sqrt(std::max(squares / runs - mean * mean, 0.0)) / mean;
}
BENCHMARK(tail_of)->ArgName("requests")->Arg(1000)->Arg(10'000)->Arg(100'000)->Iterations(200);

}  // namespace
}  // namespace tinytorch::profiling
