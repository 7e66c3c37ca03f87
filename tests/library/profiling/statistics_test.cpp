// What the statistics promise: how often they are wrong, how often they see what is there, how often an interval holds
// the truth. Each claim is counted over fixed seeds.

#include "tinytorch/profiling/statistics.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/profiling/virtual_time.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include <gtest/gtest.h>

namespace tinytorch::profiling {
namespace {

/// Times around 1 ms with a coefficient of variation of about cv, a drift over the rounds, and outliers upwards.
struct Noise {
  double cv = 0.05;
  double drift = 0;     // of the last round, compared with the first
  double outliers = 0;  // share of times that are 3 times as long
};

/// A subject in virtual time.
class Noisy final : public Subject {
 public:
  Noisy(VirtualClock& clock, Generator& g, double factor, const Noise& noise)
      : clock_(clock), g_(g), factor_(factor), noise_(noise) {}
  void run() override {
    const double drift = 1 + noise_.drift * static_cast<double>(clock_.now_ns()) / 6e7;
    const double outlier = g_.uniform() < noise_.outliers ? 3 : 1;
    clock_.advance(std::llround(1e6 * factor_ * drift * outlier * std::exp(noise_.cv * g_.normal())));
  }

 private:
  VirtualClock& clock_;
  Generator& g_;
  double factor_;
  Noise noise_;
};

Paired measured(std::uint64_t seed, std::int64_t rounds, double factor, const Noise& noise) {
  VirtualClock clock;
  Generator g(seed);
  Noisy a(clock, g, 1, noise), b(clock, g, factor, noise);
  Generator coin(mix_seed(seed, 1));
  return measure_paired(a, b, rounds, clock, coin);
}

constexpr int seeds = 500;

/// 500 runs say a share of 5 % to within 1 %, 5,000 to within 0.3 %.
constexpr int many_seeds = 5000;

double share_shown(std::int64_t rounds, double factor, const Noise& noise, int runs = seeds) {
  int shown = 0;
  for (std::uint64_t seed = 0; seed < static_cast<std::uint64_t>(runs); ++seed)
    shown += compare(measured(seed, rounds, factor, noise), 0.05).difference != Difference::not_shown ? 1 : 0;
  std::printf("%lld rounds, b takes %.2f times as long: shown in %d of %d\n", static_cast<long long>(rounds), factor,
              shown, runs);
  return static_cast<double>(shown) / runs;
}

TEST(Compare, is_wrong_in_6_percent_of_equal_pairs_at_most) {
  EXPECT_LE(share_shown(10, 1, {}), 0.06);
  EXPECT_LE(share_shown(30, 1, {}), 0.06);
  EXPECT_LE(share_shown(30, 1, {}, many_seeds), 0.06);
  EXPECT_LE(share_shown(30, 1, {.cv = 0.05, .drift = 0.2, .outliers = 0}, many_seeds), 0.06);
  EXPECT_LE(share_shown(30, 1, {.cv = 0.05, .drift = 0, .outliers = 0.1}, many_seeds), 0.06);
}

TEST(Compare, shows_a_difference_in_80_percent_at_least) {
  EXPECT_GE(share_shown(30, 1.05, {}), 0.8);
  EXPECT_GE(share_shown(30, 1.06, {.cv = 0.05, .drift = 0.2, .outliers = 0.05}), 0.8);
  EXPECT_GE(share_shown(30, 1 / 1.05, {}), 0.8);
}

TEST(Compare, is_not_deaf_with_the_rounds_that_are_needed) {
  const std::int64_t rounds = rounds_needed(0.05, 0.02, 0.05, 0.8);
  EXPECT_EQ(rounds, 105);
  EXPECT_NEAR(share_shown(rounds, 1.02, {}), 0.8, 0.05);  // the deviation of a share of 500 is 0.018
}

TEST(Compare, has_intervals_that_hold_the_ratio) {
  int held = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const Interval interval = compare(measured(seed, 30, 1.1, {.cv = 0.1}), 0.05).interval;
    held += interval.low <= 1.1 && 1.1 <= interval.high ? 1 : 0;
  }
  std::printf("intervals of a ratio: %d of %d hold it\n", held, seeds);
  EXPECT_GE(held, seeds * 93 / 100);
}

TEST(Compare, says_faster_and_slower) {
  Paired times;
  for (int i = 0; i < 10; ++i) {
    times.a.push_back(100 + i);
    times.b.push_back((100 + i) / 2.0);
  }
  const AbResult faster = compare(times, 0.05);
  EXPECT_EQ(faster.difference, Difference::faster);
  EXPECT_DOUBLE_EQ(faster.ratio, 0.5);
  EXPECT_NEAR(faster.p, 0.0019042, 5e-8);
  std::swap(times.a, times.b);
  EXPECT_EQ(compare(times, 0.05).difference, Difference::slower);
  times.a.pop_back();
  times.b.pop_back();
  EXPECT_EQ(compare(times, 0.05).difference, Difference::not_shown) << "nine rounds show nothing";
  EXPECT_EQ(compare({times.a, times.a}, 0.05).p, 1);
  EXPECT_EQ(compare({}, 0.05).p, 1);
  EXPECT_THROW(compare({{1, 2}, {1}}, 0.05), ValueError);
  EXPECT_THROW(compare({{1, 0}, {1, 1}}, 0.05), ValueError);
}

TEST(Bootstrap, holds_the_median_in_90_percent_at_least) {
  int held = 0;
  const auto middle = [](std::span<const double> values) { return quantile(values, 0.5); };
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Generator g(seed);
    std::vector<double> values(30);
    for (double& value : values) value = std::exp(0.5 * g.normal());  // the median is 1
    const Interval interval = bootstrap_interval(values, middle, 0.95, 400, g);
    held += interval.low <= 1 && 1 <= interval.high ? 1 : 0;
  }
  std::printf("bootstrap intervals of a median of 30: %d of %d hold it\n", held, seeds);
  EXPECT_GE(held, seeds * 9 / 10);
  EXPECT_LE(held, seeds * 98 / 100);  // nor is it too wide
}

TEST(Warmup, is_found) {
  for (const std::int64_t length : {0, 5, 10, 20}) {
    std::vector<double> answers;
    for (std::uint64_t seed = 0; seed < 101; ++seed) {
      Generator g(seed);
      std::vector<double> samples(100);
      for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = (static_cast<std::int64_t>(i) < length ? 200 : 100) + 3 * g.normal();
      answers.push_back(static_cast<double>(warmup_length(samples)));
    }
    const double middle = quantile(answers, 0.5);
    std::printf("a warm-up of %lld: %g found\n", static_cast<long long>(length), middle);
    EXPECT_GE(middle, static_cast<double>(length));
    EXPECT_LE(middle, static_cast<double>(length) + 3);
  }
}

TEST(Arrivals, come_at_the_rate_that_was_asked_for) {
  for (const double rate : {50.0, 1e3, 1e8}) {
    Generator g(7);
    const auto arrivals = poisson_arrivals(rate, 20'000, g);
    EXPECT_TRUE(std::is_sorted(arrivals.begin(), arrivals.end()));
    EXPECT_NEAR(20'000 / (static_cast<double>(arrivals.back()) / 1e9) / rate, 1, 0.02);
    std::vector<double> gaps;
    for (std::size_t i = 1; i < arrivals.size(); ++i)
      gaps.push_back(static_cast<double>(arrivals[i] - arrivals[i - 1]) * rate / 1e9);
    if (rate < 1e8) {
      EXPECT_NEAR(quantile(gaps, 0.5), std::log(2), 0.02) << "the median of exponential gaps";
    }
  }
}

}  // namespace
}  // namespace tinytorch::profiling
