// What each address answers. Knows no socket: a request's bytes go in, an answer's come out, at once or later.
#pragma once

#include "src/serve/batcher.hpp"
#include "src/serve/http/frame.hpp"
#include "src/serve/http/router.hpp"
#include "src/serve/metrics.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::serve {

struct ServiceOptions {
  deploy::WindowOptions window;
  std::int64_t deadline = 1'000'000'000;  // ns that a request may wait for its answer
};

/// An answer that came later.
struct Late {
  std::uint64_t ticket = 0;
  Content content;
};

/// One thread calls it; the batcher's own thread only leaves what it has computed.
class Service {
 public:
  /// `wake` is called on the batcher's thread when collect() has something to give.
  Service(const deploy::ModelHandle& current, const ServiceOptions& options, std::function<void()> wake);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Answers a whole request, or keeps `ticket` for the answer that comes later. Tickets and times ascend.
  Routed answer(std::string_view request, std::uint64_t ticket, bool close, std::int64_t now);
  /// Answers that came since the last call, and those of requests whose time is over. Throws what ended the batcher.
  std::vector<Late> collect(std::int64_t now);
  /// When the next request's time is over; deploy::never while none waits.
  std::int64_t next_deadline() const;
  /// The client is gone: its answer is not wanted.
  void forget(std::uint64_t ticket) { waiting_.erase(ticket); }
  /// What waits is computed at once, nothing more is accepted, and /healthz says so.
  void drain();

  Metrics& metrics() { return metrics_; }

 private:
  void add_routes();
  std::optional<Content> predict(const std::string& body);
  Content health() const;
  std::string metrics_text();
  std::int64_t version() const;
  Content content_of(const deploy::Reply& reply, const Computed& computed, std::int64_t came, std::int64_t now);

  const deploy::ModelHandle& current_;
  ServiceOptions options_;
  Router router_;
  Metrics metrics_;
  std::map<std::uint64_t, std::int64_t> waiting_;  // when each ticket's request came; the first one came first
  std::uint64_t ticket_ = 0;                       // of the request that is being routed
  std::int64_t now_ = 0;
  bool draining_ = false;

  std::mutex mutex_;                // guards computed_
  std::vector<Computed> computed_;  // not collected yet
  std::function<void()> wake_;
  Batcher batcher_;  // the last member: its thread uses the others
};

}  // namespace tinytorch::serve
