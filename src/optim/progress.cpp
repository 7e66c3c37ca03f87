#include "tinytorch/optim/progress.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::optim {

namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ProgressBar::ProgressBar(std::string label, std::int64_t steps, std::FILE* out)
    : ProgressBar(std::move(label), steps, out, isatty(fileno(out)) == 1) {}

ProgressBar::ProgressBar(std::string label, std::int64_t steps, std::FILE* out, bool terminal)
    : label_(std::move(label)),
      steps_(std::max<std::int64_t>(steps, 1)),
      out_(out),
      terminal_(terminal),
      started_(now_ns()) {}

void ProgressBar::step(std::string_view status) {
  ++done_;
  if (!terminal_) return;
  const std::int64_t now = now_ns();
  if (now - drawn_ < 50'000'000) return;
  drawn_ = now;
  draw(status);
}

double ProgressBar::seconds() const { return 1e-9 * static_cast<double>(now_ns() - started_); }

void ProgressBar::draw(std::string_view status) {
  constexpr std::int64_t width = 20;
  const std::int64_t filled = std::min(width, width * done_ / steps_);
  std::string bar;
  for (std::int64_t i = 0; i < width; ++i) bar += i < filled ? "━" : "─";
  // The cursor goes to the start of the line, the rest of the old text is erased.
  fmt::print(out_, "\r{} {} {}/{}  {}\x1b[K", label_, bar, done_, steps_, status);
  std::fflush(out_);
}

void ProgressBar::finish(std::string_view status) {
  fmt::print(out_, "{}{}  {}{}\n", terminal_ ? "\r" : "", label_, status, terminal_ ? "\x1b[K" : "");
  std::fflush(out_);
}

}  // namespace tinytorch::optim
