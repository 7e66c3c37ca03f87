// Task 11.9: run_server, in virtual time.

#include "modules/11_benchmarking/tests/load_oracle.hpp"

namespace tinytorch {
namespace {

profiling::ScenarioResult served(const Load& load) {
  profiling::VirtualClock clock;
  clock.advance_to(load.start);
  profiling::VirtualSystem system(clock, load.service, load.servers);
  return profiling::run_server(system, load.arrivals, clock);
}

profiling::ScenarioResult served_on_one_thread(const Load& load) {
  profiling::VirtualClock clock;
  clock.advance_to(load.start);
  OnOneThread system(clock, load.service, load.pause);
  return profiling::run_server(system, load.arrivals, clock);
}

/// What a system that writes when it was given each request saw.
struct Seen {
  Times requests, times;
  std::int64_t latencies = 0;
};

Seen seen_by_system(const Load& load) {
  profiling::VirtualClock clock;
  clock.advance_to(load.start);
  Watched system(clock, load.service, load.servers);
  const auto result = profiling::run_server(system, load.arrivals, clock);
  return {system.requests(), system.times(), static_cast<std::int64_t>(result.latencies.size())};
}

Times planned(const Load& load) {
  Times times;
  for (const std::int64_t arrival : load.arrivals) times.push_back(load.start + arrival);
  return times;
}

}  // namespace

TASK_TEST(11, 9, a_server_run_gives_the_latencies_of_the_queue) {
  lab::cases(80, [](lab::Case& c) {
    const Load load = some_load(c);
    CHECK_SAME("latencies", served(load).latencies, queue_latencies(load.arrivals, load.service, load.servers));
  });
}

TASK_TEST(11, 9, each_request_is_issued_at_its_planned_time) {
  lab::cases(60, [](lab::Case& c) {
    const Load load = some_load(c);
    const Seen seen = seen_by_system(load);
    CHECK_SAME("requests in the order of their issue", seen.requests,
               numbers_to(static_cast<std::int64_t>(load.arrivals.size())));
    CHECK_SAME("times of issue", seen.times, planned(load));
    CHECK_SAME("number of latencies", seen.latencies, static_cast<std::int64_t>(load.arrivals.size()));
  });
}

// The caller is held up, so it can't issue at the planned time. The user came then, all the same.
TASK_TEST(11, 9, a_latency_counts_from_the_planned_time) {
  lab::cases(60, [](lab::Case& c) {
    const Load load = some_held_up_load(c);
    CHECK_SAME("latencies", served_on_one_thread(load).latencies,
               latencies_with_pause(load.arrivals, load.service, load.pause));
  });
}

// One request takes as long as some others come: the open loop sees each of them wait.
TASK_TEST(11, 9, a_stall_is_seen_by_all_who_come_during_it) {
  lab::cases(20, [](lab::Case& c) {
    Load load;
    const std::int64_t gap = c.input("ns from one request to the next", c.integer(2, 9));
    const std::int64_t behind = c.input("requests during the stall", c.integer(1, 2 + c.size()));
    for (std::int64_t i = 0; i < 2 * behind + 4; ++i) load.arrivals.push_back(i * gap);
    load.service.assign(load.arrivals.size(), 1);
    load.service[1] = behind * gap + 1;
    const auto late = [&](const Times& latencies) {
      return std::count_if(latencies.begin(), latencies.end(), [](std::int64_t latency) { return latency > 1; });
    };
    CHECK_SAME("requests that wait or take long", late(served(load).latencies),
               late(queue_latencies(load.arrivals, load.service, 1)));
    CHECK_SAME("the same where callers are held up", late(served_on_one_thread(load).latencies),
               late(queue_latencies(load.arrivals, load.service, 1)));
  });
}

TASK_TEST(11, 9, a_server_run_lasts_until_its_last_request_is_done) {
  lab::cases(60, [](lab::Case& c) {
    const Load load = some_held_up_load(c);
    const auto result = served_on_one_thread(load);
    const Times expected = latencies_with_pause(load.arrivals, load.service, load.pause);
    const std::int64_t elapsed = last_end(load.arrivals, expected);
    const double per_second = per_second_of(load.arrivals.size(), elapsed);
    CHECK_SAME("elapsed ns", result.elapsed_ns, elapsed);
    CHECK_CLOSE("requests a second", result.per_second, per_second, 1e-12 * per_second);
  });
}

TASK_TEST(11, 9, arrivals_that_make_no_sense_throw) {
  lab::cases(80, [](lab::Case& c) {
    const std::int64_t count = c.integer(1, 5), fault = c.integer(0, 2);
    Load load;
    load.arrivals = some_arrivals(c, count, c.integer(0, 2), 3);
    if (fault == 1) load.arrivals[0] -= 3;
    if (fault == 2) load.arrivals.push_back(load.arrivals.back() - c.integer(1, 3));
    c.input("arrivals", load.arrivals);
    load.service = c.input("service times", some_service(c, count + 1, 9));
    load.service.resize(load.arrivals.size());
    const auto latencies = [&] {
      if (fault != 0) throw ValueError("arrivals");
      return queue_latencies(load.arrivals, load.service, 1);
    };
    CHECK_OUTCOME("latencies", served(load).latencies, latencies());
  });
}

}  // namespace tinytorch
