#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// Whether the numbers that a model gets are still those that it was trained on, when it is trained again, and whether
/// a new model may answer everybody. Times are in nanoseconds from any moment. Lab 12 defines the functions that are
/// not given (unit profiling/monitor).
namespace tinytorch::profiling {

/// Edges that cut the reference into bins with about equally many values. Edge i, from 1 to `bins` - 1, is the smallest
/// value of the reference with i / bins of its values, or more, at or below it. Equal edges stand once, so the result
/// ascends and may be shorter. Throws ValueError for bins < 2, for no values and for NaN.
std::vector<double> psi_edges(std::span<const double> reference, std::int64_t bins);

/// How many values lie in each bin: edges.size() + 1 numbers. A value on an edge belongs to the bin below it.
std::vector<std::int64_t> bin_counts(std::span<const double> values, std::span<const double> edges);

/// The population stability index: the sum over the bins of (a - e) ln(a / e), where e is the bin's share of `expected`
/// and a its share of `actual`. Before that, 1/2 is added to each count, so an empty bin costs no infinity. Throws
/// ValueError for different lengths, for no bins and for a negative count.
double psi(std::span<const std::int64_t> expected, std::span<const std::int64_t> actual);

/// What the PSI of two samples of n and m values from the same distribution exceeds with a probability of about
/// `alpha`: chi_square_quantile(1 - alpha, bins - 1) * (1 / n + 1 / m). Throws ValueError for n < 1, m < 1, bins < 2
/// and unless 0 < alpha < 1. Source: Yurdakul, "Statistical properties of population stability index", 2018.
double psi_threshold(std::int64_t n, std::int64_t m, std::int64_t bins, double alpha);

/// The statistic of Kolmogorov and Smirnov: the largest difference, over all x, between the share of `a` and the share
/// of `b` that is at or below x. The samples may be in any order, have different lengths and hold equal values. Throws
/// ValueError for a sample without values and for NaN.
double ks_statistic(std::span<const double> a, std::span<const double> b);

/// What a model was trained on: the values of each feature.
struct Reference {
  std::vector<std::vector<double>> features;
  std::int64_t least = 30;  ///< fewest values of a feature that a window is judged by
};

/// What a model got lately: the values of each feature, in the reference's order.
struct Window {
  std::vector<std::vector<double>> features;
};

enum class Drift : std::uint8_t { too_few, none, found };

struct FeatureDrift {
  double statistic = 0;  ///< ks_statistic()
  double p = 1;          ///< ks_p_value() of it
  bool drifted = false;
};

struct DriftReport {
  Drift drift = Drift::too_few;
  std::vector<FeatureDrift> features;
};

/// Compares each feature of the window with the reference's. Which of them have drifted is decided by Holm's method,
/// so that a report finds drift where there is none with a probability of `alpha` at most, however many features there
/// are: the F features are taken in the order of their p, from the smallest on. Feature k, from 0, has drifted when
/// p <= alpha / (F - k), and the first that has not ends the search. `drift` is `found` when a feature has drifted,
/// else `none`. When a feature of the window has fewer than `least` values, or none, `drift` is `too_few` and there are
/// no features. Throws ValueError for a reference without features, for another number of features in the window, for a
/// feature of the reference without values, and unless 0 < alpha < 1. Source: Holm, "A simple sequentially rejective
/// multiple test procedure", 1979.
DriftReport detect_drift(const Reference& reference, const Window& window, double alpha);

/// What is to be done.
enum class Action : std::uint8_t { none, retrain, promote, roll_back };

struct TriggerOptions {
  std::int64_t on = 3;                         ///< bad windows in a row
  std::int64_t off = 3;                        ///< good windows in a row
  std::int64_t cool_down = 3'600'000'000'000;  ///< shortest time from a retraining's end to the next one's start
  std::int64_t labels = 500;                   ///< fewest labelled examples to train on
};

/// Decides when a model is trained again. It trains nothing.
class RetrainTrigger {
 public:
  /// Throws ValueError for on < 1, off < 1, cool_down < 0 and labels < 0.
  explicit RetrainTrigger(const TriggerOptions& options);
  ~RetrainTrigger();
  RetrainTrigger(RetrainTrigger&&) noexcept;
  RetrainTrigger& operator=(RetrainTrigger&&) noexcept;

  /// Takes the report of the next window. A window with drift is bad, one without is good, and one with too few values
  /// is as if it had not been. The alarm goes on after `on` bad windows in a row and off after `off` good ones in a
  /// row. Returns `retrain` when the alarm is on, no retraining is running, there are `labels` labelled examples or
  /// more, and `cool_down` has passed since the last retraining ended, if there was one; from then on a retraining is
  /// running. Else returns `none`.
  Action observe(const DriftReport& report, std::int64_t labels, std::int64_t now);
  /// The retraining ended `now`. The alarm goes off, and windows are counted from 0: the reference is another one.
  void retrained(std::int64_t now);
  bool alarm() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Who answers a request: the model that serves, or the new one on trial.
enum class Arm : std::uint8_t { current, canary };

/// Whether a user with this key gets the canary. The same key, share and salt have the same answer at every call. Of
/// many keys, `share` get it, whatever is regular about the keys. A key that gets it at one share gets it at every
/// larger one, so a trial that grows moves nobody back. Another salt chooses other keys, independent of the first.
/// Throws ValueError unless 0 <= share <= 1.
bool to_canary(std::uint64_t key, double share, std::uint64_t salt);

/// How a request ended.
struct Outcome {
  bool wrong = false;
};

struct CanaryOptions {
  double alpha = 0.05;                                           ///< how often a canary that is no worse is rolled back
  std::vector<std::int64_t> looks = {100, 200, 400, 800, 1600};  ///< outcomes of each arm
};

/// Compares a canary with the model that serves, at few moments that are fixed beforehand.
class Canary {
 public:
  /// Throws ValueError unless 0 < alpha < 1, and unless there are looks that ascend from 1 or more.
  explicit Canary(const CanaryOptions& options = {});
  ~Canary();
  Canary(Canary&&) noexcept;
  Canary& operator=(Canary&&) noexcept;

  /// Counts an outcome. A look is due with the outcome that brings the arm with fewer outcomes to the next number of
  /// `looks`; at other times the answer is `none`. A look compares rates, since the arms may have different counts n
  /// and m: `roll_back` when the canary's rate of wrong outcomes is above the other's by more than normal_quantile(1 -
  /// alpha / L) * sqrt(r * (1 - r) * (1 / n + 1 / m)), with L looks and the rate r of both arms together. Else the last
  /// look says `promote`. A decision stays: every later call returns it.
  Action observe(Arm arm, const Outcome& outcome);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::profiling
