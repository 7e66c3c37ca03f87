// Task 8.3: measure_overhead and corrected_self.
#include "modules/08_profiling/tests/spans.hpp"
#include "tests/kit/instruments/fake_clock.hpp"

#include <algorithm>

namespace tinytorch::profiling {

inline lab::Value to_value(const Overhead& overhead) {
  return lab::record({{"inner_ns", overhead.inner_ns}, {"outer_ns", overhead.outer_ns}});
}

namespace {

/// The value that `below` of all values are smaller than: it does not sort.
std::int64_t ranked(const std::vector<std::int64_t>& values, std::size_t below) {
  for (const std::int64_t v : values) {
    const auto less = std::count_if(values.begin(), values.end(), [v](std::int64_t other) { return other < v; });
    const auto same = std::count(values.begin(), values.end(), v);
    if (less <= static_cast<std::ptrdiff_t>(below) && static_cast<std::ptrdiff_t>(below) < less + same) return v;
  }
  return -1;
}

/// 2,000 readings of a clock that takes a few of the given steps inside a span, and others between spans.
struct Readings {
  std::vector<std::int64_t> times, inner, outer;

  Readings(lab::Case& c, std::int64_t step_inside, std::int64_t step_between) {
    std::int64_t now = c.integer(0, 1000);
    Generator& random = c.rng();
    for (int i = 0; i < 2000; ++i) {
      if (i > 0) {
        const bool inside = i % 2 != 0;
        const std::int64_t step = (inside ? step_inside : step_between) +
                                  static_cast<std::int64_t>(random.below(10000));  // hardly two are equal
        // An interruption now and then, which a mean would show.
        const std::int64_t late = random.below(50) == 0 ? 1000000 : 0;
        (inside ? inner : outer).push_back(step + late);
        now += step + late;
      }
      times.push_back(now);
    }
  }
};

SpanNode node_of(lab::Case& c) {
  SpanNode node;
  node.name = "step";
  node.calls = c.input("calls", c.integer(1, 20));
  node.recursions = c.input("recursions", c.integer(0, node.calls - 1));
  node.total_ns = 1'000'000;
  for (std::int64_t k = c.integer(0, 3); k > 0; --k) {
    SpanNode child;
    child.name = std::string("child") + std::to_string(k);
    child.calls = c.input(child.name + " calls", c.integer(1, 50));
    child.recursions = c.input(child.name + " recursions", c.integer(0, child.calls - 1));
    if (c.coin()) {
      SpanNode below;
      below.calls = c.input(child.name + "/below calls", c.integer(1, 50));
      child.children.push_back(below);
    }
    node.children.push_back(child);
  }
  return node;
}

std::int64_t cost_of(const SpanNode& node, const Overhead& o) {
  std::int64_t cost = node.calls * o.inner_ns + node.recursions * o.outer_ns;
  for (const SpanNode& child : node.children) cost += child.calls * o.outer_ns - child.recursions * o.outer_ns;
  return cost;
}

}  // namespace

TASK_TEST_USES(8, 3, inner_and_outer_are_medians, "8.1") {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t inside = c.input("steps inside a span, from", c.integer(0, 100));
    const std::int64_t between = c.input("steps between spans, from", c.integer(0, 100));
    const Readings readings(c, inside, between);
    lab::FakeClock clock;
    clock.script(readings.times);
    Recorder recorder(2000, 0);
    const Overhead overhead = measure_overhead(recorder, clock);
    CHECK_SAME("overhead", overhead, (Overhead{ranked(readings.inner, 499), ranked(readings.outer, 499)}));
    CHECK_SAME("readings of the clock", clock.reads(), std::int64_t{2000});
  });
}

TASK_TEST_USES(8, 3, a_clock_that_takes_time_is_measured, "8.1") {
  lab::cases(20, [](lab::Case& c) {
    const std::int64_t read = c.input("ns that a reading takes", c.integer(0, 500));
    lab::FakeClock clock(1, read);
    Recorder recorder(4000, 0);
    CHECK_SAME("overhead", measure_overhead(recorder, clock), (Overhead{read, read}));
  });
}

TASK_TEST_USES(8, 3, what_is_kept_is_enough, "8.1") {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t capacity = c.input("capacity", c.integer(0, 10));
    const std::int64_t read = c.input("ns that a reading takes", c.integer(1, 500));
    const auto run = [&] {
      lab::FakeClock clock(1, read);
      Recorder recorder(static_cast<std::size_t>(capacity), 0);
      return measure_overhead(recorder, clock);
    };
    const auto expected = [&] {
      if (capacity < 4) throw ValueError("room");
      return Overhead{read, read};
    };
    CHECK_OUTCOME("overhead", run(), expected());
  });
}

TASK_TEST_USES(8, 3, the_recorder_is_empty_before_and_after, "8.1") {
  lab::cases(20, [](lab::Case& c) {
    const std::int64_t capacity = c.input("capacity", c.integer(4, 40));
    const std::int64_t earlier = c.input("spans recorded before", c.integer(0, 30));
    const std::int64_t read = c.input("ns that a reading takes", c.integer(1, 500));
    Recorder recorder(static_cast<std::size_t>(capacity), 0);
    for (std::int64_t i = 0; i < earlier; ++i) {
      recorder.begin("load", i * 1000000);
      recorder.end(i * 1000000 + 500000);
    }
    lab::FakeClock clock(1, read);
    CHECK_SAME("overhead", measure_overhead(recorder, clock), (Overhead{read, read}));
    CHECK_SAME("events afterwards", static_cast<std::int64_t>(recorder.events().size()), std::int64_t{0});
    CHECK_SAME("dropped afterwards", recorder.dropped(), std::int64_t{0});
  });
}

TASK_TEST(8, 3, self_time_without_the_cost_of_recording) {
  lab::cases(60, [](lab::Case& c) {
    SpanNode node = node_of(c);
    const Overhead o{c.input("inner", c.integer(0, 100)), c.input("outer", c.integer(0, 100))};
    const std::int64_t rest = c.integer(0, 5000);
    node.self_ns = c.input("self", cost_of(node, o) + rest);
    CHECK_SAME("corrected self", corrected_self(node, o), rest);
  });
}

TASK_TEST(8, 3, no_time_is_below_0) {
  lab::cases(60, [](lab::Case& c) {
    SpanNode node = node_of(c);
    const Overhead o{c.input("inner", c.integer(0, 100)), c.input("outer", c.integer(0, 100))};
    node.self_ns = c.input("self", c.integer(0, 2000));
    CHECK_SAME("corrected self", corrected_self(node, o), std::max<std::int64_t>(0, node.self_ns - cost_of(node, o)));
  });
}

}  // namespace tinytorch::profiling
