#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

/// Code for the explorer of schedules to judge: right and wrong. It is compiled as a lab's unit is, so its accesses to
/// memory are seen.
namespace tinytorch::lab {

/// What is wrong with a queue; nothing is.
enum class Flaw : std::uint8_t {
  none,
  close_without_lock,      // sets an atomic flag and notifies
  notifies_before_change,  // and outside the lock
  if_for_while,
  notifies_one_of_many,  // producers and consumers wait on one condition
  size_without_lock,
  spins,               // right: waits by looking again and again, with yield
  sleeps,              // right: the same with sleep
  waits_with_timeout,  // right: looks again from time to time
};

/// Holds at most `room` numbers.
class Queue {
 public:
  Queue(std::size_t room, Flaw flaw) : room_(room), flaw_(flaw) {}
  bool push(int item);
  std::optional<int> pop();
  void close();
  std::size_t size() const;

 private:
  bool may_push() const { return closed_ || items_.size() < room_; }
  bool may_pop() const { return closed_ || !items_.empty(); }
  template <class May>
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, May may);

  std::size_t room_;
  Flaw flaw_;
  mutable std::mutex mutex_;
  std::condition_variable came_, left_;
  std::deque<int> items_;
  std::atomic<bool> closed_{false};
};

/// The largest number that has been claimed twice by two threads, or 0.
int claimed_twice(bool atomically, bool with_one_operation);
/// Threads that lock two mutexes in two orders.
void crossed_locks(bool crossed);
/// A thread that reads what was freed.
void freed_too_early();
/// Two waits for a semaphore, two futures, call_once from two threads: all right.
int standard_things();

}  // namespace tinytorch::lab
