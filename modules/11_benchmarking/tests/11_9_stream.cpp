// Task 11.9: run_single_stream and run_offline, in virtual time.

#include "modules/11_benchmarking/tests/load_oracle.hpp"

namespace tinytorch {
namespace {

enum class Scenario : std::uint8_t { stream, offline };

profiling::ScenarioResult run(Scenario scenario, profiling::System& system, std::int64_t count, Clock& clock) {
  return scenario == Scenario::stream ? profiling::run_single_stream(system, count, clock)
                                      : profiling::run_offline(system, count, clock);
}

/// A scenario is given requests and no arrivals; those of the load are not used.
struct Requests {
  Times service;
  std::int64_t count = 0, servers = 1, start = 0, pause = 0;
};

Requests some_requests(lab::Case& c) {
  Requests r;
  r.count = c.input("requests", c.integer(0, 2 + c.size()));
  r.service = c.input("service times", some_service(c, r.count, 40));
  r.servers = c.input("servers", c.integer(1, 4));
  r.start = c.input("the clock at the start", c.integer(0, 1000));
  return r;
}

/// Some runs take a nanosecond, and some none.
Requests some_held_up_requests(lab::Case& c) {
  Requests r;
  r.count = c.input("requests", c.integer(0, 1 + c.size()));
  r.service = c.input("service times", some_service(c, r.count, c.pick<std::int64_t>({1, 40})));
  r.start = c.input("the clock at the start", c.integer(0, 1000));
  r.pause = c.input("ns that each answer holds its caller up", c.integer(0, 20));
  return r;
}

profiling::ScenarioResult result_of(Scenario scenario, const Requests& r) {
  profiling::VirtualClock clock;
  clock.advance_to(r.start);
  profiling::VirtualSystem system(clock, r.service, r.servers);
  return run(scenario, system, r.count, clock);
}

profiling::ScenarioResult result_on_one_thread(Scenario scenario, const Requests& r) {
  profiling::VirtualClock clock;
  clock.advance_to(r.start);
  OnOneThread system(clock, r.service, r.pause);
  return run(scenario, system, r.count, clock);
}

struct Seen {
  Times requests, times;
  std::int64_t most_inside = 0;
};

Seen seen_by_system(Scenario scenario, const Requests& r) {
  profiling::VirtualClock clock;
  clock.advance_to(r.start);
  Watched system(clock, r.service, r.servers);
  run(scenario, system, r.count, clock);
  return {system.requests(), system.times(), system.most_inside()};
}

/// One after the other without a pause: when each begins.
Times begins_of(const Requests& r) {
  Times begins;
  std::int64_t at = r.start;
  for (const std::int64_t time : r.service) {
    begins.push_back(at);
    at += time;
  }
  return begins;
}

/// In a stream each pause but that after the last answer is part of the next request's latency.
Times stream_latencies(const Requests& r) {
  Times latencies;
  for (std::size_t i = 0; i < r.service.size(); ++i) latencies.push_back(r.service[i] + (i == 0 ? 0 : r.pause));
  return latencies;
}

Times offline_latencies(const Requests& r) {
  const Times at_once(r.service.size(), 0);
  return r.pause == 0 ? queue_latencies(at_once, r.service, r.servers)
                      : latencies_with_pause(at_once, r.service, r.pause);
}

std::int64_t sum_of(const Times& times) {
  std::int64_t sum = 0;
  for (const std::int64_t time : times) sum += time;
  return sum;
}

void lasts_for(const profiling::ScenarioResult& result, std::int64_t count, std::int64_t elapsed) {
  const double per_second = per_second_of(static_cast<std::size_t>(count), elapsed);
  CHECK_SAME("elapsed ns", result.elapsed_ns, elapsed);
  CHECK_CLOSE("requests a second", result.per_second, per_second, 1e-12 * per_second);
}

/// The latencies, or what is thrown for fewer than no requests.
void refuses_fewer_than_none(lab::Case& c, Scenario scenario) {
  Requests r;
  r.count = c.input("requests", c.integer(-3, 3));
  r.service = c.input("service times", some_service(c, std::max<std::int64_t>(r.count, 0), 9));
  const auto latencies = [&] {
    if (r.count < 0) throw ValueError("requests");
    return scenario == Scenario::stream ? stream_latencies(r) : offline_latencies(r);
  };
  CHECK_OUTCOME("latencies", result_of(scenario, r).latencies, latencies());
}

}  // namespace

TASK_TEST(11, 9, a_stream_issues_the_next_request_when_the_last_is_done) {
  lab::cases(60, [](lab::Case& c) {
    const Requests r = some_requests(c);
    const Seen seen = seen_by_system(Scenario::stream, r);
    CHECK_SAME("requests in the order of their issue", seen.requests, numbers_to(r.count));
    CHECK_SAME("times of issue", seen.times, begins_of(r));
    CHECK_SAME("requests inside at once", seen.most_inside, std::min<std::int64_t>(r.count, 1));
  });
}

TASK_TEST(11, 9, a_latency_of_a_stream_counts_from_the_end_before_it) {
  lab::cases(60, [](lab::Case& c) {
    const Requests r = some_held_up_requests(c);
    CHECK_SAME("latencies", result_on_one_thread(Scenario::stream, r).latencies, stream_latencies(r));
  });
}

TASK_TEST(11, 9, a_stream_lasts_until_its_last_request_is_done) {
  lab::cases(60, [](lab::Case& c) {
    const Requests r = some_held_up_requests(c);
    lasts_for(result_on_one_thread(Scenario::stream, r), r.count, sum_of(stream_latencies(r)));
  });
}

TASK_TEST(11, 9, a_stream_of_fewer_than_no_requests_throws) {
  lab::cases(60, [](lab::Case& c) { refuses_fewer_than_none(c, Scenario::stream); });
}

TASK_TEST(11, 9, offline_all_requests_are_issued_at_the_start) {
  lab::cases(60, [](lab::Case& c) {
    const Requests r = some_requests(c);
    const Seen seen = seen_by_system(Scenario::offline, r);
    CHECK_SAME("requests in the order of their issue", seen.requests, numbers_to(r.count));
    CHECK_SAME("times of issue", seen.times, Times(r.service.size(), r.start));
    CHECK_SAME("requests inside at once", seen.most_inside, r.count);
  });
}

TASK_TEST(11, 9, an_offline_latency_counts_from_the_start) {
  lab::cases(60, [](lab::Case& c) {
    const Requests r = some_requests(c);
    CHECK_SAME("latencies", result_of(Scenario::offline, r).latencies, offline_latencies(r));
  });
}

TASK_TEST(11, 9, offline_throughput_is_requests_over_elapsed_time) {
  lab::cases(60, [](lab::Case& c) {
    const Requests r = some_held_up_requests(c);
    const Times expected = offline_latencies(r);
    lasts_for(result_on_one_thread(Scenario::offline, r), r.count, expected.empty() ? 0 : expected.back());
  });
}

TASK_TEST(11, 9, fewer_than_no_requests_offline_throw) {
  lab::cases(60, [](lab::Case& c) { refuses_fewer_than_none(c, Scenario::offline); });
}

}  // namespace tinytorch
