#pragma once

#include "tests/kit/values/value.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

/// Tests of code with threads, without sleeping. A test starts calls that may wait, each on a thread of its own. It
/// looks at them when every thread sleeps. A call that has not returned by then waits for something that only the test
/// can do. So a verdict does not depend on the speed of the machine, and no call can hang a test.
namespace tinytorch::lab {

/// Watches the threads that start after its construction. Threads from before are ignored.
class Stage {
 public:
  Stage();

  /// Waits until each of them sleeps and has slept since an earlier look. Returns false when one still runs after that
  /// time, as a spinning loop does (the test's own time limit comes first). Reads /proc. Where /proc is missing, waits
  /// until the other threads use no processor time.
  bool at_rest(double patience_seconds = 60.0) const;

 private:
  std::set<long> before_;
};

/// A call on a thread of its own. The thread is detached: it may wait for ever, and nobody joins it.
class Call {
 public:
  /// What the call returned or threw, or the text "waits" while it has not ended. Rethrows a hole that the call
  /// reached.
  Value outcome() const;
  bool done() const;

 private:
  friend Call start_call(std::function<Value()> body);
  struct State;
  std::shared_ptr<State> state_;
};

Call start_call(std::function<Value()> body);

/// Starts the call and returns when everything is at rest. What `function` refers to must never be destroyed: see Kept.
template <class F>
Call call(const Stage& stage, F function) {
  Call started = start_call([function = std::move(function)]() mutable { return to_value(function()); });
  stage.at_rest();
  return started;
}

/// An object of the code under test that threads may be inside of. When its test ends early, it is never destroyed.
template <class T>
class Kept {
 public:
  template <class... Arguments>
  explicit Kept(Arguments&&... arguments) : object_(new T(std::forward<Arguments>(arguments)...)) {}
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  /// Destroys the object on a thread of its own, because a destructor may wait for ever too. The call returns true.
  Call end(const Stage& stage) {
    T* const object = std::exchange(object_, nullptr);
    return call(stage, [object] {
      delete object;
      return true;
    });
  }

 private:
  T* object_;
};

/// Numbered doors. pass(k) counts the thread, then waits while door k is closed.
class Gates {
 public:
  void close(std::int64_t number);
  void close_all();
  void open(std::int64_t number);
  void open_all();

  void pass(std::int64_t number);
  /// How many calls of pass there have been, whether or not they have returned.
  std::int64_t arrived() const;

 private:
  bool closed(std::int64_t number) const;

  mutable std::mutex mutex_;
  std::condition_variable opened_;
  std::set<std::int64_t> exceptions_;  // doors that are not as `all_closed_` says
  bool all_closed_ = false;
  std::int64_t arrived_ = 0;
};

}  // namespace tinytorch::lab
