#include "tests/kit/self/schedule_subjects.hpp"

#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace tinytorch::lab {

using std::chrono_literals::operator""ms;

template <class May>
void Queue::wait(std::unique_lock<std::mutex>& lock, std::condition_variable& condition, May may) {
  switch (flaw_) {
    case Flaw::if_for_while:
      if (!may()) condition.wait(lock);
      return;
    case Flaw::spins:
    case Flaw::sleeps:
      while (!may()) {
        lock.unlock();
        if (flaw_ == Flaw::spins)
          std::this_thread::yield();
        else
          std::this_thread::sleep_for(1ms);
        lock.lock();
      }
      return;
    case Flaw::waits_with_timeout:
      while (!condition.wait_for(lock, 5ms, may)) {
      }
      return;
    default:
      condition.wait(lock, may);
  }
}

bool Queue::push(int item) {
  std::unique_lock lock(mutex_);
  std::condition_variable& room = flaw_ == Flaw::notifies_one_of_many ? came_ : left_;
  wait(lock, room, [this] { return may_push(); });
  if (closed_) return false;
  if (flaw_ == Flaw::notifies_before_change) {
    lock.unlock();
    came_.notify_one();
    lock.lock();
    items_.push_back(item);
    return true;
  }
  items_.push_back(item);
  came_.notify_one();
  return true;
}

std::optional<int> Queue::pop() {
  std::unique_lock lock(mutex_);
  wait(lock, came_, [this] { return may_pop(); });
  if (items_.empty()) return std::nullopt;
  const int item = items_.front();
  items_.pop_front();
  (flaw_ == Flaw::notifies_one_of_many ? came_ : left_).notify_one();
  return item;
}

void Queue::close() {
  if (flaw_ == Flaw::close_without_lock) {
    closed_ = true;
  } else {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  came_.notify_all();
  left_.notify_all();
}

std::size_t Queue::size() const {
  if (flaw_ == Flaw::size_without_lock) return items_.size();
  const std::lock_guard lock(mutex_);
  return items_.size();
}

int claimed_twice(Claim claim) {
  std::atomic<int> next{1};
  int plain = 1;
  std::vector<int> claimed[2];
  const auto take = [&] {
    if (claim == Claim::no_atomic) return plain++;
    if (claim == Claim::one_operation) return next++;
    const int mine = next;
    next = mine + 1;
    return mine;
  };
  const auto work = [&](int own) {
    for (int k = 0; k < 2; ++k) claimed[own].push_back(take());
  };
  std::thread other(work, 0);
  work(1);
  other.join();
  for (const int one : claimed[0]) {
    for (const int two : claimed[1]) {
      if (one == two) return one;
    }
  }
  return 0;
}

void lock_two(bool crossed) {
  std::mutex one, two;
  std::thread other([&] {
    const std::lock_guard first(crossed ? two : one);
    const std::lock_guard second(crossed ? one : two);
  });
  {
    const std::lock_guard first(one);
    const std::lock_guard second(two);
  }
  other.join();
}

void free_too_early() {
  auto number = std::make_unique<std::atomic<int>>(1);
  std::atomic<int> read{0};
  std::thread other([&read, number = number.get()] { read = number->load(); });
  number.reset();
  other.join();
}

int free_by_the_last() {
  struct Shared {
    std::mutex mutex;
    int count = 0;
    std::vector<int> numbers;
    void add() {
      const std::lock_guard lock(mutex);
      numbers.push_back(++count);
    }
  };
  auto shared = std::make_shared<Shared>();
  std::thread other([own = shared]() mutable {
    own->add();
    own.reset();
  });
  shared->add();
  shared.reset();
  other.join();
  return 1;
}

int use_the_standard_library() {
  std::counting_semaphore<> semaphore(0);
  std::latch latch(1);
  std::once_flag once;
  std::shared_mutex shared;
  std::condition_variable_any stopped;
  int count = 0;
  const auto initialise = [&] { ++count; };
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::atomic<int> state{0};
  std::jthread other([&](const std::stop_token& token) {
    std::call_once(once, initialise);
    semaphore.acquire();
    promise.set_value(5);
    latch.wait();
    state.wait(0);
    std::shared_lock lock(shared);
    state += count;
    stopped.wait(lock, token, [] { return false; });
  });
  std::call_once(once, initialise);
  semaphore.release();
  const int got = future.get();
  latch.count_down();
  {
    const std::unique_lock lock(shared);
    ++count;
  }
  state = 1;
  state.notify_all();
  other.request_stop();
  other.join();
  return got + state + std::async(std::launch::async, [] { return 10; }).get();
}

void look_for_ever() {
  std::atomic<bool> flag{false};
  std::thread other([&] {
    while (!flag) std::this_thread::yield();
  });
  other.join();
}

}  // namespace tinytorch::lab
