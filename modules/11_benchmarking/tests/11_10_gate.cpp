// Task 11.10: regression_gate. Where a verdict hangs on a limit, the times are such that no rounding decides it.

#include "modules/11_benchmarking/tests/compare_oracle.hpp"
#include "modules/11_benchmarking/tests/load_oracle.hpp"

namespace tinytorch {
namespace {

using profiling::Verdict;

struct Gate {
  profiling::Baseline baseline;
  profiling::Paired now;
  profiling::GateOptions options;
};

Verdict verdict_of(const Gate& gate) {
  if (!(gate.options.effect >= 0) || !(gate.options.alpha > 0) || !(gate.options.alpha < 1)) throw ValueError("gate");
  if (gate.now.a.size() != gate.now.b.size()) throw ValueError("rounds");
  for (const double time : gate.now.a) {
    if (!(time > 0)) throw ValueError("time of a");
  }
  for (const double time : gate.now.b) {
    if (!(time > 0)) throw ValueError("time of b");
  }
  const bool comparable = !gate.baseline.machine.empty() && gate.baseline.machine == gate.options.machine &&
                          gate.baseline.ratio > 0 && gate.now.a.size() >= 10;
  if (!comparable) return Verdict::not_comparable;
  const double growth = ratio_of(gate.now) / gate.baseline.ratio;
  const double surely = interval_of(gate.now, gate.options.alpha).low / gate.baseline.ratio;
  return growth >= 1 + gate.options.effect && surely > 1 ? Verdict::slower : Verdict::pass;
}

Verdict judged(const Gate& gate) { return profiling::regression_gate(gate.baseline, gate.now, gate.options); }

void show(lab::Case& c, const Gate& gate) {
  c.input("machine of the baseline", gate.baseline.machine);
  c.input("ratio of the baseline", gate.baseline.ratio);
  c.input("machine now", gate.options.machine);
  c.input("effect", gate.options.effect);
  c.input("alpha", gate.options.alpha);
  shown(c, gate.now);
}

/// Rounds around a ratio from 0.5 to 4; their logarithms are so many times closer to each other than 1/32.
profiling::Paired rounds_around(lab::Case& c, std::int64_t rounds, double closer) {
  Numbers ratios = distinct_ratios(c, rounds);
  const double middle = c.pick<double>({0.5, 1, 2, 4});
  for (double& ratio : ratios) ratio = middle * std::pow(ratio, 1 / closer);
  return rounds_with(c, ratios);
}

Gate on_one_machine(profiling::Paired now, double baseline_ratio, double effect, double alpha) {
  return {{"m", baseline_ratio}, std::move(now), {"m", effect, alpha}};
}

/// `rounds` rounds in which both take as long.
profiling::Paired equal_rounds(lab::Case& c, std::int64_t rounds) {
  return rounds_with(c, Numbers(static_cast<std::size_t>(rounds), 1.0));
}

/// In how many of 100 gates a work that takes `factor` times as long as at its baseline is called slower.
std::int64_t slower_of_100(Generator& g, std::int64_t rounds, double factor) {
  std::int64_t slower = 0;
  for (int i = 0; i < 100; ++i) {
    profiling::Paired now;
    for (std::int64_t round = 0; round < rounds; ++round) {
      now.a.push_back(1e6 * std::exp(0.03 * g.normal()));
      now.b.push_back(2e6 * factor * std::exp(0.03 * g.normal()));
    }
    slower += judged(on_one_machine(std::move(now), 2, 0.05, 0.05)) == Verdict::slower ? 1 : 0;
  }
  return slower;
}

}  // namespace

// The ratio is far from the limit, and the interval is narrow: its size decides.
TASK_TEST_USES(11, 10, slower_is_what_grew_by_the_effect, "11.1", "11.5") {
  lab::cases(60, [](lab::Case& c) {
    const double effect = c.pick<double>({0, 0.05, 0.25});
    const auto now = rounds_around(c, c.integer(10, 14), 64);
    const double growth = c.pick<double>({0.7, 0.9, 1.04, 1.12, 1.4});
    const Gate gate = on_one_machine(now, ratio_of(now) / growth, effect, 0.05);
    show(c, gate);
    CHECK_SAME("verdict", judged(gate), verdict_of(gate));
  });
}

// The ratio grew by more than the effect each time; the interval reaches below the baseline or not.
TASK_TEST_USES(11, 10, slower_must_be_shown_by_the_whole_interval, "11.1", "11.5") {
  lab::cases(60, [](lab::Case& c) {
    const double closer = c.pick<double>({1, 4});
    const auto now = rounds_around(c, c.integer(10, 14), closer);
    const double low = interval_of(now, 0.05).low;
    const double baseline = c.coin() ? (low + ratio_of(now)) / 2 : 0.97 * low;
    const Gate gate = on_one_machine(now, baseline, 0, 0.05);
    show(c, gate);
    CHECK_SAME("verdict", judged(gate), verdict_of(gate));
  });
}

// The baseline lies between the ends of two intervals, that of alpha and that of 0.05.
TASK_TEST_USES(11, 10, alpha_makes_the_interval_wider, "11.1", "11.5") {
  lab::cases(60, [](lab::Case& c) {
    const auto now = rounds_around(c, c.integer(10, 14), 1);
    const double alpha = c.pick<double>({0.01, 0.2, 0.5});
    const double baseline = (interval_of(now, 0.05).low + interval_of(now, alpha).low) / 2;
    const Gate gate = on_one_machine(now, baseline, 0, alpha);
    show(c, gate);
    CHECK_SAME("verdict", judged(gate), verdict_of(gate));
  });
}

// Equal times have the ratio 1 and the interval 1 to 1, whatever the rounding.
TASK_TEST_USES(11, 10, the_limits_belong_to_slower_and_to_pass, "11.1", "11.5") {
  lab::cases(24, [](lab::Case& c) {
    const double baseline = c.pick<double>({0.5, 1, 2});
    const double effect = c.pick<double>({0, 1, 3});  // with 0.5 and 1 the limit is the ratio
    const Gate gate = on_one_machine(equal_rounds(c, c.integer(10, 12)), baseline, effect, 0.05);
    show(c, gate);
    CHECK_SAME("verdict", judged(gate), verdict_of(gate));
  });
}

TASK_TEST_USES(11, 10, only_the_same_machine_is_compared, "11.1", "11.5") {
  lab::cases(80, [](lab::Case& c) {
    const auto now = rounds_around(c, 10, 64);
    Gate gate = on_one_machine(now, ratio_of(now) / c.pick<double>({0.8, 1.3}), 0.05, 0.05);
    gate.baseline.machine = c.pick<std::string>({"m", "m, 2 cores", ""});
    gate.options.machine = c.pick<std::string>({"m", "m, 2 cores", ""});
    show(c, gate);
    CHECK_SAME("verdict", judged(gate), verdict_of(gate));
  });
}

TASK_TEST_USES(11, 10, a_baseline_without_a_ratio_is_none, "11.1", "11.5") {
  lab::cases(60, [](lab::Case& c) {
    const auto now = rounds_around(c, 10, 64);
    const double growth = c.pick<double>({0.8, 1.3, 0.8, 1.3, 0, -1, std::nan("")});
    Gate gate = on_one_machine(now, growth > 0 ? ratio_of(now) / growth : growth, 0.05, 0.05);
    show(c, gate);
    CHECK_SAME("verdict", judged(gate), verdict_of(gate));
  });
}

TASK_TEST_USES(11, 10, fewer_than_ten_rounds_are_not_compared, "11.1", "11.5") {
  lab::cases(60, [](lab::Case& c) {
    const auto now = rounds_around(c, c.integer(0, 13), 64);
    const Gate gate = on_one_machine(now, ratio_of(now) / c.pick<double>({0.8, 1.3}), 0.05, 0.05);
    show(c, gate);
    CHECK_SAME("verdict", judged(gate), verdict_of(gate));
  });
}

// Also where nothing can be compared: a mistake in a script must not look like a new machine.
TASK_TEST_USES(11, 10, what_cannot_be_judged_throws, "11.1", "11.5") {
  lab::cases(160, [](lab::Case& c) {
    const auto now = rounds_around(c, c.integer(9, 11), 64);
    Gate gate = on_one_machine(now, ratio_of(now) / c.pick<double>({0.8, 1.3}), 0.05, 0.05);
    if (c.integer(0, 3) == 3) gate.baseline.machine = "";
    const std::int64_t fault = c.integer(0, 6);
    if (fault == 1) gate.options.effect = c.pick<double>({-0.01, std::nan("")});
    if (fault == 2) gate.options.alpha = c.pick<double>({0, 1});
    if (fault == 3) gate.now.a.push_back(7);
    if (fault == 4) gate.now.b.back() = c.pick<double>({0, -1, std::nan("")});
    if (fault == 5) gate.options.effect = 0;
    show(c, gate);
    CHECK_OUTCOME("verdict", judged(gate), verdict_of(gate));
  });
}

// 3 % of noise: 20 rounds know a ratio to 1 %. 5 % more by chance are 5 deviations, and so are 12 % that look like 7.
TASK_TEST_USES(11, 10, equals_pass_and_what_grew_does_not, "11.1", "11.5") {
  lab::cases(3, [](lab::Case& c) {
    Generator g(c.input("seed", random_seed(c)));
    CHECK_RELATION("equals called slower, of 100", slower_of_100(g, 20, 1), <=, 0);
    CHECK_RELATION("12 % more called slower, of 100", slower_of_100(g, 20, 1.12), >=, 95);
  });
}

}  // namespace tinytorch
