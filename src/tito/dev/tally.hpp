// Counts checks, shows how far they are, and says at the end what failed, why, and how to repeat it.
#pragma once

#include "src/tito/util/context.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinytorch::tito {

class Tally {
 public:
  explicit Tally(const Context& context) : context_(context) {}

  /// Starts a part of the checks: "[  12 s] running the tests of build/release".
  void part(const std::string& what);
  /// One check. An empty `why` is a pass; a failure is shown at once, and again at the end with its reason and with the
  /// command `again`, which repeats it alone.
  void record(const std::string& name, const std::string& why, const std::string& again = "");
  /// What happens now, for whoever watches: on a terminal the next line overwrites it, elsewhere it is not shown.
  void progress(const std::string& what);

  /// How long a part has taken: the slowest are listed at the end.
  void took(const std::string& part, double seconds);

  std::size_t passed() const { return passed_; }
  std::size_t failed() const { return failures_.size(); }

  /// Every failure with its reason, the slowest parts, then "N passed, M failed" on a line of its own. Returns the exit
  /// code.
  int close();

 private:
  struct Failure {
    std::string name, why, again;
  };

  double seconds() const;
  void clear_line();
  void print_slowest();

  const Context& context_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool open_line_ = false;
  std::size_t passed_ = 0;
  std::vector<Failure> failures_;
  std::vector<std::pair<double, std::string>> parts_;  // seconds, name
};

/// The last `most` lines of `text`, each after `indent`; a first line says how many were left out.
std::string last_lines(std::string_view text, std::size_t most, const std::string& indent);

}  // namespace tinytorch::tito
