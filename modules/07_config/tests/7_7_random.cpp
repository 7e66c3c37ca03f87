// Task 7.7: trials at random, each from its seed and its number.
#include "modules/07_config/tests/sweeps.hpp"
#include "tinytorch/core/random.hpp"

#include <cmath>

namespace tinytorch::config {
namespace {

Axis range_axis(lab::Case& c, const char* key, bool log) {
  Axis axis{.key = key};
  axis.log = log;
  const std::int64_t least = log ? c.integer(-4, 1) : c.integer(-8, 8), more = c.integer(0, 5);
  axis.least = log ? std::pow(10.0, static_cast<double>(least)) : static_cast<double>(least);
  axis.most = log ? std::pow(10.0, static_cast<double>(least + more)) : static_cast<double>(least + more);
  return axis;
}

/// Up to three axes: with values, with a range, with a logarithmic one.
Sweep some_axes(lab::Case& c) {
  Sweep sweep;
  const std::int64_t count = c.integer(1, std::min<std::int64_t>(3, 1 + c.size()));
  for (std::int64_t k = 0; k < count; ++k) {
    static constexpr std::array keys{"lr", "seed", "decay"};
    const char* const key = keys[static_cast<std::size_t>(k)];
    const std::int64_t kind = c.integer(0, 2);
    if (kind > 0)
      sweep.axes.push_back(range_axis(c, key, kind == 2));
    else {
      Axis axis{.key = key};
      axis.values = some_values(c, 1, 10 * (k + 1));
      sweep.axes.push_back(axis);
    }
  }
  return sweep;
}

std::uint64_t some_seed(lab::Case& c) { return static_cast<std::uint64_t>(c.integer(0, 1000)); }

/// What trial i draws, as the contract says it.
std::vector<Value> draws(const Sweep& sweep, std::uint64_t seed, std::uint64_t i) {
  Generator generator(mix_seed(seed, i));
  std::vector<Value> values;
  for (const Axis& axis : sweep.axes) {
    if (!axis.values.empty()) {
      values.push_back(axis.values[generator.below(axis.values.size())]);
      continue;
    }
    const double u = generator.uniform();
    const double from = std::log(axis.least), to = std::log(axis.most);
    values.emplace_back(axis.log ? std::exp(from + u * (to - from)) : axis.least + u * (axis.most - axis.least));
  }
  return values;
}

/// A number of a trial as a text of ten digits, so that the last bits of exp and log do not matter.
std::string rounded(const Value& value) {
  const auto* const real = std::get_if<double>(&value);
  if (real == nullptr) return to_string(value);
  char text[40];
  std::snprintf(text, sizeof text, "%.9e", *real + 0.0);
  return text;
}

/// The real numbers that trials have for a key; -1 for one that has none.
std::vector<double> numbers_of(const std::vector<Tree>& trials, const std::string& key) {
  std::vector<double> numbers;
  for (const Tree& trial : trials) {
    double number = -1;
    for (const Entry& entry : trial.entries) {
      if (const auto* real = std::get_if<double>(&entry.value); real != nullptr && entry.key == key) number = *real;
    }
    numbers.push_back(number);
  }
  return numbers;
}

std::vector<double> expected_numbers(const Sweep& sweep, std::int64_t n, std::uint64_t seed) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::vector<Value> values = draws(sweep, seed, static_cast<std::uint64_t>(i));
    numbers.push_back(std::get<double>(values[0]));
  }
  return numbers;
}

/// Rounding of a product and a sum, and of exp and log, is far below this share of the largest number.
double tolerance(const Axis& axis) { return 1e-11 * std::max({std::abs(axis.least), std::abs(axis.most), 1e-3}); }

/// Checks the numbers of an axis with a range.
void check_numbers(lab::Case& c, bool log) {
  Sweep sweep;
  sweep.axes.push_back(range_axis(c, "lr", log));
  const std::int64_t n = c.input("n", c.integer(1, 1 + c.size()));
  const std::uint64_t seed = c.input("seed", some_seed(c));
  show(c, {}, sweep);
  CHECK_CLOSE("numbers", numbers_of(random_trials({}, sweep, n, seed), "lr"), expected_numbers(sweep, n, seed),
              tolerance(sweep.axes[0]));
}

}  // namespace

TASK_TEST_USES(7, 7, numbers_are_uniform_in_their_range, "7.3") {
  lab::cases(40, [](lab::Case& c) { check_numbers(c, false); });
}

TASK_TEST_USES(7, 7, a_logarithmic_range_is_uniform_in_its_exponent, "7.3") {
  lab::cases(40, [](lab::Case& c) { check_numbers(c, true); });
}

TASK_TEST_USES(7, 7, listed_values_are_drawn_from_the_list, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    Sweep sweep = some_grid(c, 1);
    const std::int64_t n = c.input("n", c.integer(1, 3 + c.size()));
    const std::uint64_t seed = c.input("seed", some_seed(c));
    show(c, {}, sweep);
    std::vector<Tree> expected;
    for (std::int64_t i = 0; i < n; ++i)
      expected.push_back(trial_over({}, sweep, draws(sweep, seed, static_cast<std::uint64_t>(i))));
    CHECK_SAME("trials", choices_of(random_trials({}, sweep, n, seed), sweep), choices_of(expected, sweep));
  });
}

TASK_TEST_USES(7, 7, each_axis_takes_the_next_draw, "7.3") {
  lab::cases(60, [](lab::Case& c) {
    const Sweep sweep = some_axes(c);
    const std::int64_t n = c.input("n", c.integer(1, 1 + c.size()));
    const std::uint64_t seed = c.input("seed", some_seed(c));
    show(c, {}, sweep);
    const auto part = [](const Entry& entry) { return entry.key + " = " + rounded(entry.value); };
    std::vector<Tree> expected;
    for (std::int64_t i = 0; i < n; ++i)
      expected.push_back(trial_over({}, sweep, draws(sweep, seed, static_cast<std::uint64_t>(i))));
    CHECK_SAME("trials", for_each_trial(random_trials({}, sweep, n, seed), part), for_each_trial(expected, part));
  });
}

TASK_TEST_USES(7, 7, a_trial_does_not_depend_on_how_many_there_are, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    const Sweep sweep = some_axes(c);
    const std::int64_t few = c.input("few", c.integer(0, 3)), more = c.input("many", few + c.integer(1, 5));
    const std::uint64_t seed = c.input("seed", some_seed(c));
    show(c, {}, sweep);
    const auto part = [](const Entry& entry) { return entry.key + " = " + rounded(entry.value); };
    const auto of = [&](std::int64_t n) { return for_each_trial(random_trials({}, sweep, n, seed), part); };
    const auto right = [&](std::int64_t n) {
      std::vector<Tree> trials;
      for (std::int64_t i = 0; i < n; ++i)
        trials.push_back(trial_over({}, sweep, draws(sweep, seed, static_cast<std::uint64_t>(i))));
      return for_each_trial(trials, part);
    };
    CHECK_SAME("few trials", of(few), right(few));
    CHECK_SAME("many trials", of(more), right(more));
  });
}

TASK_TEST_USES(7, 7, random_trials_lie_over_the_base_as_those_of_a_grid, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    const Tree base = some_base(c);
    const Sweep sweep = some_grid(c);
    const std::int64_t n = c.input("n", c.integer(1, 3));
    const std::uint64_t seed = c.input("seed", some_seed(c));
    show(c, base, sweep);
    const auto part = [](const Entry& entry) {
      return key_and_value(entry) + " " + origin_text(entry) + " replaces " + losers_text(entry);
    };
    std::vector<Tree> expected;
    for (std::int64_t i = 0; i < n; ++i)
      expected.push_back(trial_over(base, sweep, draws(sweep, seed, static_cast<std::uint64_t>(i))));
    CHECK_SAME("trials", for_each_trial(random_trials(base, sweep, n, seed), part), for_each_trial(expected, part));
  });
}

TASK_TEST_USES(7, 7, ranges_and_numbers_that_make_no_sense_throw, "7.3") {
  lab::cases(80, [](lab::Case& c) {
    Sweep sweep;
    sweep.axes.resize(1);
    Axis& axis = sweep.axes[0];
    axis.key = "lr";
    const std::int64_t mistake = c.integer(0, 5);
    axis.log = mistake == 1 || mistake == 4 || c.coin();
    axis.least = static_cast<double>(c.integer(1, 9));
    axis.most = axis.least + static_cast<double>(c.integer(0, 9));
    if (mistake == 1) axis.least = 0;              // no logarithm
    if (mistake == 2) axis.most = axis.least - 1;  // turned round
    if (mistake == 4) axis.least = -1;             // no logarithm
    const std::int64_t n = c.input("n", mistake == 3 ? -1 : c.integer(0, 2));
    if (mistake == 5) axis.values = some_values(c, 1, 10);  // then there is no range to be wrong
    if (mistake == 5) axis.most = axis.least - 1;
    const std::uint64_t seed = c.input("seed", some_seed(c));
    show(c, {}, sweep);
    const bool wrong = mistake >= 1 && mistake <= 4;
    const auto part = [](const Entry& entry) { return entry.key + " = " + rounded(entry.value); };
    const auto right = [&] {
      if (wrong) throw ValueError("no sense");
      std::vector<Tree> trials;
      for (std::int64_t i = 0; i < n; ++i)
        trials.push_back(trial_over({}, sweep, draws(sweep, seed, static_cast<std::uint64_t>(i))));
      return for_each_trial(trials, part);
    };
    CHECK_OUTCOME("trials", for_each_trial(random_trials({}, sweep, n, seed), part), right());
  });
}

}  // namespace tinytorch::config
