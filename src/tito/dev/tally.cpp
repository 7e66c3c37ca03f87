#include "src/tito/dev/tally.hpp"

#include "src/tito/lab/markers.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>

#include <fmt/core.h>

namespace tinytorch::tito {

double Tally::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

void Tally::clear_line() {
  if (open_line_) fmt::print("\r\x1b[K");
  open_line_ = false;
}

void Tally::part(const std::string& what) {
  clear_line();
  fmt::print("[{:4.0f} s] {}\n", seconds(), what);
  std::fflush(stdout);
}

void Tally::record(const std::string& name, const std::string& why, const std::string& again) {
  if (why.empty()) {
    ++passed_;
    return;
  }
  failures_.push_back({name, why, again});
  clear_line();
  fmt::print("         {}  {}\n", paint(context_, Style::bad, "FAILED"), name);
  std::fflush(stdout);
}

void Tally::progress(const std::string& what) {
  if (!context_.terminal) return;
  clear_line();
  fmt::print("         {}", what.substr(0, static_cast<std::size_t>(context_.columns) - 10));
  std::fflush(stdout);
  open_line_ = true;
}

void Tally::took(const std::string& part, double seconds) { parts_.emplace_back(seconds, part); }

void Tally::print_slowest() {
  constexpr std::size_t most = 10;
  std::sort(parts_.begin(), parts_.end(), std::greater<>());
  if (parts_.size() > most) parts_.resize(most);
  if (!parts_.empty()) fmt::print("\nslowest parts\n");
  for (const auto& [seconds, part] : parts_) fmt::print("  {:7.1f} s  {}\n", seconds, part);
}

int Tally::close() {
  constexpr std::size_t most_lines = 60;
  clear_line();
  for (const Failure& failure : failures_) {
    fmt::print("\n{}  {}\n{}", paint(context_, Style::bad, "FAILED"), failure.name,
               last_lines(failure.why, most_lines, "    "));
    if (!failure.again.empty()) fmt::print("  again: {}\n", failure.again);
  }
  print_slowest();
  fmt::print("\n[{:4.0f} s] done\n{} passed, {} failed\n", seconds(), passed_, failures_.size());
  std::fflush(stdout);
  return failures_.empty() && passed_ > 0 ? exit_ok : exit_not_all;
}

std::string last_lines(std::string_view text, std::size_t most, const std::string& indent) {
  const std::vector<std::string> lines = split_lines(text);
  const std::size_t skipped = lines.size() > most ? lines.size() - most : 0;
  std::string out;
  if (skipped > 0) out += indent + "... " + std::to_string(skipped) + " lines left out\n";
  for (std::size_t i = skipped; i < lines.size(); ++i) out += indent + lines[i] + "\n";
  return out;
}

}  // namespace tinytorch::tito
