#include "tinytorch/data/prefetch.hpp"

#include <thread>
#include <utility>

namespace tinytorch::data {

struct Worker::Impl {
  std::exception_ptr error;  // written by the thread, read after it has ended
  std::thread thread;
};

Worker::Worker(std::function<void()> work, std::function<void()> on_error) : impl_(std::make_unique<Impl>()) {
  impl_->thread = std::thread([impl = impl_.get(), work = std::move(work), on_error = std::move(on_error)] {
    try {
      work();
      return;
    } catch (...) {
      impl->error = std::current_exception();
    }
    try {
      if (on_error) on_error();
    } catch (...) {  // join() reports the first exception
    }
  });
}

Worker::~Worker() { join(); }
Worker::Worker(Worker&&) noexcept = default;

Worker& Worker::operator=(Worker&& other) noexcept {
  join();
  impl_ = std::move(other.impl_);
  return *this;
}

std::exception_ptr Worker::join() {
  if (!impl_ || !impl_->thread.joinable()) return nullptr;
  impl_->thread.join();
  return std::exchange(impl_->error, nullptr);
}

}  // namespace tinytorch::data
