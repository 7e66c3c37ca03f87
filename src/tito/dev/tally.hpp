// Counts checks, shows how far they are, and says at the end what failed and why.
#pragma once

#include "src/tito/util/context.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct Failure {
  std::string name;  // a sentence: what should be so
  std::string why;
};

/// Safe to record into from several threads.
class Tally {
 public:
  explicit Tally(const Context& context);

  /// Starts a part of the checks: "[  12 s] 01_tensor: 40 mutants".
  void part(const std::string& what);
  /// One check. Empty `why` is a pass; a failure is shown at once and again at the end.
  void record(const std::string& name, const std::string& why);
  /// A line about what just happened, for whoever watches; on a terminal it is overwritten by the next.
  void progress(const std::string& what);

  std::size_t passed() const { return passed_; }
  std::size_t failed() const { return failures_.size(); }

  /// Every failure with its reason, then "N passed, M failed" on a line of its own. The exit code.
  int close();

 private:
  double seconds() const;
  void clear_line();

  const Context& context_;
  std::mutex guard_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool open_line_ = false;
  std::size_t passed_ = 0;
  std::vector<Failure> failures_;
};

/// The last `most` lines of `text`, each after `indent`, with a word about what was left out.
std::string last_lines(std::string_view text, std::size_t most, const std::string& indent);

}  // namespace tinytorch::tito
