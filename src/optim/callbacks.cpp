#include "tinytorch/optim/callbacks.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::optim {

namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Throws for the last call of the operating system that failed.
[[noreturn]] void fail(const std::filesystem::path& file) {
  throw FileError(tinytorch::detail::text({"[log] ", file.string(), ": ", std::strerror(errno)}));
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
  // \r moves the cursor to the start of the line; \x1b[K erases the rest of the old text.
  fmt::print(out_, "\r{} {} {}/{}  {}\x1b[K", label_, bar, done_, steps_, status);
  std::fflush(out_);
}

void ProgressBar::finish(std::string_view status) {
  fmt::print(out_, "{}{}  {}{}\n", terminal_ ? "\r" : "", label_, status, terminal_ ? "\x1b[K" : "");
  std::fflush(out_);
}

EpochLog::~EpochLog() {
  if (out_ != nullptr) std::fclose(out_);
}

void EpochLog::on_begin(const TrainingRun& run, const FitOptions&) {
  if (out_ != nullptr) std::fclose(out_);
  out_ = std::fopen(file_.c_str(), "wb");
  if (out_ == nullptr) fail(file_);
  const std::string first = head(run);
  if (!first.empty()) write(first);
  for (const EpochRecord& record : run.progress.history.epochs) write(line(record));
}

bool EpochLog::on_epoch(const TrainingRun&, const EpochRecord& record) {
  if (out_ != nullptr) write(line(record));
  return true;
}

void EpochLog::write(const std::string& text) {
  if (std::fprintf(out_, "%s\n", text.c_str()) < 0 || std::fflush(out_) != 0) fail(file_);
}

}  // namespace tinytorch::optim
