#include "tests/kit/instruments/schedule.hpp"

#include "tests/kit/instruments/schedule/memory.hpp"
#include "tests/kit/suite/run.hpp"
#include "tests/kit/values/compare.hpp"
#include "tests/kit/values/show.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>

#include <sched.h>

namespace tinytorch::lab {
namespace {

using schedule::Choice;
using schedule::Chooser;
using schedule::End;
using schedule::Exploration;

// Who goes on as a rule: the thread that ran, or one that has just been started.
enum class Rule : std::uint8_t { same, newest };

// One choice that differs from the rule; number 0: none.
struct Deviation {
  std::size_t step = 0, number = 0;
};

// Follows the rule, but for one choice. Remembers how many choices each step had.
class Usual : public Chooser {
 public:
  explicit Usual(Rule rule, Deviation deviation = {}) : rule_(rule), deviation_(deviation) {}
  std::size_t choose(const Choice& choice) override {
    const std::size_t step = choices.size(), usual = rule_ == Rule::newest ? choice.newest : 0;
    choices.push_back(choice.count);
    return step == deviation_.step ? (usual + deviation_.number) % choice.count : usual;
  }
  std::size_t woken(std::size_t) override { return 0; }

  std::vector<std::size_t> choices;

 private:
  Rule rule_;
  Deviation deviation_;
};

// Chooses at random at some steps, when a thread can't go on, and when one was started.
class Random : public Chooser {
 public:
  Random(std::uint64_t seed, std::int64_t switches, std::size_t steps) : generator_(seed) {
    const std::uint64_t count = 1 + generator_.below(static_cast<std::uint64_t>(switches));
    for (std::uint64_t k = 0; k < count; ++k) at_.push_back(generator_.below(steps + steps / 8 + 1));
  }
  std::size_t choose(const Choice& choice) override {
    if (std::find(at_.begin(), at_.end(), step_++) != at_.end()) return generator_.below(choice.count);
    if (choice.forced) return generator_.below(choice.ready);
    return choice.newest != 0 && generator_.below(2) == 0 ? choice.newest : 0;
  }
  std::size_t woken(std::size_t count) override { return generator_.below(count); }

 private:
  Generator generator_;
  std::vector<std::uint64_t> at_;
  std::uint64_t step_ = 0;
};

constinit const Exploration* running = nullptr;
constinit std::int64_t running_schedule = 0;

constexpr std::size_t most_lines = 14, few_lines = 4;

std::string heading(std::int64_t number) { return "schedule " + std::to_string(number) + ": "; }

// An exception in a thread, or in a destructor, ends the process: then the trace is all there is.
[[noreturn]] void say_and_abort() {
  if (running != nullptr && schedule::explored()) {
    const schedule::Inside inside;
    const std::string text = heading(running_schedule) + running->trace(most_lines) + "\n";
    std::fputs(text.c_str(), stderr);
  }
  std::abort();
}

std::string says(const Exploration& run) {
  const std::string inside = run.inside_of();
  const std::string where = inside.empty() ? "" : ": " + inside;
  switch (run.end()) {
    case End::deadlock:
      return "waits for ever" + where;
    case End::race:
      return "a data race: " + run.fault();
    case End::freed:
      return run.fault();
    case End::slept:
      return "sleeps and looks again, instead of waiting until it is woken: " + run.fault();
    default:
      return "runs on for ever" + where;
  }
}

std::string what_happened(const Exploration& run) {
  switch (run.end()) {
    case End::deadlock:
      return run.trace(most_lines) + "; in the end " + run.waiting();
    case End::endless:
      return run.trace(most_lines) + "; and so on, " + std::to_string(run.steps()) + " steps";
    case End::race:
      return run.details() +
             ": the same memory, and nothing says who comes first. Before that: " + run.trace(few_lines);
    case End::freed:
      return run.details() + ". Before that: " + run.trace(few_lines);
    default:
      return run.trace(most_lines);
  }
}

// The story's outcome on its own thread.
struct Told {
  Value value;
  std::exception_ptr thrown;

  void tell(const Story& story) {
    try {
      value = story();
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  /// On the test's thread: rethrows holes and ends of tests.
  Value outcome() const {
    if (!thrown) return value;
    try {
      std::rethrow_exception(thrown);
    } catch (...) {
      return caught_value();
    }
  }
};

bool differs(const Explored& explored, const Value& expected) {
  return explored.fault || find_difference(explored.value, expected, 0.0).has_value();
}

// The trace is written for a run that fails, and for one that returns something else than `expected`; null: always.
Explored run_under(Chooser& chooser, const Schedules& schedules, std::int64_t number, const Story& story,
                   const Value* expected) {
  Explored explored;
  explored.schedule = number;
  auto watch = std::make_unique<schedule::Watch>();
  // Threads of a run that never ends use these for ever.
  auto told = std::make_unique<Told>();
  auto run = std::make_unique<Exploration>(chooser, schedules.steps, schedules.may_sleep);
  running = run.get();
  running_schedule = number;
  const std::terminate_handler before = std::set_terminate(say_and_abort);
  const End end = run->run("consumer", [told = told.get(), &story] { told->tell(story); });
  std::set_terminate(before);
  running = nullptr;
  explored.fault = end != End::done;
  if (!explored.fault) explored.value = told->outcome();
  if (expected == nullptr || differs(explored, *expected)) explored.trace = heading(number) + what_happened(*run);
  if (!explored.fault) return explored;
  explored.says = says(*run);
  watch->abandon();
  static_cast<void>(told.release());
  static_cast<void>(run.release());
  return explored;
}

// While it lives, the thread and those that it starts stay on one core: one of them runs at a time, and to hand over to
// a neighbour takes a third of the time that another core takes to wake.
class OneCore {
 public:
  OneCore() {
    const int here = ::sched_getcpu();
    if (here < 0 || ::sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(here), &one);
    pinned_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~OneCore() {
    if (pinned_) ::sched_setaffinity(0, sizeof before_, &before_);
  }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  cpu_set_t before_{};
  bool pinned_ = false;
};

// All schedules of a seed: two that follow a rule, those that differ from one of these in one choice, random ones.
class Plan {
 public:
  Plan(const Schedules& schedules, const Usual& same, const Usual& newest)
      : schedules_(schedules), steps_(std::max(same.choices.size(), newest.choices.size())) {
    // At most a third of the schedules each, spread over the run.
    const auto most = static_cast<std::size_t>(schedules.count) / 3;
    add(Rule::same, same.choices, most);
    add(Rule::newest, newest.choices, most);
  }

  std::unique_ptr<Chooser> schedule(std::int64_t number) const {
    const auto k = static_cast<std::size_t>(number) - 2;
    if (k < single_.size()) return std::make_unique<Usual>(single_[k].first, single_[k].second);
    return std::make_unique<Random>(mix_seed(schedules_.seed, static_cast<std::uint64_t>(number)), schedules_.switches,
                                    steps_);
  }

 private:
  void add(Rule rule, const std::vector<std::size_t>& choices, std::size_t most) {
    std::vector<Deviation> all;
    for (std::size_t step = 0; step < choices.size(); ++step) {
      for (std::size_t number = 1; number < choices[step]; ++number) all.push_back({step, number});
    }
    const std::size_t count = std::min(all.size(), most);
    for (std::size_t k = 0; k < count; ++k) single_.emplace_back(rule, all[k * all.size() / count]);
  }

  Schedules schedules_;
  std::size_t steps_;
  std::vector<std::pair<Rule, Deviation>> single_;
};

// A story without an exploration, where sanitizers watch it.
Explored run_freely(std::int64_t number, const Story& story) {
  Told told;
  told.tell(story);
  Explored explored;
  explored.schedule = number;
  explored.value = told.outcome();
  return explored;
}

}  // namespace

Explored explore(const Schedules& schedules, const Story& story, const Value* expected) {
  if (TINYTORCH_EXPLORES == 0) {
    Explored last = run_freely(0, story);
    const Value reference = expected != nullptr ? *expected : last.value;
    for (std::int64_t number = 1; number < schedules.count / 20 && !differs(last, reference); ++number)
      last = run_freely(number, story);
    return last;
  }
  const OneCore one_core;
  Usual same(Rule::same), newest(Rule::newest);
  Explored last = run_under(same, schedules, 0, story, expected);
  if (last.fault) return last;
  const Value reference = expected != nullptr ? *expected : last.value;
  if (!differs(last, reference)) last = run_under(newest, schedules, 1, story, &reference);
  if (differs(last, reference)) return last;
  const Plan plan(schedules, same, newest);
  for (std::int64_t number = 2; number < schedules.count && !differs(last, reference); ++number)
    last = run_under(*plan.schedule(number), schedules, number, story, &reference);
  return last;
}

Explored replay(const Schedules& schedules, std::int64_t schedule, const Story& story) {
  if (TINYTORCH_EXPLORES == 0) return run_freely(schedule, story);
  const OneCore one_core;
  Usual same(Rule::same), newest(Rule::newest);
  Explored first = run_under(same, schedules, 0, story, nullptr);
  if (schedule == 0 || first.fault) return first;
  Explored second = run_under(newest, schedules, 1, story, nullptr);
  if (schedule == 1 || second.fault) return second;
  return run_under(*Plan(schedules, same, newest).schedule(schedule), schedules, schedule, story, nullptr);
}

void check_schedules(Case& c, std::string_view what, std::int64_t count, const Story& story,
                     FunctionRef<Value()> expected) {
  Run& run = Run::current();
  Value wanted;
  const bool blind = run.options().blind;
  if (!blind) {
    run.set_expecting(true);
    wanted = expected();
    run.set_expecting(false);
  }
  Schedules schedules;
  schedules.count = count;
  schedules.seed = run.case_seed(c.index());
  schedules.may_sleep = false;
  const Explored explored = explore(schedules, story, blind ? nullptr : &wanted);
  const Value outcome = explored.fault ? to_value(explored.says) : explored.value;
  run.stream(what, "value", outcome);
  if (blind || !differs(explored, wanted)) return;
  const std::string yours = explored.fault ? explored.says : show(explored.value);
  run.fail(what, show(wanted), yours, explored.trace, "schedule");
}

struct Actor::Impl {
  std::exception_ptr thrown;
  std::thread thread;
};

Actor::Actor(std::string name, std::function<void()> body) : impl_(std::make_unique<Impl>()) {
  if (schedule::explored()) schedule::place.exploration->name_next(std::move(name));
  impl_->thread = std::thread([impl = impl_.get(), body = std::move(body)] {
    try {
      body();
    } catch (...) {
      impl->thrown = std::current_exception();
    }
  });
}

Actor::~Actor() {
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Actor::join() {
  impl_->thread.join();
  if (impl_->thrown) std::rethrow_exception(std::exchange(impl_->thrown, nullptr));
}

Calls::Calls(std::string call) {
  if (!schedule::explored()) return;
  const schedule::Inside inside;
  schedule::place.exploration->enter(*schedule::place.thread, std::move(call));
}

Calls::~Calls() {
  if (!schedule::explored()) return;
  const schedule::Inside inside;
  if (!schedule::place.thread->calls.empty()) schedule::place.thread->calls.pop_back();
}

void passes(std::string what) {
  if (!schedule::explored()) return;
  const schedule::Inside inside;
  schedule::place.exploration->say(*schedule::place.thread, std::move(what));
  schedule::place.exploration->point(*schedule::place.thread);
}

}  // namespace tinytorch::lab
