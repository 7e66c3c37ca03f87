#include "src/tito/util/waiting.hpp"

#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace tinytorch::tito {

Waiting::Waiting(const Context& context, std::string what, std::chrono::milliseconds quiet) {
  if (context.terminal) shows_ = std::thread([this, what = std::move(what), quiet] { show(what, quiet); });
}

Waiting::~Waiting() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (shows_.joinable()) shows_.join();
}

void Waiting::show(const std::string& what, std::chrono::milliseconds quiet) {
  using std::chrono::seconds;
  const auto begin = std::chrono::steady_clock::now();
  bool shown = false;
  std::unique_lock lock(mutex_);
  for (auto next = begin + quiet; !changed_.wait_until(lock, next, [&] { return over_; });
       next = std::chrono::steady_clock::now() + seconds(1)) {
    const auto so_far = std::chrono::duration_cast<seconds>(std::chrono::steady_clock::now() - begin);
    fmt::print(stderr, "\r\033[K{}, {} s", what, so_far.count());
    std::fflush(stderr);
    shown = true;
  }
  if (!shown) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

}  // namespace tinytorch::tito
