// Answers the predictions of lab 11 on the stack it is linked with, and compares two loops on this machine.
//     measure_11 --seed S --parameters
//     measure_11 --seed S --measure [--out DIR]
#include "tests/kit/measuring.hpp"
#include "tinytorch/profiling/benchmark.hpp"
#include "tinytorch/profiling/statistics.hpp"
#include "tinytorch/profiling/virtual_time.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::profiling {
namespace {

/// The numbers in the questions. They depend on the seed alone, so asking needs no measurement.
struct Parameters {
  std::int64_t cv, effect;  // P1, percent
  std::int64_t values;      // P2
  std::int64_t rounds;      // P3
  std::int64_t looks;       // P4
  std::int64_t samples;     // P5
  std::int64_t load;        // P6, percent
  std::int64_t stall;       // P7, ms
};

std::int64_t one_of(Generator& generator, std::initializer_list<std::int64_t> choices) {
  return choices.begin()[generator.below(choices.size())];
}

Parameters parameters_of(std::uint64_t seed) {
  Generator generator(mix_seed(seed, 11));
  Parameters p{};
  p.cv = one_of(generator, {3, 4, 5, 6, 8, 10});
  p.effect = one_of(generator, {1, 2, 3});
  p.values = one_of(generator, {40, 60, 100, 250});
  p.rounds = one_of(generator, {5, 6, 7, 8, 9});
  p.looks = one_of(generator, {50, 60, 70});
  p.samples = one_of(generator, {40, 50, 60});
  p.load = one_of(generator, {50, 70, 80, 90, 95});
  p.stall = one_of(generator, {40, 60, 80, 100, 150});
  return p;
}

void print_parameters(const Parameters& p) {
  const auto line = [](const char* id, const std::string& numbers) {
    fmt::print("{{\"id\":\"{}\",\"parameters\":{{{}}}}}\n", id, numbers);
  };
  line("P1", fmt::format(R"("cv":{},"effect":{})", p.cv, p.effect));
  line("P2", fmt::format(R"("n":{})", p.values));
  line("P3", fmt::format(R"("n":{})", p.rounds));
  line("P4", fmt::format(R"("looks":{})", p.looks));
  line("P5", fmt::format(R"("n":{})", p.samples));
  line("P6", fmt::format(R"("load":{})", p.load));
  line("P7", fmt::format(R"("stall":{})", p.stall));
}

// ---- P1: how many rounds an effect takes ----

void measure_rounds(const Parameters& p) {
  const double cv = static_cast<double>(p.cv) / 100, effect = static_cast<double>(p.effect) / 100;
  const std::int64_t rounds = rounds_needed(cv, effect, 0.05, 0.8);
  lab::answer("P1", static_cast<double>(rounds), "rounds", 0,
              fmt::format("half the effect: {} rounds; half the noise: {}; cv 5 % and effect 2 %: {}",
                          rounds_needed(cv, effect / 2, 0.05, 0.8), rounds_needed(cv / 2, effect, 0.05, 0.8),
                          rounds_needed(0.05, 0.02, 0.05, 0.8)));
}

// ---- P2: what a resample holds ----

void measure_resample(const Parameters& p) {
  std::vector<double> values(static_cast<std::size_t>(p.values));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  double different = 0;
  const auto count = [&](std::span<const double> resample) {
    const auto held = static_cast<double>(std::set<double>(resample.begin(), resample.end()).size());
    different += held / 2000;
    return held;
  };
  Generator g(2);
  const Interval interval = bootstrap_interval(values, count, 0.9, 2000, g);
  const auto n = static_cast<double>(p.values);
  lab::answer("P2", n * (1 - std::pow(1 - 1 / n, n)), "values", 0,
              fmt::format("counted in 2000 resamples: {:.1f}, nine in ten between {:.0f} and {:.0f}", different,
                          interval.low, interval.high));
}

// ---- P3: the smallest p of few rounds ----

double p_when_always_faster(std::int64_t rounds) {
  Paired times;
  for (std::int64_t i = 0; i < rounds; ++i) {
    times.a.push_back(1000);
    times.b.push_back(900 - static_cast<double>(i));
  }
  return compare(times, 0.05).p;
}

void measure_p(const Parameters& p) {
  lab::answer("P3", 1000 * p_when_always_faster(p.rounds), "thousandths", 0,
              fmt::format("with 3 rounds {:.0f}, 5 rounds {:.0f}, 10 rounds {:.1f}", 1000 * p_when_always_faster(3),
                          1000 * p_when_always_faster(5), 1000 * p_when_always_faster(10)));
}

// ---- P4: looking until it shows ----

/// Times of two equal programs; a part of each round's noise stays for the next one.
Paired equal_pair(Generator& g, std::int64_t rounds, double kept) {
  Paired times;
  double noise = 0;
  for (std::int64_t i = 0; i < rounds; ++i) {
    noise = kept * noise + 0.05 * g.normal();
    times.a.push_back(1e6);
    times.b.push_back(1e6 * std::exp(noise));
  }
  return times;
}

/// Of 100 sessions, how many report a difference when they look at the rounds from `first` to the last.
double reports(std::int64_t first, std::int64_t last, double kept) {
  constexpr int sessions = 400;
  int found = 0;
  Generator g(4);
  for (int session = 0; session < sessions; ++session) {
    const Paired all = equal_pair(g, last, kept);
    bool shown = false;
    for (std::int64_t rounds = first; rounds <= last && !shown; ++rounds) {
      const Paired so_far{{all.a.begin(), all.a.begin() + rounds}, {all.b.begin(), all.b.begin() + rounds}};
      shown = compare(so_far, 0.05).difference != Difference::not_shown;
    }
    found += shown ? 1 : 0;
  }
  return 100.0 * found / sessions;
}

void measure_looks(const Parameters& p) {
  const double looking = reports(10, p.looks, 0), once = reports(p.looks, p.looks, 0);
  lab::answer(
      "P4", looking, "sessions", 1,
      fmt::format("one look at the end: {:.1f}; noise is white in both, so neighbours do not resemble each other",
                  once));
}

// ---- P5: a p99 of few samples ----

/// In how many of 100 cases the interval holds the true p99 of log-normal latencies.
double cases_held(std::int64_t samples) {
  constexpr int cases = 300;
  const double truth = std::exp(0.5 * normal_quantile(0.99));
  const auto p99 = [](std::span<const double> values) { return quantile(values, 0.99); };
  int held = 0;
  Generator g(5);
  for (int i = 0; i < cases; ++i) {
    std::vector<double> latencies(static_cast<std::size_t>(samples));
    for (double& latency : latencies) latency = std::exp(0.5 * g.normal());
    const Interval interval = bootstrap_interval(latencies, p99, 0.95, 200, g);
    held += interval.low <= truth && truth <= interval.high ? 1 : 0;
  }
  return 100.0 * held / cases;
}

void measure_tail(const Parameters& p) {
  lab::answer("P5", cases_held(p.samples), "cases", 0,
              fmt::format("from 1000 samples: {:.0f}; the p99 of {} samples lies between the two largest",
                          cases_held(1000), p.samples));
}

// ---- P6: the tail of a busy server ----

constexpr std::int64_t ms = 1'000'000;

double quantile_of(const std::vector<std::int64_t>& times, double q) {
  return quantile(std::vector<double>(times.begin(), times.end()), q);
}

/// The p99, in service times, of two million requests that all take as long, and their mean wait.
struct Tail {
  double p99 = 0, mean_wait = 0;
};

Tail tail_at(double load) {
  constexpr std::int64_t requests = 2'000'000;
  Generator g(7);
  const auto arrivals = poisson_arrivals(1000 * load, requests, g);
  const std::vector<std::int64_t> service(arrivals.size(), ms);
  const auto latencies = fifo_latencies(arrivals, service, 1);
  double sum = 0;
  for (const std::int64_t latency : latencies) sum += static_cast<double>(latency - ms);
  return {quantile_of(latencies, 0.99) / ms, sum / requests / ms};
}

void measure_load(const Parameters& p) {
  const double load = static_cast<double>(p.load) / 100;
  const Tail tail = tail_at(load);
  lab::answer(
      "P6", tail.p99, "service times", 0,
      fmt::format("p99 at 50 % load {:.1f}, at 80 % {:.1f}, at 90 % {:.1f}, at 95 % {:.1f}; the mean wait at {} % "
                  "is {:.2f}, Pollaczek and Khinchine say {:.2f}",
                  tail_at(0.5).p99, tail_at(0.8).p99, tail_at(0.9).p99, tail_at(0.95).p99, p.load, tail.mean_wait,
                  load / (2 * (1 - load))));
}

// ---- P7: who sees a stall ----

void measure_stall(const Parameters& p) {
  constexpr std::size_t requests = 10'000;
  std::vector<std::int64_t> arrivals, service(requests, ms);
  for (std::size_t i = 0; i < requests; ++i) arrivals.push_back(2 * ms * static_cast<std::int64_t>(i));
  for (std::size_t i = 500; i < requests; i += 1000) service[i] = p.stall * ms;
  VirtualClock open, closed;
  VirtualSystem under_load(open, service, 1), one_by_one(closed, service, 1);
  const ScenarioResult server = run_server(under_load, arrivals, open);
  const ScenarioResult stream = run_single_stream(one_by_one, static_cast<std::int64_t>(requests), closed);
  const auto late = std::count_if(server.latencies.begin(), server.latencies.end(),
                                  [](std::int64_t latency) { return latency > ms; });
  lab::answer(
      "P7", quantile_of(server.latencies, 0.99) / ms, "ms", 0,
      fmt::format("a closed loop says {:.0f} ms; late in the open loop: {} of {} requests, in the closed one: 10",
                  quantile_of(stream.latencies, 0.99) / ms, late, requests));
}

// ---- This machine ----

volatile double sink = 0;

/// Sums numbers one after the other.
struct Sum {
  std::size_t count;
  void operator()() const {
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum = sum + static_cast<double>(i) * 0.5;
    sink = sum;
  }
};

void compare_here() {
  SteadyClock clock;
  Generator g(6);
  FunctionSubject a(Sum{20'000}), same(Sum{20'000}), longer(Sum{22'000});
  measure_paired(a, a, 20, clock, g);
  const Paired equal = measure_paired(a, same, 60, clock, g), other = measure_paired(a, longer, 60, clock, g);
  fmt::print(stderr, "on this machine, the same loop: {}\n", to_string(compare(equal, 0.05), 60, 0.05));
  fmt::print(stderr, "on this machine, 10 % more of it: {}\n", to_string(compare(other, 0.05), 60, 0.05));
}

void run(const lab::MeasureRequest& request) {
  const Parameters p = parameters_of(request.seed);
  if (request.parameters) return print_parameters(p);
  measure_rounds(p);
  measure_resample(p);
  measure_p(p);
  measure_looks(p);
  measure_tail(p);
  compare_here();
  measure_load(p);
  measure_stall(p);
}

}  // namespace
}  // namespace tinytorch::profiling

int main(int argc, char** argv) {
  return tinytorch::lab::measure_program("measure_11", tinytorch::profiling::run, argc, argv);
}
