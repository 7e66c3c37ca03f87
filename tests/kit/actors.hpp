#pragma once

#include "tests/kit/value.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

/// Threads under test, without a sleep. A test starts calls that may wait, each on a thread of its own, and looks at
/// them when nobody moves any more: what has returned by then has returned, and what has not waits for something that
/// only the test can still do. So a verdict does not depend on how fast the machine is, and no call can hang a test.
namespace tinytorch::lab {

/// Watches the threads that begin while it lives; those that were there before are let alone.
class Stage {
 public:
  Stage();

  /// Waits until each of them sleeps and has slept since an earlier look. False when some still run after that time: a
  /// loop that spins (a test's own limit ends it before). Reads /proc; where that is missing, it waits until the others
  /// use no processor time.
  bool at_rest(double patience_seconds = 60.0) const;

 private:
  std::set<long> before_;
};

/// A call on a thread of its own. The thread is left to itself: it may wait for ever and nobody waits for it.
class Call {
 public:
  /// What the call returned or threw; the text "waits" while it has not ended. Rethrows a hole that it reached.
  Value outcome() const;
  bool done() const;

 private:
  friend Call start_call(std::function<Value()> body);
  struct State;
  std::shared_ptr<State> state_;
};

Call start_call(std::function<Value()> body);

/// Starts the call and returns when everything is at rest. What `function` refers to must stay for good: see Kept.
template <class F>
Call call(const Stage& stage, F function) {
  Call started = start_call([function = std::move(function)]() mutable { return to_value(function()); });
  stage.at_rest();
  return started;
}

/// An object of the code under test that threads may stand in. When its test ends early it is never destroyed.
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
  /// Destroys it, on a thread of its own: a destructor may wait for ever, too. True once that has ended.
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

/// Numbered doors. Whoever passes is counted and waits while the door is closed.
class Gates {
 public:
  void close(std::int64_t number);
  void close_all();
  void open(std::int64_t number);
  void open_all();

  void pass(std::int64_t number);
  /// How many have come to a door so far, whether or not it let them through.
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
