// Lab 12, part B: a window in which requests wait for each other, and the replies to a batch.

#include "tinytorch/nn/deploy_batching.hpp"

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
  // BEGIN SOLUTION 12.3: two questions, in this order
  if (impl_->draining) return Admission::draining;
  if (impl_->count() >= impl_->options.capacity) return Admission::full;
  impl_->waiting.push_back({std::move(request), now});
  return Admission::accepted;
  // END SOLUTION
}

// What has expired, and a batch if one is due.
//   max_batch 4, max_delay 5: requests at 10 and 12 -> take(14) nothing, take(15) both
Taken BatchWindow::take(std::int64_t now) {
  // BEGIN SOLUTION 12.3: first what has expired, then look at what is left
  Taken taken;
  std::deque<Impl::Waiting> left;
  for (Impl::Waiting& one : impl_->waiting) {
    if (one.request.expires_at <= now) {
      taken.expired.push_back(std::move(one.request));
    } else {
      left.push_back(std::move(one));
    }
  }
  impl_->waiting = std::move(left);
  if (impl_->waiting.empty()) return taken;
  const bool full = impl_->count() >= impl_->options.max_batch;
  const bool waited = now - impl_->waiting.front().since >= impl_->options.max_delay;
  if (!full && !waited && !impl_->draining) return taken;
  const std::int64_t size = std::min(impl_->count(), impl_->options.max_batch);
  for (std::int64_t i = 0; i < size; ++i) {
    taken.batch.push_back(std::move(impl_->waiting.front().request));
    impl_->waiting.pop_front();
  }
  return taken;
  // END SOLUTION
}

// The first time at which take() returns a request, if no other call comes before.
//   max_delay 5: a request at 10 -> 15; if it expires at 13 -> 13; nothing waits -> never
std::int64_t BatchWindow::wake_at() const {
  // BEGIN SOLUTION 12.3: the same conditions as in take(), as a time
  if (impl_->waiting.empty()) return never;
  if (impl_->draining || impl_->count() >= impl_->options.max_batch) return at_once;
  std::int64_t first = impl_->waiting.front().since + impl_->options.max_delay;
  for (const Impl::Waiting& one : impl_->waiting) first = std::min(first, one.request.expires_at);
  return first;
  // END SOLUTION
}

// From now on no request is accepted, and those that wait wait for no other.
void BatchWindow::drain() {
  // BEGIN SOLUTION 12.3: take() and wake_at() do the rest
  impl_->draining = true;
  // END SOLUTION
}

// BEGIN HELPER 12.4
namespace {

// The outputs of the batch: a row for each request.
Tensor outputs_of(const std::vector<Request>& batch, const LoadedModel* model) {
  if (model == nullptr) throw ValueError("[answer] there is no model yet");
  std::vector<Tensor> inputs;
  for (const Request& request : batch) inputs.push_back(request.input);
  const NoGrad no_grad;
  Tensor outputs = (*model->module)(stack(inputs, 0));
  if (outputs.size(0) != static_cast<std::int64_t>(batch.size()))
    throw ShapeError(detail::text({"[answer] the model gave no row for each request: ", outputs.sizes()}));
  return outputs;
}

}  // namespace
// END HELPER

// Appends a reply for each request: first the batch's, then the expired ones'.
//   batch of 7 and 3, expired 5 -> replies to 7 and 3 (rows 0 and 1 of the model's result), 5 expired
void answer(Taken taken, const ModelHandle& current, Replies& out) {
  // BEGIN SOLUTION 12.4: take the model once, under its lock; compute without it
  std::shared_ptr<const LoadedModel> model;
  {
    const std::lock_guard lock(current.mutex);
    model = current.model;
  }
  Tensor outputs;
  std::string error;
  try {
    if (!taken.batch.empty()) outputs = outputs_of(taken.batch, model.get());
  } catch (const std::exception& failure) {
    error = failure.what();
  }
  std::int64_t row = 0;
  for (const Request& request : taken.batch) {
    Reply reply;
    reply.id = request.id;
    reply.error = error;
    if (outputs.defined()) {
      reply.status = ReplyStatus::answered;
      reply.version = model->version;
      reply.output = outputs.select(0, row++);
    }
    out.push_back(std::move(reply));
  }
  for (const Request& request : taken.expired) {
    Reply reply;
    reply.id = request.id;
    reply.status = ReplyStatus::expired;
    out.push_back(std::move(reply));
  }
  // END SOLUTION
}

// Makes `next` the model of every batch that begins from now on.
//   version 3 serves, publish_model(current, {4, module}) -> the next batch is computed by version 4
void publish_model(ModelHandle& current, LoadedModel next) {
  // BEGIN SOLUTION 12.4: hold the lock for the exchange alone
  auto model = std::make_shared<const LoadedModel>(std::move(next));
  const std::lock_guard lock(current.mutex);
  current.model.swap(model);
  // END SOLUTION
}

}  // namespace tinytorch::deploy
