// Task 12.8: RetrainTrigger, driven by scripts of windows.

#include "modules/12_mlops/tests/monitor_oracle.hpp"

namespace tinytorch::profiling {
namespace {

/// A window's report, or the end of a retraining.
struct Event {
  bool ends = false;
  Drift drift = Drift::none;
  std::int64_t labels = 0, now = 0;

  std::string text() const {
    if (ends) return "retrained at " + std::to_string(now);
    const std::string kind = drift == Drift::found ? "bad" : drift == Drift::none ? "good" : "too few";
    return kind + " at " + std::to_string(now) + ", " + std::to_string(labels) + " labels";
  }
};

/// The contract: the last windows are looked at anew each time.
class TriggerModel {
 public:
  explicit TriggerModel(const TriggerOptions& options) : options_(options) {}

  std::string play(const Event& event) {
    if (event.ends) {
      seen_.clear();
      alarm_ = running_ = false;
      rests_until_ = event.now + options_.cool_down;
      return "off";
    }
    if (event.drift != Drift::too_few) seen_.push_back(event.drift);
    if (all(options_.on, Drift::found)) alarm_ = true;
    if (all(options_.off, Drift::none)) alarm_ = false;
    const bool now = alarm_ && !running_ && event.now >= rests_until_ && event.labels >= options_.labels;
    running_ = running_ || now;
    return std::string(now ? "retrain, " : "none, ") + (alarm_ ? "on" : "off");
  }

 private:
  bool all(std::int64_t count, Drift drift) const {
    std::int64_t run = 0;
    while (run < static_cast<std::int64_t>(seen_.size()) &&
           seen_[seen_.size() - 1 - static_cast<std::size_t>(run)] == drift)
      ++run;
    return run >= count;
  }

  TriggerOptions options_;
  std::vector<Drift> seen_;
  bool alarm_ = false, running_ = false;
  std::int64_t rests_until_ = std::numeric_limits<std::int64_t>::min();
};

DriftReport report_of(Drift drift) {
  DriftReport report;
  report.drift = drift;
  if (drift != Drift::too_few) report.features = {{0.5, 0.01, drift == Drift::found}, {0.1, 0.6, false}};
  return report;
}

void check_events(lab::Case& c, const TriggerOptions& options, const std::vector<Event>& events) {
  c.input("trigger", "on " + std::to_string(options.on) + ", off " + std::to_string(options.off) + ", cool_down " +
                         std::to_string(options.cool_down) + ", labels " + std::to_string(options.labels));
  std::vector<std::string> texts, answers;
  for (const Event& event : events) texts.push_back(event.text());
  c.input("events", texts);
  c.label(std::to_string(events.size()) + " events");
  RetrainTrigger trigger(options);
  for (const Event& event : events) {
    std::string answer;
    if (event.ends) trigger.retrained(event.now);
    if (!event.ends)
      answer =
          trigger.observe(report_of(event.drift), event.labels, event.now) == Action::retrain ? "retrain, " : "none, ";
    answers.push_back(answer + (trigger.alarm() ? "on" : "off"));
  }
  const auto expected = [&] {
    TriggerModel model(options);
    std::vector<std::string> right;
    for (const Event& event : events) right.push_back(model.play(event));
    return right;
  };
  CHECK_SAME("actions, and the alarm", answers, expected());
}

Event window(Drift drift, std::int64_t now, std::int64_t labels = 1000) { return {false, drift, labels, now}; }
Event end(std::int64_t now) { return {true, Drift::none, 0, now}; }

/// Bad with probability bad / 10, too small with probability few / 10.
Drift some_drift(lab::Case& c, std::int64_t bad, std::int64_t few) {
  const std::int64_t drawn = c.integer(0, 9);
  return drawn < bad ? Drift::found : drawn < bad + few ? Drift::too_few : Drift::none;
}

}  // namespace

TASK_TEST(12, 8, it_waits_for_bad_windows_in_a_row) {
  lab::cases(50, [](lab::Case& c) {
    const std::int64_t on = c.integer(1, 4), count = c.integer(1, 2 + c.size());
    std::vector<Event> events;
    for (std::int64_t i = 0; i < count; ++i) events.push_back(window(some_drift(c, 8, 0), i));
    check_events(c, {on, 100, 0, 0}, events);
  });
}

// Without labels nothing is trained, and the alarm alone is seen.
TASK_TEST(12, 8, the_alarm_goes_off_after_good_windows_in_a_row) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t on = c.integer(1, 2), off = c.integer(1, 4), count = c.integer(1, 3 + c.size());
    std::vector<Event> events;
    for (std::int64_t i = 0; i < on; ++i) events.push_back(window(Drift::found, i, 0));
    for (std::int64_t i = 0; i < count; ++i) events.push_back(window(some_drift(c, 2, 0), on + i, 0));
    check_events(c, {on, off, 0, 5}, events);
  });
}

TASK_TEST(12, 8, a_window_with_too_few_values_changes_nothing) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t on = c.integer(2, 3), off = c.integer(2, 3), count = c.integer(1, 4 + c.size());
    std::vector<Event> events;
    std::int64_t turn = 5 + count / 2;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool few = c.integer(0, 1) == 1;
      events.push_back(window(few ? Drift::too_few : i < turn ? Drift::found : Drift::none, i, 0));
    }
    check_events(c, {on, off, 0, 5}, events);
  });
}

TASK_TEST(12, 8, it_waits_for_labels) {
  lab::cases(50, [](lab::Case& c) {
    const std::int64_t on = c.integer(1, 2), need = c.integer(0, 20), count = c.integer(1, 3 + c.size());
    std::vector<Event> events;
    for (std::int64_t i = 0; i < count; ++i)
      events.push_back(window(Drift::found, i, std::max<std::int64_t>(0, need + c.integer(-3, 1))));
    check_events(c, {on, 2, 0, need}, events);
  });
}

TASK_TEST(12, 8, one_retraining_runs_at_a_time) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t on = c.integer(1, 2), count = c.integer(2, 4 + c.size());
    std::vector<Event> events;
    for (std::int64_t i = 0; i < count; ++i) events.push_back(window(some_drift(c, 7, 0), 100 * i));
    check_events(c, {on, 1, 10, 0}, events);
  });
}

TASK_TEST(12, 8, it_rests_from_the_end_of_a_retraining) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t rest = c.integer(0, 12), start = c.integer(0, 30), lasts = c.integer(0, 40);
    std::vector<Event> events{window(Drift::found, start)};
    std::int64_t now = start + lasts;
    events.push_back(end(now));
    const std::int64_t until = now + rest + 2;
    now += std::max<std::int64_t>(0, rest - c.integer(0, 3));
    for (; now <= until; ++now) events.push_back(window(Drift::found, now));
    check_events(c, {1, 1, rest, 0}, events);
  });
}

TASK_TEST(12, 8, after_a_retraining_windows_count_from_0) {
  lab::cases(50, [](lab::Case& c) {
    const std::int64_t on = c.integer(1, 3), during = c.integer(0, 3), after = c.integer(1, 2 + c.size());
    std::vector<Event> events;
    std::int64_t now = 0;
    for (std::int64_t i = 0; i < on + during; ++i)
      events.push_back(window(i < on ? Drift::found : some_drift(c, 6, 2), now++));
    events.push_back(end(now++));
    for (std::int64_t i = 0; i < after; ++i) events.push_back(window(some_drift(c, 6, 1), now++));
    check_events(c, {on, 2, 1, 0}, events);
  });
}

TASK_TEST(12, 8, a_long_story_of_windows) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t on = c.integer(1, 3), off = c.integer(1, 3), rest = c.integer(0, 10), need = c.integer(0, 3);
    const std::int64_t count = 4 + 2 * c.size();
    std::vector<Event> events;
    std::int64_t now = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      now += c.integer(0, 4);
      if (c.integer(0, 5) == 0) events.push_back(end(now));
      const std::int64_t bad = i % 12 < 7 ? 8 : 1;
      const Drift drift = some_drift(c, bad, 1);
      events.push_back(window(drift, now, c.integer(0, 4)));
    }
    check_events(c, {on, off, rest, need}, events);
  });
}

}  // namespace tinytorch::profiling
