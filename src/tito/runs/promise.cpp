#include "src/tito/runs/promise.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// The first step at which the losses are too far apart, as text; "" when there is none.
std::string first_gap(const Log& first, const Log& second) {
  const auto a = first.find("train/loss"), b = second.find("train/loss");
  if (a == first.end() || b == second.end()) return "a log has no train/loss";
  if (a->second.size() != b->second.size()) return fmt::format("{} epochs and {}", a->second.size(), b->second.size());
  for (std::size_t i = 0; i < a->second.size(); ++i) {
    const double x = a->second[i].second, y = b->second[i].second;
    if (!(std::abs(x - y) <= std::max(least_loss_bound, loss_bound * x)))
      return fmt::format("the losses of epoch {} are {:.4g} and {:.4g}", a->second[i].first, x, y);
  }
  return "";
}

}  // namespace

Promise promised(const std::vector<config::Difference>& differences) {
  Promise promise = Promise::bitwise;
  for (const config::Difference& difference : differences) {
    if (difference.effect != config::Effect::result) continue;
    if (!difference.key.starts_with("build.") && !difference.key.starts_with("machine.")) return Promise::none;
    promise = Promise::tolerance;
  }
  return promise;
}

const char* to_string(Promise promise) {
  if (promise == Promise::bitwise) return "bitwise";
  return promise == Promise::tolerance ? "tolerance" : "none";
}

std::string said(Promise promise) {
  if (promise == Promise::bitwise) return "promise: the same weights, bit for bit";
  if (promise == Promise::tolerance)
    return fmt::format(
        "promise: in each epoch the same loss within {:g} % or {:g}, the same accuracy within {:g} points",
        100 * loss_bound, least_loss_bound, accuracy_bound);
  return "promise: none, because this is another run; only the same weights would count as a repetition";
}

Outcome compared(const StoredRun& first, const StoredRun& second, Promise promise) {
  const RunResult &a = *first.result, &b = *second.result;
  const std::string accuracies = fmt::format("accuracy {:.2f} % then, {:.2f} % now", a.accuracy, b.accuracy);
  if (a.weights == b.weights)
    return {true, fmt::format("repeated: the weights are the same, bit for bit ({}); {}", short_value(a.weights),
                              accuracies)};
  const std::string weights =
      fmt::format("the weights differ ({} then, {} now)", short_value(a.weights), short_value(b.weights));
  if (promise != Promise::tolerance) return {false, fmt::format("NOT repeated: {}; {}", weights, accuracies)};
  std::string gap = first_gap(read_log(first), read_log(second));
  if (gap.empty() && !(std::abs(a.accuracy - b.accuracy) <= accuracy_bound)) gap = "the accuracies are too far apart";
  if (!gap.empty()) return {false, fmt::format("NOT repeated: {}; {}; {}", gap, weights, accuracies)};
  return {true,
          fmt::format("repeated within the bounds: {}, as another build or machine may; {}", weights, accuracies)};
}

}  // namespace tinytorch::tito
