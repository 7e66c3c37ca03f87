// Another right answer: requests under a number of their own, and beside them the order in which they expire.

#include "tinytorch/nn/deploy_batching.hpp"

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/indexing.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <utility>

namespace tinytorch::deploy {

struct BatchWindow::Impl {
  WindowOptions options;
  std::map<std::int64_t, std::pair<Request, std::int64_t>> waiting;  // by number: the request, and when it came
  std::set<std::pair<std::int64_t, std::int64_t>> by_end;            // when it expires, number
  std::int64_t next = 0;
  bool draining = false;

  std::int64_t size() const { return static_cast<std::int64_t>(waiting.size()); }

  Request remove(std::int64_t number) {
    const auto at = waiting.find(number);
    Request request = std::move(at->second.first);
    by_end.erase({request.expires_at, number});
    waiting.erase(at);
    return request;
  }
};

BatchWindow::BatchWindow(const WindowOptions& options) : impl_(std::make_unique<Impl>()) {
  const bool sensible = options.max_batch > 0 && options.max_delay >= 0 && options.capacity >= options.max_batch;
  if (!sensible) throw ValueError("[batch_window] these options make no window");
  impl_->options = options;
}

BatchWindow::~BatchWindow() = default;
BatchWindow::BatchWindow(BatchWindow&&) noexcept = default;
BatchWindow& BatchWindow::operator=(BatchWindow&&) noexcept = default;

Admission BatchWindow::submit(Request request, std::int64_t now) {
  Impl& self = *impl_;
  if (self.draining) return Admission::draining;
  if (self.size() >= self.options.capacity) return Admission::full;
  const std::int64_t number = self.next++;
  self.by_end.emplace(request.expires_at, number);
  self.waiting.emplace(number, std::pair(std::move(request), now));
  return Admission::accepted;
}

Taken BatchWindow::take(std::int64_t now) {
  Impl& self = *impl_;
  std::vector<std::int64_t> late;
  for (auto at = self.by_end.begin(); at != self.by_end.end() && at->first <= now; ++at) late.push_back(at->second);
  std::sort(late.begin(), late.end());
  Taken taken;
  for (const std::int64_t number : late) taken.expired.push_back(self.remove(number));
  bool due = self.draining || self.size() >= self.options.max_batch;
  if (!self.waiting.empty()) due = due || self.waiting.begin()->second.second <= now - self.options.max_delay;
  while (due && !self.waiting.empty() && static_cast<std::int64_t>(taken.batch.size()) < self.options.max_batch)
    taken.batch.push_back(self.remove(self.waiting.begin()->first));
  return taken;
}

std::int64_t BatchWindow::wake_at() const {
  const Impl& self = *impl_;
  if (self.waiting.empty()) return never;
  if (self.draining || self.size() >= self.options.max_batch) return at_once;
  return std::min(self.by_end.begin()->first, self.waiting.begin()->second.second + self.options.max_delay);
}

void BatchWindow::drain() { impl_->draining = true; }

namespace {

void compute(const LoadedModel* model, const std::vector<Request>& batch, std::vector<Reply>& replies) {
  if (model == nullptr) throw ValueError("[answer] no model answers yet");
  const NoGrad no_grad;
  std::vector<Tensor> inputs(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) inputs[i] = batch[i].input;
  const std::vector<Tensor> rows = unbind((*model->module)(stack(inputs, 0)), 0);
  if (rows.size() != batch.size()) throw ShapeError("[answer] another number of rows");
  for (std::size_t i = 0; i < batch.size(); ++i)
    replies[i] = {batch[i].id, ReplyStatus::answered, model->version, rows[i], ""};
}

std::shared_ptr<const LoadedModel> model_of(const ModelHandle& current) {
  const std::lock_guard lock(current.mutex);
  return current.model;
}

}  // namespace

void answer(Taken taken, const ModelHandle& current, Replies& out) {
  const auto model = model_of(current);
  std::vector<Reply> replies;
  for (const Request& request : taken.batch) replies.push_back({request.id, ReplyStatus::failed, 0, {}, ""});
  try {
    if (!replies.empty()) compute(model.get(), taken.batch, replies);
  } catch (const std::exception& error) {
    for (Reply& reply : replies) reply.error = error.what();
  }
  for (const Request& request : taken.expired) replies.push_back({request.id, ReplyStatus::expired, 0, {}, ""});
  for (Reply& reply : replies) out.push_back(std::move(reply));
}

void publish_model(ModelHandle& current, LoadedModel next) {
  const auto model = std::make_shared<const LoadedModel>(std::move(next));
  std::shared_ptr<const LoadedModel> old;
  const std::lock_guard lock(current.mutex);
  old = std::exchange(current.model, model);
}

}  // namespace tinytorch::deploy
