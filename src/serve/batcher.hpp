// The window of lab 12 with the thread that computes its batches.
#pragma once

#include "tinytorch/nn/deploy_batching.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tinytorch::serve {

/// Nanoseconds of a clock that never goes back.
std::int64_t now_ns();

/// What became of the requests that were taken together.
struct Computed {
  deploy::Replies replies;
  std::int64_t size = 0;              // requests that the model computed together
  std::int64_t began = 0, ended = 0;  // ns
};

/// Requests go in from any thread. One thread of its own computes batch after batch, so that a request never waits for
/// anything but the model and the requests before it.
class Batcher {
 public:
  /// `done` is called on the batcher's thread after each batch.
  Batcher(const deploy::WindowOptions& options, const deploy::ModelHandle& current, std::function<void(Computed)> done);
  /// Drains, and waits for the last batch.
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  deploy::Admission submit(deploy::Request request, std::int64_t now);
  /// From now on nothing is accepted, and what waits is computed at once.
  void drain();
  /// What ended the thread too early: an error in the window. Null while all is well.
  std::exception_ptr fault() const;

 private:
  void work();
  bool next(deploy::Taken& taken);

  const deploy::ModelHandle& current_;
  std::function<void(Computed)> done_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  deploy::BatchWindow window_;
  bool draining_ = false;
  std::exception_ptr fault_;
  std::thread thread_;
};

}  // namespace tinytorch::serve
