// Task 0.8: time_median, with a clock that moves only when the body advances it.
#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tinytorch {
namespace {

/// A body whose calls last as long as a list says: the first price is for the calls of the search, each later price for
/// one sample. The last price is repeated.
class Body {
 public:
  Body(lab::FakeClock& clock, std::int64_t iterations, std::vector<std::int64_t> prices)
      : clock_(clock), iterations_(iterations), prices_(std::move(prices)) {}

  void operator()() {
    // The search takes 1 + 2 + 4 + ... + iterations calls, which is 2 iterations - 1.
    const std::int64_t after_search = std::max<std::int64_t>(calls_ - (2 * iterations_ - 1), -1);
    const std::int64_t sample = after_search < 0 ? 0 : 1 + after_search / iterations_;
    clock_.advance(prices_[std::min(static_cast<std::size_t>(sample), prices_.size() - 1)]);
    ++calls_;
  }
  std::int64_t calls() const { return calls_; }

 private:
  lab::FakeClock& clock_;
  std::int64_t iterations_;
  std::vector<std::int64_t> prices_;
  std::int64_t calls_ = 0;
};

/// A body, a clock and options that settle at a number of calls known in advance.
struct Setting {
  std::int64_t iterations = 1;
  std::int64_t price = 1;  ///< ns per call during the search
  TimingOptions options;
};

/// Settles because a sample must last min_sample_ns: half of `iterations` stays clearly under it.
Setting drawn_by_minimum(lab::Case& c) {
  Setting s;
  s.iterations = std::int64_t{1} << c.integer(0, std::min<std::int64_t>(c.size(), 8));
  s.price = c.integer(2000, 9000);
  s.options = {.min_sample_ns = s.iterations * s.price - c.integer(0, s.price / 2),
               .warmups = static_cast<int>(c.integer(0, 3)),
               .samples = static_cast<int>(c.integer(1, 2 + c.size()))};
  return s;
}

/// Shows the setting. A test that changes a drawn one shows it afterwards, so that each input has one value.
const Setting& shown(lab::Case& c, const Setting& s) {
  c.input("ns a call", s.price);
  c.input("min_sample_ns", s.options.min_sample_ns);
  c.input("warmups", s.options.warmups);
  c.input("samples", s.options.samples);
  return s;
}

Setting by_minimum(lab::Case& c) { return shown(c, drawn_by_minimum(c)); }

/// Settles because a sample lasts 100 steps of exact_clock: to the nanosecond, or with some to spare.
Setting by_resolution(lab::Case& c) {
  Setting s;
  s.iterations = std::int64_t{1} << c.integer(0, 2);
  s.price = 100 / s.iterations + (c.coin() ? 0 : c.integer(0, 50 / s.iterations));
  s.options = {.min_sample_ns = c.integer(0, 100), .warmups = 0, .samples = 1};
  c.input("ns a call", s.price);
  c.input("min_sample_ns", s.options.min_sample_ns);
  return s;
}

/// Prices of the search and of each later sample: warm-ups are expensive, kept samples cost about s.price.
std::vector<std::int64_t> sample_prices(lab::Case& c, const Setting& s) {
  std::vector<std::int64_t> prices{s.price};
  for (int i = 0; i < s.options.warmups; ++i) prices.push_back(50 * s.price);
  for (int i = 0; i < s.options.samples; ++i) prices.push_back(s.price + 4 * c.integer(-99, 99));
  return prices;
}

/// The kept samples' ns per call in order; exact, since a read of this clock takes no time.
std::vector<double> sorted_kept(const std::vector<std::int64_t>& prices, const Setting& s) {
  std::vector<double> kept(prices.end() - s.options.samples, prices.end());
  std::sort(kept.begin(), kept.end());
  return kept;
}

/// The value at `part` (0 to 1) of the way through sorted values, interpolated between the two nearest.
double at_share(const std::vector<double>& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  double value = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    value += sorted[i] * std::max(0.0, 1.0 - std::abs(place - static_cast<double>(i)));
  }
  return value;
}

/// A clock whose resolution is 1 ns and whose reads cost nothing once the resolution has been read.
lab::FakeClock exact_clock() {
  lab::FakeClock clock;
  std::vector<std::int64_t> ramp(1000);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::int64_t>(i);
  clock.script(ramp);
  return clock;
}

TASK_TEST_USES(0, 8, calls_double_until_a_sample_is_long_enough, "0.6", "0.7") {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = c.index() % 4 == 3 ? by_resolution(c) : by_minimum(c);
    lab::FakeClock clock = exact_clock();
    Body body(clock, s.iterations, {s.price});
    const Timing timing = time_median(body, s.options, clock);
    CHECK_SAME("iterations", timing.iterations, s.iterations);
    CHECK_SAME("samples", timing.samples, s.options.samples);
  });
}

TASK_TEST_USES(0, 8, work_is_called_exactly_so_often, "0.6", "0.7") {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = by_minimum(c);
    lab::FakeClock clock = exact_clock();
    Body body(clock, s.iterations, {s.price});
    time_median(body, s.options, clock);
    const auto calls = [&] { return 2 * s.iterations - 1 + (s.options.warmups + s.options.samples) * s.iterations; };
    CHECK_SAME("calls of work", body.calls(), calls());
  });
}

TASK_TEST_USES(0, 8, a_sample_lies_between_two_reads, "0.6", "0.7") {
  lab::cases(24, [](lab::Case& c) {
    const Setting s = by_minimum(c);
    lab::FakeClock clock = exact_clock();
    Body body(clock, s.iterations, {s.price});
    std::int64_t reads_before = -1;
    auto work = [&] {
      if (reads_before < 0) reads_before = clock.reads();
      body();
    };
    time_median(work, s.options, clock);
    std::int64_t samples = s.options.warmups + s.options.samples;
    for (std::int64_t calls = 1; calls <= s.iterations; calls *= 2) ++samples;  // those of the search
    CHECK_RELATION("reads before the first call", reads_before, >=, std::int64_t{1000});
    CHECK_RELATION("reads of the clock", clock.reads(), <=, 1000 + 2 * samples);
  });
}

TASK_TEST_USES(0, 8, a_coarse_clock_needs_a_hundred_ticks, "0.6", "0.7") {
  lab::cases(24, [](lab::Case& c) {
    const std::int64_t tick = c.input("tick ns", c.pick<std::int64_t>({25, 1000, 1'000'000}));
    const std::int64_t iterations = std::int64_t{1} << std::min<std::int64_t>(4 + c.size() / 2, 6);
    // 100 ticks are clearly longer than half of the calls and clearly shorter than all of them.
    const std::int64_t price = c.input("ns a call", tick * c.integer(115, 170) / iterations);
    const std::int64_t most = c.index() % 2 == 0 ? 0 : 20 * tick;
    const TimingOptions options{.min_sample_ns = c.input("min_sample_ns", c.integer(0, most)),
                                .warmups = static_cast<int>(c.integer(0, 2)),
                                .samples = static_cast<int>(c.integer(1, 5))};
    lab::FakeClock clock(tick, std::max<std::int64_t>(tick / 50, 1));
    Body body(clock, iterations, {price});
    const Timing timing = time_median(body, options, clock);
    CHECK_SAME("iterations", timing.iterations, iterations);
    // Each end of a sample of at least 100 ticks is rounded by up to one tick: 2 % at most, and the read itself.
    CHECK_CLOSE("median", timing.median, static_cast<double>(price), 0.03 * static_cast<double>(price));
  });
}

TASK_TEST_USES(0, 8, min_sample_ns_counts_when_it_is_longer, "0.6", "0.7") {
  lab::cases(24, [](lab::Case& c) {
    const std::int64_t tick = c.input("tick ns", c.integer(5, 50));
    const std::int64_t iterations = std::int64_t{1} << std::min<std::int64_t>(1 + c.size(), 9);
    const std::int64_t price = c.input("ns a call", tick * c.integer(120, 180));
    const std::int64_t minimum = c.input("min_sample_ns", price * iterations * 2 / 3);
    lab::FakeClock clock(tick, 1);
    Body body(clock, iterations, {price});
    const Timing timing = time_median(body, {.min_sample_ns = minimum, .warmups = 0, .samples = 1}, clock);
    CHECK_SAME("iterations", timing.iterations, iterations);
  });
}

TASK_TEST_USES(0, 8, median_is_ns_per_call, "0.6", "0.7") {
  lab::cases(40, [](lab::Case& c) {
    Setting s = drawn_by_minimum(c);
    s.options.warmups = 0;
    shown(c, s);
    lab::FakeClock clock = exact_clock();
    const std::vector<std::int64_t> prices = sample_prices(c, s);
    Body body(clock, s.iterations, prices);
    CHECK_SAME("median", time_median(body, s.options, clock).median, at_share(sorted_kept(prices, s), 0.5));
  });
}

TASK_TEST_USES(0, 8, warm_ups_are_dropped, "0.6", "0.7") {
  lab::cases(40, [](lab::Case& c) {
    Setting s = drawn_by_minimum(c);
    s.options.warmups = static_cast<int>(c.integer(1, 5));
    s.options.samples = static_cast<int>(c.integer(1, 3));
    shown(c, s);
    lab::FakeClock clock = exact_clock();
    const std::vector<std::int64_t> prices = sample_prices(c, s);
    Body body(clock, s.iterations, prices);
    CHECK_SAME("median", time_median(body, s.options, clock).median, at_share(sorted_kept(prices, s), 0.5));
  });
}

TASK_TEST_USES(0, 8, min_is_the_least_of_the_samples, "0.6", "0.7") {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = by_minimum(c);
    lab::FakeClock clock = exact_clock();
    const std::vector<std::int64_t> prices = sample_prices(c, s);
    Body body(clock, s.iterations, prices);
    CHECK_SAME("min", time_median(body, s.options, clock).min, sorted_kept(prices, s).front());
  });
}

TASK_TEST_USES(0, 8, quartiles_of_the_samples, "0.6", "0.7") {
  lab::cases(40, [](lab::Case& c) {
    const Setting s = by_minimum(c);
    lab::FakeClock clock = exact_clock();
    const std::vector<std::int64_t> prices = sample_prices(c, s);
    Body body(clock, s.iterations, prices);
    const Timing timing = time_median(body, s.options, clock);
    const std::vector<double> kept = sorted_kept(prices, s);
    CHECK_SAME("q1", timing.q1, at_share(kept, 0.25));
    CHECK_SAME("q3", timing.q3, at_share(kept, 0.75));
  });
}

TASK_TEST_USES(0, 8, options_without_sense_throw_before_any_call, "0.6", "0.7") {
  lab::cases(48, [](lab::Case& c) {
    Setting s = drawn_by_minimum(c);
    if (c.coin()) s.options.warmups = static_cast<int>(c.integer(-2, 1));
    if (c.coin()) s.options.samples = static_cast<int>(c.integer(-1, 2));
    shown(c, s);
    const bool legal = s.options.samples >= 1 && s.options.warmups >= 0;
    lab::FakeClock clock = exact_clock();
    Body body(clock, s.iterations, {s.price});
    const auto iterations = [&] {
      if (!legal) throw ValueError("options");
      return s.iterations;
    };
    CHECK_OUTCOME("iterations", time_median(body, s.options, clock).iterations, iterations());
    CHECK_SAME("work was called", body.calls() > 0, legal);
  });
}

}  // namespace
}  // namespace tinytorch
