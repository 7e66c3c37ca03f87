#include "tinytorch/optim/progress.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::optim {

ProgressBar::ProgressBar(std::string label, std::int64_t steps, std::FILE* out)
    : ProgressBar(std::move(label), steps, out, isatty(fileno(out)) == 1) {}

ProgressBar::ProgressBar(std::string label, std::int64_t steps, std::FILE* out, bool terminal)
    : label_(std::move(label)), steps_(std::max<std::int64_t>(steps, 1)), out_(out), terminal_(terminal) {}

void ProgressBar::step(std::string_view status) {
  ++done_;
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - drawn_ < std::chrono::milliseconds(50)) return;
  drawn_ = now;
  draw(status);
}

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
