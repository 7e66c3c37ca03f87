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

/// How a number is claimed by two threads.
enum class Claim : std::uint8_t { one_operation, read_then_write, no_atomic };

/// The first number that both have claimed, or 0.
int claimed_twice(Claim claim);
/// Two threads lock two mutexes; crossed: each begins with another one.
void lock_two(bool crossed);
/// A thread reads what another one has freed.
void free_too_early();
/// The last of two owners frees what they share, and its count alone says who is last: right.
int free_by_the_last();
/// A semaphore, a latch, futures, call_once, a jthread with a stop_token, a shared_mutex, a wait on an atomic: right.
int use_the_standard_library();
/// Waits for a flag that nobody sets, looking again and again.
void look_for_ever();

}  // namespace tinytorch::lab
