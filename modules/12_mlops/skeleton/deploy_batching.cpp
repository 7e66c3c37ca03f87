// Lab 12, part B: a window in which requests wait for each other, and the replies to a batch.

#include "tinytorch/nn/deploy_batching.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/indexing.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <string>
#include <utility>

namespace tinytorch::deploy {

// What waits, the oldest first, with the time at which each request came.
struct BatchWindow::Impl {
  struct Waiting {
    Request request;
    std::int64_t since = 0;
  };

  WindowOptions options;
  std::deque<Waiting> waiting;
  bool draining = false;

  std::int64_t count() const { return static_cast<std::int64_t>(waiting.size()); }
};

BatchWindow::BatchWindow(const WindowOptions& options) : impl_(std::make_unique<Impl>()) {
  if (options.max_batch < 1 || options.max_delay < 0 || options.capacity < options.max_batch)
    throw ValueError("[batch_window] max_batch >= 1, max_delay >= 0 and capacity >= max_batch");
  impl_->options = options;
}

BatchWindow::~BatchWindow() = default;
BatchWindow::BatchWindow(BatchWindow&&) noexcept = default;
BatchWindow& BatchWindow::operator=(BatchWindow&&) noexcept = default;

// Lets the request wait, or says at once why not.
//   capacity 2: two requests -> accepted, accepted; a third -> full; after drain() -> draining
Admission BatchWindow::submit(Request request, std::int64_t now) {
  // BEGIN 12.3: two questions, in this order
  TINYTORCH_TODO("12.3");
  // END 12.3
}

// What has expired, and a batch if one is due.
//   max_batch 4, max_delay 5: requests at 10 and 12 -> take(14) nothing, take(15) both
Taken BatchWindow::take(std::int64_t now) {
  // BEGIN 12.3: first what has expired, then look at what is left
  TINYTORCH_TODO("12.3");
  // END 12.3
}

// The first time at which take() returns a request, if no other call comes before.
//   max_delay 5: a request at 10 -> 15; if it expires at 13 -> 13; nothing waits -> never
std::int64_t BatchWindow::wake_at() const {
  // BEGIN 12.3: the same conditions as in take(), as a time
  TINYTORCH_TODO("12.3");
  // END 12.3
}

// From now on no request is accepted, and those that wait wait for no other.
void BatchWindow::drain() {
  // BEGIN 12.3: take() and wake_at() do the rest
  TINYTORCH_TODO("12.3");
  // END 12.3
}

// Appends a reply for each request: first the batch's, then the expired ones'.
//   batch of 7 and 3, expired 5 -> replies to 7 and 3 (rows 0 and 1 of the model's result), 5 expired
void answer(Taken taken, const ModelHandle& current, Replies& out) {
  // BEGIN 12.4: take the model once, under its lock; compute without it
  TINYTORCH_TODO("12.4");
  // END 12.4
}

// Makes `next` the model of every batch that begins from now on.
//   version 3 serves, publish_model(current, {4, module}) -> the next batch is computed by version 4
void publish_model(ModelHandle& current, LoadedModel next) {
  // BEGIN 12.4: hold the lock for the exchange alone
  TINYTORCH_TODO("12.4");
  // END 12.4
}

}  // namespace tinytorch::deploy
