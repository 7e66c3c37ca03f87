// Another right answer: a vector in order of arrival, partitioned; replies made first and filled in later.

#include "tinytorch/nn/deploy_batching.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/indexing.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace tinytorch::deploy {

struct BatchWindow::Impl {
  WindowOptions options;
  std::vector<Request> requests;    // the oldest first
  std::vector<std::int64_t> times;  // of their arrival
  bool open = true;

  // The arrival of the oldest request that has not expired, and how many there are.
  std::pair<std::int64_t, std::int64_t> fresh(std::int64_t now) const {
    std::int64_t oldest = never, count = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (requests[i].expires_at <= now) continue;
      oldest = std::min(oldest, times[i]);
      ++count;
    }
    return {oldest, count};
  }
};

BatchWindow::BatchWindow(const WindowOptions& options) : impl_(std::make_unique<Impl>()) {
  if (options.max_batch < 1) throw ValueError("[batch_window] max_batch < 1");
  if (options.max_delay < 0) throw ValueError("[batch_window] max_delay < 0");
  if (options.capacity < options.max_batch) throw ValueError("[batch_window] capacity < max_batch");
  impl_->options = options;
}

BatchWindow::~BatchWindow() = default;
BatchWindow::BatchWindow(BatchWindow&&) noexcept = default;
BatchWindow& BatchWindow::operator=(BatchWindow&&) noexcept = default;

Admission BatchWindow::submit(Request request, std::int64_t now) {
  if (!impl_->open) return Admission::draining;
  if (std::ssize(impl_->requests) == impl_->options.capacity) return Admission::full;
  impl_->requests.push_back(std::move(request));
  impl_->times.push_back(now);
  return Admission::accepted;
}

Taken BatchWindow::take(std::int64_t now) {
  const auto [oldest, count] = impl_->fresh(now);
  const bool due =
      count > 0 && (!impl_->open || count >= impl_->options.max_batch || oldest + impl_->options.max_delay <= now);
  std::int64_t room = due ? impl_->options.max_batch : 0;
  Taken taken;
  std::vector<Request> stay;
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < impl_->requests.size(); ++i) {
    Request& request = impl_->requests[i];
    if (request.expires_at <= now) {
      taken.expired.push_back(std::move(request));
    } else if (room > 0) {
      --room;
      taken.batch.push_back(std::move(request));
    } else {
      stay.push_back(std::move(request));
      times.push_back(impl_->times[i]);
    }
  }
  impl_->requests = std::move(stay);
  impl_->times = std::move(times);
  return taken;
}

std::int64_t BatchWindow::wake_at() const {
  const auto count = std::ssize(impl_->requests);
  if (count == 0) return never;
  if (!impl_->open || count >= impl_->options.max_batch) return at_once;
  std::vector<std::int64_t> candidates{impl_->times.front() + impl_->options.max_delay};
  for (const Request& request : impl_->requests) candidates.push_back(request.expires_at);
  return *std::min_element(candidates.begin(), candidates.end());
}

void BatchWindow::drain() { impl_->open = false; }

void answer(Taken taken, const ModelHandle& current, Replies& out) {
  std::unique_lock lock(current.mutex);
  const std::shared_ptr<const LoadedModel> model = current.model;
  lock.unlock();
  const std::size_t first = out.size();
  for (const Request& request : taken.batch) out.push_back({.id = request.id});
  for (const Request& request : taken.expired) out.push_back({.id = request.id, .status = ReplyStatus::expired});
  if (taken.batch.empty()) return;
  const NoGrad no_grad;
  try {
    if (!model || !model->module) throw ValueError("no model");
    std::vector<Tensor> inputs;
    std::transform(taken.batch.begin(), taken.batch.end(), std::back_inserter(inputs),
                   [](const Request& request) { return request.input; });
    const Tensor result = model->module->operator()(stack(inputs));
    if (result.dim() == 0 || result.size(0) != std::ssize(inputs)) throw ShapeError("not a row for each request");
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Reply& reply = out[first + i];
      reply.output = result.select(0, static_cast<std::int64_t>(i)).clone();
      reply.version = model->version;
      reply.status = ReplyStatus::answered;
    }
  } catch (const std::exception& error) {
    for (std::size_t i = 0; i < taken.batch.size(); ++i) out[first + i].error = error.what();
  }
}

void publish_model(ModelHandle& current, LoadedModel next) {
  std::shared_ptr<const LoadedModel> model = std::make_shared<LoadedModel>(std::move(next));
  std::unique_lock lock(current.mutex);
  std::swap(current.model, model);
}

}  // namespace tinytorch::deploy
