#include "src/serve/metrics.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tinytorch::serve {
namespace {

std::vector<double> powers_of_two(double from, std::size_t count) {
  std::vector<double> bounds;
  for (std::size_t i = 0; i < count; ++i, from *= 2) bounds.push_back(from);
  return bounds;
}

// OpenMetrics writes a bound with a point: 1.0.
std::string bound_text(double bound) {
  const std::string text = fmt::format("{}", bound);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string head(std::string_view name, std::string_view type, std::string_view help) {
  std::string text = fmt::format("# TYPE {} {}\n", name, type);
  if (name.ends_with("_seconds")) text += fmt::format("# UNIT {} seconds\n", name);
  return text + fmt::format("# HELP {} {}\n", name, help);
}

std::string gauge(std::string_view name, std::string_view help, std::int64_t value) {
  return head(name, "gauge", help) + fmt::format("{} {}\n", name, value);
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

void Histogram::add(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  ++counts_[static_cast<std::size_t>(at)];
  ++count_;
  sum_ += value;
}

std::string Histogram::text(std::string_view name, std::string_view help) const {
  std::string text = head(name, "histogram", help);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    below += counts_[i];
    text += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, bound_text(bounds_[i]), below);
  }
  text += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", name, count_, sum_);
  return text;
}

Metrics::Metrics()
    : batch_size(powers_of_two(1, 9)),
      answer_seconds(powers_of_two(1.0 / 8192, 16)),
      wait_seconds(powers_of_two(1.0 / 8192, 16)),
      compute_seconds(powers_of_two(1.0 / 8192, 16)) {}

std::string Metrics::text() const {
  std::string text = head("tinytorch_answers", "counter", "Answers to requests, by their code.");
  for (const auto& [code, count] : answers)
    text += fmt::format("tinytorch_answers_total{{code=\"{}\"}} {}\n", code, count);
  text += batch_size.text("tinytorch_batch_size", "Requests that the model computed together.");
  text += answer_seconds.text("tinytorch_answer_seconds", "From a whole request to its answer.");
  text += wait_seconds.text("tinytorch_wait_seconds", "Of this, until the model began.");
  text += compute_seconds.text("tinytorch_compute_seconds", "How long the model took for a batch.");
  text += gauge("tinytorch_queue_length", "Requests that wait or are being computed.", queue);
  text += gauge("tinytorch_connections", "Open connections.", connections);
  text += gauge("tinytorch_model_version", "The version that serves.", version);
  return text + "# EOF\n";
}

}  // namespace tinytorch::serve
