#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace tinytorch::optim {

/// One line that fills up while an epoch runs: drawn again and again on a terminal; elsewhere only the finished line is
/// printed, so that a log has one line per epoch.
///
///     epoch  3/20 ━━━━━━━━━━━━──────── 14/23  loss 0.412
class ProgressBar {
 public:
  /// `label` leads the line; `steps` is what 100 % means.
  ProgressBar(std::string label, std::int64_t steps, std::FILE* out = stdout);
  /// As above, with the question whether `out` is a terminal answered by the caller.
  ProgressBar(std::string label, std::int64_t steps, std::FILE* out, bool terminal);

  /// One more step done. Redraws at most 20 times a second.
  void step(std::string_view status);
  /// Since it was made.
  double seconds() const;
  /// Ends the line with a last word.
  void finish(std::string_view status);

 private:
  void draw(std::string_view status);

  std::string label_;
  std::int64_t steps_;
  std::int64_t done_ = 0;
  std::FILE* out_;
  bool terminal_;
  std::int64_t drawn_ = 0;  // when, in nanoseconds
  std::int64_t started_ = 0;
};

}  // namespace tinytorch::optim
