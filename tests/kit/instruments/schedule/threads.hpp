#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <pthread.h>

// Sanitizers bring functions of the same names: with them a story just runs.
#define TINYTORCH_EXPLORES 1
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#undef TINYTORCH_EXPLORES
#define TINYTORCH_EXPLORES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#undef TINYTORCH_EXPLORES
#define TINYTORCH_EXPLORES 0
#endif
#endif

/// One run of a story under one schedule: its threads, of which only one runs at a time, and who runs next.
/// calls.cpp sends the story's calls of pthread_mutex_lock and its like here; memory.cpp its accesses to memory.
namespace tinytorch::lab::schedule {

/// What each thread knows of the others' progress (Lamport; Fidge and Mattern): entry t is the last step of thread t
/// that happened before. Threads from number 16 on are not told apart, and not judged.
class Clock {
 public:
  static constexpr std::size_t most = 16;

  std::uint32_t& operator[](std::size_t thread) { return steps_[thread]; }
  std::uint32_t operator[](std::size_t thread) const { return steps_[thread]; }
  void join(const Clock& other) {
    for (std::size_t t = 0; t < most; ++t) steps_[t] = steps_[t] > other.steps_[t] ? steps_[t] : other.steps_[t];
  }

 private:
  std::array<std::uint32_t, most> steps_{};
};

enum class Wait : std::uint8_t { nothing, lock, condition, futex, join, once, time, semaphore };

struct Thread {
  std::size_t number = 0;
  std::string name;
  std::atomic<int> turn{0};  // 1: it runs
  bool ended = false;
  bool inside = false;  // in the explorer's own code, whose calls are not judged
  pthread_t handle{};
  void* (*routine)(void*) = nullptr;
  void* argument = nullptr;
  std::uintptr_t stack_begin = 0, stack_end = 0;

  Wait wait = Wait::nothing;
  const void* object = nullptr;          // what it waits for
  std::optional<std::int64_t> deadline;  // virtual time at which it stops waiting
  bool timed_out = false;
  std::vector<const std::string*> calls;  // those of the code under test that it is in, by Calls
  std::vector<const void*> locks;         // those it holds
  int in_a_row = 0;                       // steps since another thread ran
  Clock clock;

  bool ready() const { return !ended && wait == Wait::nothing; }
};

enum class Did : std::uint8_t {
  locks,
  waits_for_lock,
  unlocks,
  waits,
  wakes,
  times_out,
  wakes_unasked,
  notifies_one,
  notifies_all,
  starts,
  waits_for_end,
  ends,
  sleeps,
  yields,
  changes,
  says
};

/// A line of the trace.
struct Event {
  std::size_t thread = 0;
  Did did = Did::says;
  const void* object = nullptr;
  std::int64_t count = 0;  // threads that were woken, number of a thread, index of a text
};

/// A step: which of `count` threads may go on. The first `ready` ones can do so without more ado, the others wake
/// because their time is over, or without a reason. Number 0 is the thread that took the last step, unless it can't go
/// on
/// (`forced`). Number `newest` is the thread that was started in the last step, else 0.
struct Choice {
  std::size_t count = 0, ready = 0, newest = 0;
  bool forced = false;
};

class Chooser {
 public:
  virtual ~Chooser() = default;
  virtual std::size_t choose(const Choice& choice) = 0;
  /// Which of `count` waiting threads a notification of one wakes.
  virtual std::size_t woken(std::size_t count) = 0;
};

/// How a run ended.
enum class End : std::uint8_t { running, done, deadlock, race, freed, slept, endless };

class Exploration {
 public:
  Exploration(Chooser& chooser, std::int64_t most_steps, bool may_sleep)
      : chooser_(chooser), most_steps_(most_steps), may_sleep_(may_sleep) {}

  /// Runs `body` as thread 0 and all threads that it starts. Returns when all have ended, or none can go on. In the
  /// second case the threads stay as they are for ever, and with them this object: it must not be destroyed.
  End run(const std::string& name, std::function<void()> body);

  End end() const { return end_; }
  /// Of a race, an access to freed memory or a sleep: in the words of the calls under test, and with the functions.
  const std::string& fault() const { return fault_; }
  const std::string& details() const { return details_; }
  std::int64_t steps() const { return steps_; }
  /// Who did what, in the last stretches: "consumer: calls pop(), waits on the condition; worker 1: ...".
  std::string trace(std::size_t most_lines) const;
  /// "consumer waits for ever in next(), ...": who waits for what.
  std::string waiting() const;
  /// "consumer in next()" for each thread of the test that is inside a call.
  std::string inside_of() const;

  // For calls.cpp and memory.cpp, on the thread that runs.

  /// Before an operation that other threads can notice: another thread may come first.
  void point(Thread& me);
  void yield(Thread& me);
  /// Waits until wake() is called for the object, or until the deadline. False: the deadline came first.
  bool wait(Thread& me, Wait wait, const void* object, std::optional<std::int64_t> deadline = std::nullopt);
  /// Until then, unless a thread may not sleep: then the run fails.
  void sleep(Thread& me, std::int64_t deadline);
  /// Ends the waits for this object, at most `most` of them. Returns how many.
  std::int64_t wake(const void* object, std::int64_t most);
  std::int64_t waiters(const void* object) const;

  void lock(Thread& me, const void* mutex, bool recursive);
  bool lock_until(Thread& me, const void* mutex, bool recursive, std::optional<std::int64_t> deadline);
  bool try_lock(Thread& me, const void* mutex, bool recursive);
  /// False: the thread does not hold it.
  bool unlock(Thread& me, const void* mutex);

  int start(Thread& me, pthread_t* handle, void* (*routine)(void*), void* argument);
  void join(Thread& me, Thread& other);
  Thread* find(pthread_t handle);
  void thread_ends(Thread& me);

  std::int64_t accesses = 0;  // to memory, since the last step
  std::int64_t now() { return now_ += 1000; }
  void log(const Thread& me, Did did, const void* object = nullptr, std::int64_t count = 0);
  void say(const Thread& me, std::string text);
  void enter(Thread& me, std::string call);
  void name_next(std::string name) { next_name_ = std::move(name); }
  /// Ends the exploration: the thread never goes on.
  [[noreturn]] void fail(Thread& me, End end, std::string fault = "", std::string details = "");

  /// What the releases of this object have handed on.
  Clock& released(const void* object) { return released_[object]; }
  void release(Thread& me, const void* object);
  void acquire(Thread& me, const void* object);
  const std::deque<Thread>& threads() const { return threads_; }
  const std::vector<Event>& events() const { return events_; }
  const std::string& text(std::int64_t number) const { return texts_[static_cast<std::size_t>(number)]; }

 private:
  struct Lock {
    Thread* owner = nullptr;
    int depth = 0;
  };

  Thread& add_thread(std::string name);
  int spawn(Thread& thread, pthread_t* handle);
  std::vector<Thread*> candidates(Thread& me, bool yields, std::size_t& ready);
  Thread* earliest();
  void step(Thread& me, bool yields, const Thread* started = nullptr);
  void pass_to(Thread& me, Thread& next);
  void finish(End end);
  void resume(Thread& next);

  Chooser& chooser_;
  std::int64_t most_steps_, steps_ = 0, now_ = 1'000'000'000'000;
  bool may_sleep_;
  std::deque<Thread> threads_;
  int workers_ = 0;
  std::string next_name_;
  std::unordered_map<const void*, Lock> locks_;
  std::unordered_map<const void*, Clock> released_;
  std::vector<Event> events_;
  std::vector<std::string> texts_;
  std::deque<std::string> call_names_;
  std::string fault_, details_;
  End end_ = End::running;
  std::atomic<int> over_{0};
  std::function<void()> body_;
};

/// The exploration that the calling thread belongs to, and the thread. Null outside of one, and while the explorer's
/// own code runs.
struct Place {
  Exploration* exploration = nullptr;
  Thread* thread = nullptr;
};
extern constinit thread_local Place place;

inline bool explored() { return place.thread != nullptr && !place.thread->inside; }

/// The explorer's own code runs: what it calls is not judged.
class Inside {
 public:
  Inside() { place.thread->inside = true; }
  ~Inside() { place.thread->inside = false; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

// calls.cpp: the C library's own functions.
int real_create(pthread_t* handle, void* (*routine)(void*), void* argument);
void real_join(pthread_t handle);
void sleep_until_set(std::atomic<int>& flag);
void set_and_wake(std::atomic<int>& flag);

}  // namespace tinytorch::lab::schedule
