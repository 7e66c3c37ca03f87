#include "src/serve/service.hpp"

#include "src/serve/digit_json.hpp"
#include "src/serve/page/page.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch::serve {
namespace {

constexpr const char* json_type = "application/json";

double seconds(std::int64_t ns) { return static_cast<double>(ns) * 1e-9; }

}  // namespace

Service::Service(const deploy::ModelHandle& current, const ServiceOptions& options, std::function<void()> wake)
    : current_(current),
      options_(options),
      wake_(std::move(wake)),
      batcher_(options.window, current, [this](Computed computed) {
        {
          const std::lock_guard lock(mutex_);
          computed_.push_back(std::move(computed));
        }
        wake_();
      }) {
  add_routes();
}

void Service::add_routes() {
  const auto page = [](const char* type, std::string_view text) {
    return [=] { return Content{200, type, std::string(text)}; };
  };
  router_.get("/", page("text/html; charset=utf-8", page_html));
  router_.get("/page.css", page("text/css; charset=utf-8", page_css));
  router_.get("/page.js", page("text/javascript; charset=utf-8", page_js));
  router_.get("/healthz", [this] { return health(); });
  router_.get("/metrics", [this] { return Content{200, openmetrics_type, metrics_text()}; });
  router_.post("/predict", [this](const std::string& body) { return predict(body); });
}

std::int64_t Service::version() const {
  const std::lock_guard lock(current_.mutex);
  return current_.model ? current_.model->version : 0;
}

Content Service::health() const {
  return {draining_ ? 503 : 200, json_type,
          fmt::format("{{\"status\": \"{}\", \"version\": {}}}\n", draining_ ? "draining" : "ok", version())};
}

std::string Service::metrics_text() {
  metrics_.version = version();
  metrics_.queue = static_cast<std::int64_t>(waiting_.size());
  return metrics_.text();
}

std::optional<Content> Service::predict(const std::string& body) {
  deploy::Request request{static_cast<std::int64_t>(ticket_), Tensor(), now_ + options_.deadline};
  try {
    request.input = read_pixels(body);
  } catch (const ValueError& error) {
    return error_content(400, error.what());
  }
  switch (batcher_.submit(std::move(request), now_)) {
    case deploy::Admission::full:
      return error_content(503, fmt::format("{} requests wait already; try again", options_.window.capacity));
    case deploy::Admission::draining:
      return error_content(503, "the server is ending");
    case deploy::Admission::accepted:
      break;
  }
  waiting_[ticket_] = now_;
  return std::nullopt;
}

Routed Service::answer(std::string_view request, std::uint64_t ticket, bool close, std::int64_t now) {
  ticket_ = ticket;
  now_ = now;
  Routed routed = router_.route(request, close);
  if (routed.code != 0) ++metrics_.answers[routed.code];
  return routed;
}

Content Service::content_of(const deploy::Reply& reply, const Computed& computed, std::int64_t came, std::int64_t now) {
  if (reply.status == deploy::ReplyStatus::expired) return error_content(504, "the time for the answer is over");
  if (reply.status == deploy::ReplyStatus::failed) return error_content(500, reply.error);
  const std::int64_t waited = std::max<std::int64_t>(0, computed.began - came);
  metrics_.wait_seconds.add(seconds(waited));
  metrics_.answer_seconds.add(seconds(now - came));
  try {
    const AnswerFacts facts{reply.version, computed.size, 1e3 * seconds(waited),
                            1e3 * seconds(computed.ended - computed.began)};
    return {200, json_type, answer_json(reply.output, facts)};
  } catch (const Error& error) {
    return error_content(500, error.what());
  }
}

std::vector<Late> Service::collect(std::int64_t now) {
  std::vector<Computed> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(computed_);
  }
  if (const std::exception_ptr fault = batcher_.fault()) std::rethrow_exception(fault);
  std::vector<Late> late;
  for (const Computed& computed : all) {
    if (computed.size > 0) {
      metrics_.batch_size.add(static_cast<double>(computed.size));
      metrics_.compute_seconds.add(seconds(computed.ended - computed.began));
    }
    for (const deploy::Reply& reply : computed.replies) {
      const auto waiting = waiting_.find(static_cast<std::uint64_t>(reply.id));
      if (waiting == waiting_.end()) continue;
      late.push_back({waiting->first, content_of(reply, computed, waiting->second, now)});
      waiting_.erase(waiting);
    }
  }
  // Also while the model computes something else: nobody waits longer than was promised.
  while (!waiting_.empty() && next_deadline() <= now) {
    late.push_back({waiting_.begin()->first, error_content(504, "the time for the answer is over")});
    waiting_.erase(waiting_.begin());
  }
  for (const Late& answer : late) ++metrics_.answers[answer.content.code];
  return late;
}

std::int64_t Service::next_deadline() const {
  return waiting_.empty() ? deploy::never : waiting_.begin()->second + options_.deadline;
}

void Service::drain() {
  draining_ = true;
  batcher_.drain();
}

}  // namespace tinytorch::serve
