// Scenarios in virtual time, compared with the oracle to the nanosecond.

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/benchmark.hpp"
#include "tinytorch/profiling/virtual_time.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>

namespace tinytorch::profiling {
namespace {

using Times = std::vector<std::int64_t>;

Times random_service(Generator& g, std::size_t count) {
  Times service;
  for (std::size_t i = 0; i < count; ++i)
    service.push_back(static_cast<std::int64_t>(g.below(2'000'000)) + (g.below(50) == 0 ? 20'000'000 : 0));
  return service;
}

std::vector<double> numbers(const Times& times) { return {times.begin(), times.end()}; }

TEST(Server, gives_the_latencies_of_the_queue_to_the_nanosecond) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Generator g(seed);
    const Times arrivals = poisson_arrivals(700, 300, g), service = random_service(g, 300);
    const auto servers = 1 + static_cast<std::int64_t>(g.below(4));
    VirtualClock clock;
    clock.advance_to(static_cast<std::int64_t>(g.below(1'000'000)));
    VirtualSystem system(clock, service, servers);
    EXPECT_EQ(run_server(system, arrivals, clock).latencies, fifo_latencies(arrivals, service, servers)) << seed;
  }
}

// Fixed service times at 80 % load: the mean waiting time is load / (2 (1 - load)) service times, 2 here
// (Pollaczek and Khinchine).
TEST(Server, waits_as_queueing_theory_says) {
  Generator g(3);
  const Times arrivals = poisson_arrivals(800, 200'000, g), service(200'000, 1'000'000);
  double sum = 0;
  for (const std::int64_t latency : fifo_latencies(arrivals, service, 1)) sum += static_cast<double>(latency);
  EXPECT_NEAR(sum / 200'000 / 1e6, 3.0, 0.15);
}

// A stall of 100 ms: one request of the closed loop sees it, and each arrival of the open one that piles up.
TEST(Server, sees_every_arrival_that_a_stall_delays) {
  Times service(2000, 1'000'000);
  service[500] = 100'000'000;
  Generator g(1);
  VirtualClock open, closed;
  VirtualSystem under_load(open, service, 1), one_by_one(closed, service, 1);
  const auto server = run_server(under_load, poisson_arrivals(500, 2000, g), open);
  const auto stream = run_single_stream(one_by_one, 2000, closed);
  EXPECT_GT(quantile(numbers(server.latencies), 0.99), 50e6);
  EXPECT_EQ(quantile(numbers(stream.latencies), 0.99), 1e6);
}

TEST(SingleStream, issues_one_at_a_time) {
  VirtualClock clock;
  VirtualSystem system(clock, {5, 7, 1}, 3);
  const ScenarioResult result = run_single_stream(system, 3, clock);
  EXPECT_EQ(result.latencies, (Times{5, 7, 1}));
  EXPECT_EQ(result.elapsed_ns, 13);
  EXPECT_EQ(system.most_inside(), 1);
}

TEST(Offline, throughput_is_requests_over_elapsed_time) {
  VirtualClock clock;
  VirtualSystem system(clock, {1'000'000'000, 1, 1}, 2);
  const ScenarioResult result = run_offline(system, 3, clock);
  EXPECT_EQ(result.latencies, (Times{1'000'000'000, 1, 2}));
  EXPECT_DOUBLE_EQ(result.per_second, 3);
  EXPECT_EQ(system.most_inside(), 3);
  EXPECT_EQ(run_offline(system, 0, clock).per_second, 0);
}

TEST(MultiStream, issues_the_next_ones_when_all_are_done) {
  VirtualClock clock;
  VirtualSystem system(clock, {5, 7, 1, 2, 4}, 2);
  const ScenarioResult result = run_multi_stream(system, 2, 5, clock);
  EXPECT_EQ(result.latencies, (Times{5, 7, 1, 2, 4}));
  EXPECT_EQ(result.elapsed_ns, 7 + 2 + 4);
  EXPECT_THROW(run_multi_stream(system, 0, 5, clock), ValueError);
}

TEST(FunctionSystem, serves_on_the_calling_thread) {
  VirtualClock clock;
  Times served;
  FunctionSystem system(
      [&](std::int64_t request) {
        served.push_back(request);
        clock.advance(10);
      },
      clock);
  EXPECT_EQ(run_offline(system, 3, clock).latencies, (Times{10, 20, 30}));
  EXPECT_EQ(served, (Times{0, 1, 2}));
}

TEST(Gate, fails_what_is_slower_and_passes_nothing_that_it_cannot_compare) {
  Paired now;
  for (int i = 0; i < 12; ++i) {
    now.a.push_back(100 + i);
    now.b.push_back(2.2 * (100 + i) + i % 3);
  }
  const GateOptions options{.machine = "m"};
  EXPECT_EQ(regression_gate({"m", 2.0}, now, options), Verdict::slower);
  EXPECT_EQ(regression_gate({"m", 2.2}, now, options), Verdict::pass);
  EXPECT_EQ(regression_gate({"m", 2.15}, now, options), Verdict::pass) << "shown, but less than 5 %";
  EXPECT_EQ(regression_gate({"other", 2.2}, now, options), Verdict::not_comparable);
  EXPECT_EQ(regression_gate({}, now, {}), Verdict::not_comparable);
  now.a.resize(9);
  now.b.resize(9);
  EXPECT_EQ(regression_gate({"m", 2.2}, now, options), Verdict::not_comparable);
}

TEST(Report, says_what_was_found) {
  EXPECT_EQ(to_string(AbResult{Difference::faster, 0.93, {0.91, 0.95}, 0.001}, 30, 0.05),
            "b takes 0.93 times as long as a (95 %: 0.91 to 0.95, p = 0.001, 30 rounds): faster");
  ScenarioResult result{Times(100, 2'000'000), 1'000'000'000, 100};
  EXPECT_EQ(to_string(result), "100 requests, 100.0 a second, mean 2.000 ms, p50 2.000 ms, p90 2.000 ms");
}

TEST(Fingerprint, is_the_same_twice_and_names_the_cores) {
  EXPECT_EQ(machine_fingerprint(), machine_fingerprint());
  EXPECT_EQ(machine_fingerprint("/nowhere"), "unknown processor, 1 cores, 1 threads, quota 1");
}

}  // namespace
}  // namespace tinytorch::profiling
