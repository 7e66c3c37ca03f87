// What is counted, and its text in OpenMetrics, which Prometheus reads.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::serve {

/// How often a value was at most 1, 2, 4, ...: each bound has a count of its own until text() adds them up.
class Histogram {
 public:
  /// Bounds ascend.
  explicit Histogram(std::vector<double> bounds);

  void add(double value);
  std::uint64_t count() const { return count_; }
  /// The lines of `name`, with type and help.
  std::string text(std::string_view name, std::string_view help) const;

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;  // one more than bounds: above the last
  std::uint64_t count_ = 0;
  double sum_ = 0.0;
};

/// All that /metrics shows. One thread writes and reads it.
struct Metrics {
  Metrics();

  std::map<int, std::uint64_t> answers;  // by code
  Histogram batch_size;                  // requests that were computed together
  Histogram answer_seconds;              // from a whole request to its answer, of those that were computed
  Histogram wait_seconds;                // of these, until the model began
  Histogram compute_seconds;             // of a batch
  std::int64_t queue = 0;                // requests that wait or are being computed
  std::int64_t connections = 0;
  std::int64_t version = 0;

  std::string text() const;
};

/// The type that the text has over HTTP.
constexpr const char* openmetrics_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";

}  // namespace tinytorch::serve
