// Lab 12, part C: has the input drifted, is it time to train again, and may the new model answer everybody?

#include "tinytorch/profiling/monitor.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace tinytorch::profiling {

// Edges that cut the reference into bins with about equally many values.
//   4, 1, 2, 3 and 2 bins -> 2; 1, 1, 1, 5 and 4 bins -> 1, three times: 1
std::vector<double> psi_edges(std::span<const double> reference, std::int64_t bins) {
  // BEGIN 12.5: quantiles of the reference, each once
  TINYTORCH_TODO("12.5");
  // END 12.5
}

// How many values lie in each bin; a value on an edge belongs to the bin below it.
std::vector<std::int64_t> bin_counts(std::span<const double> values, std::span<const double> edges) {
  std::vector<std::int64_t> counts(edges.size() + 1);
  for (const double value : values)
    ++counts[static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), value) - edges.begin())];
  return counts;
}

// The population stability index of two lists of counts.
//   {9, 9} and {9, 9} -> 0; {9, 9} and {18, 0} -> the shares are 1/2, 1/2 and 37/38, 1/38: 1.71
double psi(std::span<const std::int64_t> expected, std::span<const std::int64_t> actual) {
  // BEGIN 12.5: half a count more in each bin, then shares
  TINYTORCH_TODO("12.5");
  // END 12.5
}

// What the PSI of two samples from the same distribution exceeds with probability alpha.
//   n = m = 100, 10 bins, 0.05 -> 16.92 * 0.02 = 0.34
double psi_threshold(std::int64_t n, std::int64_t m, std::int64_t bins, double alpha) {
  // BEGIN 12.5: chi squared with one degree of freedom less than bins
  TINYTORCH_TODO("12.5");
  // END 12.5
}

// The largest difference between the shares of a and b at or below any x.
//   {1, 2} and {2, 1} -> 0; {1, 2} and {3, 4} -> 1; {1, 2, 3} and {2} -> 1/3 at 1, 1/3 at 2: 1/3
double ks_statistic(std::span<const double> a, std::span<const double> b) {
  // BEGIN 12.6: merge both; equal values step together
  TINYTORCH_TODO("12.6");
  // END 12.6
}

// Which features of the window differ from the reference's.
//   4 features with p = 0.011, 0.3, 0.013, 0.02 and alpha 0.05 -> limits 0.0125, 0.0167, 0.025, 0.05: all but the
//   second
DriftReport detect_drift(const Reference& reference, const Window& window, double alpha) {
  // BEGIN 12.7: a p for each feature, then Holm's steps from the smallest p on
  TINYTORCH_TODO("12.7");
  // END 12.7
}

// What a trigger remembers between two windows.
struct RetrainTrigger::Impl {
  TriggerOptions options;
  std::int64_t bad = 0, good = 0;  // in a row
  bool alarm = false, running = false;
  std::optional<std::int64_t> ended;
};

RetrainTrigger::RetrainTrigger(const TriggerOptions& options) : impl_(std::make_unique<Impl>()) {
  if (options.on < 1 || options.off < 1 || options.cool_down < 0 || options.labels < 0)
    throw ValueError("[retrain_trigger] on >= 1, off >= 1, cool_down >= 0 and labels >= 0");
  impl_->options = options;
}

RetrainTrigger::~RetrainTrigger() = default;
RetrainTrigger::RetrainTrigger(RetrainTrigger&&) noexcept = default;
RetrainTrigger& RetrainTrigger::operator=(RetrainTrigger&&) noexcept = default;

bool RetrainTrigger::alarm() const { return impl_->alarm; }

// Takes the report of the next window, and says whether to train now.
//   on 3: bad, bad, bad -> none, none, retrain; bad, bad, good, bad, bad -> always none
Action RetrainTrigger::observe(const DriftReport& report, std::int64_t labels, std::int64_t now) {
  // BEGIN 12.8: count in a row, then ask for each condition
  TINYTORCH_TODO("12.8");
  // END 12.8
}

// The retraining ended.
//   cool_down 10: retrained(50), then bad windows from 51 on -> retrain at 60, not before
void RetrainTrigger::retrained(std::int64_t now) {
  // BEGIN 12.8: everything begins again, from the end on
  TINYTORCH_TODO("12.8");
  // END 12.8
}

// Whether a user with this key gets the canary.
//   share 0 -> nobody; share 1 -> everybody; share 0.1 -> the same tenth of the keys at every call
bool to_canary(std::uint64_t key, double share, std::uint64_t salt) {
  // BEGIN 12.9: a place in [0, 1) that key and salt decide
  TINYTORCH_TODO("12.9");
  // END 12.9
}

// What a canary has seen of each arm.
struct Canary::Impl {
  struct Counts {
    double all = 0, wrong = 0;
  };

  CanaryOptions options;
  Counts current, canary;
  std::size_t look = 0;  // the next one
  Action decision = Action::none;
};

Canary::Canary(const CanaryOptions& options) : impl_(std::make_unique<Impl>()) {
  if (!(options.alpha > 0 && options.alpha < 1)) throw ValueError("[canary] alpha is between 0 and 1");
  for (std::size_t i = 0; i < options.looks.size(); ++i)
    if (options.looks[i] <= (i == 0 ? 0 : options.looks[i - 1]))
      throw ValueError("[canary] looks ascend from 1 or more");
  if (options.looks.empty()) throw ValueError("[canary] looks: one or more");
  impl_->options = options;
}

Canary::~Canary() = default;
Canary::Canary(Canary&&) noexcept = default;
Canary& Canary::operator=(Canary&&) noexcept = default;

// Counts an outcome, and decides when a look is due.
//   looks 2, 4: the second outcome of the arm with fewer -> roll_back or none; its fourth -> roll_back or promote
Action Canary::observe(Arm arm, const Outcome& outcome) {
  // BEGIN 12.9: rates, at fixed looks, each with its share of alpha
  TINYTORCH_TODO("12.9");
  // END 12.9
}

}  // namespace tinytorch::profiling
