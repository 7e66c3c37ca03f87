#include "src/serve/batcher.hpp"

#include "tinytorch/core/error.hpp"

#include <chrono>
#include <utility>

namespace tinytorch::serve {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Batcher::Batcher(const deploy::WindowOptions& options, const deploy::ModelHandle& current,
                 std::function<void(Computed)> done)
    : current_(current), done_(std::move(done)), window_(options), thread_([this] { work(); }) {}

Batcher::~Batcher() {
  try {
    drain();
  } catch (...) {  // the window of lab 12 may be a student's
    const std::lock_guard lock(mutex_);
    fault_ = std::current_exception();
  }
  changed_.notify_all();
  thread_.join();
}

deploy::Admission Batcher::submit(deploy::Request request, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  const deploy::Admission admission = window_.submit(std::move(request), now);
  changed_.notify_one();
  return admission;
}

void Batcher::drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  window_.drain();
  changed_.notify_one();
}

std::exception_ptr Batcher::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

// Waits for what take() gives. False when nothing will come any more.
bool Batcher::next(deploy::Taken& taken) {
  std::unique_lock lock(mutex_);
  while (!fault_) {
    const std::int64_t wake = window_.wake_at(), now = now_ns();
    if (wake == deploy::never) {
      if (draining_) return false;
      changed_.wait(lock);
    } else if (wake > now) {
      changed_.wait_until(lock, std::chrono::steady_clock::time_point(std::chrono::nanoseconds(wake)));
    } else {
      taken = window_.take(now);
      if (taken.empty()) throw Error("[serve] take() returns nothing at the time that wake_at() says");
      return true;
    }
  }
  return false;
}

void Batcher::work() {
  try {
    deploy::Taken taken;
    while (next(taken)) {
      Computed computed;
      computed.size = static_cast<std::int64_t>(taken.batch.size());
      computed.began = now_ns();
      deploy::answer(std::move(taken), current_, computed.replies);
      computed.ended = now_ns();
      done_(std::move(computed));
    }
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      fault_ = std::current_exception();
    }
    done_({});  // wakes whoever waits for an answer
  }
}

}  // namespace tinytorch::serve
