#pragma once

#include "tests/kit/suite/case.hpp"
#include "tests/kit/values/value.hpp"
#include "tinytorch/core/function_ref.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// Tests of code with threads under many schedules. A test tells a story: a function that uses the code under test, and
/// may start threads. The story runs again and again, each time under another schedule. One thread runs at a time. At
/// each lock, wait, notification, start of a thread and shared atomic the schedule says who goes on. So a mistake that
/// shows once in a million runs shows in the same schedule of every run, on any machine. A story fails when
///
/// - all threads wait for each other, or for a notification that nobody will give (a verdict at once),
/// - two threads access the same memory, one of them writes, and no lock orders them (see schedule/memory.hpp),
/// - a thread uses memory that another one has freed,
/// - it doesn't end within a number of steps,
/// - a thread sleeps, where it should wait until it is woken (check_schedules() asks for this),
/// - it returns something else than it should.
///
/// Schedule 0 switches threads only when one must wait; schedule 1 also when one is started, which then comes first.
/// The next ones differ from one of these in one choice. The rest make a few random choices (Musuvathi and Qadeer,
/// "Iterative context bounding", 2007). Sleeping takes no time: time goes on when every thread waits. A wait on a
/// condition may end without a notification, as in C++.
///
/// A suite that uses this adds instruments/schedule.cpp and instruments/schedule/*.cpp to its sources. They define
/// pthread_mutex_lock and its like for the whole program; outside an exploration these pass on to the C library. In
/// builds with sanitizers nothing is replaced: a story runs a few times as it is.
namespace tinytorch::lab {

struct Schedules {
  std::int64_t count = 200;
  std::int64_t switches = 4;   ///< most random choices in a schedule
  std::int64_t steps = 20000;  ///< a longer run never ends
  std::uint64_t seed = 1;
  bool may_sleep = true;  ///< else a thread that sleeps is a fault: it should wait until it is woken
};

using Story = std::function<Value()>;

/// What a story came to under the schedules.
struct Explored {
  bool fault = false;         ///< it did not end as it should; `value` is not set
  std::int64_t schedule = 0;  ///< number of the one that failed or returned something else; else of the last one
  std::string says;           ///< of a fault: "waits for ever: consumer in pop()"
  std::string trace;          ///< of that schedule: "consumer: locks, waits; worker 1: ..."
  Value value;
};

/// Runs the story under each schedule, until one fails or returns something else than `expected` (null: than schedule 0
/// did). Rethrows a hole.
Explored explore(const Schedules& schedules, const Story& story, const Value* expected = nullptr);
/// Runs it under one of them, with the same outcome.
Explored replay(const Schedules& schedules, std::int64_t schedule, const Story& story);

/// Explores the story with schedules of the case's own. Each must end well and return `expected()`. Streams what it
/// returned.
void check_schedules(Case& c, std::string_view what, std::int64_t count, const Story& story,
                     FunctionRef<Value()> expected);

/// A thread of the story with a name. The story's first thread is the "consumer", threads of the code under test are
/// "worker 1", "worker 2", ...
class Actor {
 public:
  Actor(std::string name, std::function<void()> body);
  ~Actor();
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  /// Rethrows what the body threw.
  void join();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// While it lives, its thread is inside this call of the code under test: `const Calls calls("pop()");`
class Calls {
 public:
  explicit Calls(std::string call);
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;
};

/// What the thread does, for the trace: "gets example 3". Another thread may come first.
void passes(std::string what);

}  // namespace tinytorch::lab
