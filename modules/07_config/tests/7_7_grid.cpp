// Task 7.7: every combination of the axes' values.
#include "modules/07_config/tests/sweeps.hpp"

namespace tinytorch::config {
namespace {

/// All combinations, by counting: the place of the last axis changes with each trial.
std::vector<std::vector<Value>> combinations(const Sweep& sweep) {
  std::vector<std::vector<Value>> all;
  std::vector<std::size_t> place(sweep.axes.size(), 0);
  for (;;) {
    std::vector<Value> values;
    for (std::size_t k = 0; k < place.size(); ++k) values.push_back(sweep.axes[k].values[place[k]]);
    all.push_back(values);
    std::size_t k = place.size();
    while (k > 0 && ++place[k - 1] == sweep.axes[k - 1].values.size()) place[--k] = 0;
    if (k == 0) return all;
  }
}

std::vector<Tree> expected(const Tree& base, const Sweep& sweep) {
  std::vector<Tree> trials;
  for (const std::vector<Value>& values : combinations(sweep)) trials.push_back(trial_over(base, sweep, values));
  return trials;
}

}  // namespace

TASK_TEST_USES(7, 7, the_last_axis_changes_fastest, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    const Tree base = some_base(c);
    const Sweep sweep = some_grid(c, 1);
    show(c, base, sweep);
    CHECK_SAME("trials", choices_of(grid(base, sweep), sweep), choices_of(expected(base, sweep), sweep));
  });
}

TASK_TEST_USES(7, 7, a_trial_is_the_base_with_the_values_of_the_axes, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    const Tree base = some_base(c);
    const Sweep sweep = some_grid(c);
    show(c, base, sweep);
    CHECK_SAME("trials", for_each_trial(grid(base, sweep), key_and_value),
               for_each_trial(expected(base, sweep), key_and_value));
  });
}

TASK_TEST_USES(7, 7, values_of_a_sweep_say_so, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    const Tree base = some_base(c);
    const Sweep sweep = some_grid(c);
    show(c, base, sweep);
    CHECK_SAME("origins", for_each_trial(grid(base, sweep), key_and_origin),
               for_each_trial(expected(base, sweep), key_and_origin));
  });
}

TASK_TEST_USES(7, 7, a_sweep_remembers_what_it_replaces, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    Tree base = some_base(c);
    for (Entry& entry : base.entries) {
      const bool lost_before = c.coin();
      if (lost_before) entry.losers.push_back({c.integer(200, 209), Origin{}});
    }
    const Sweep sweep = some_grid(c);
    show(c, base, sweep);
    CHECK_SAME("losers", for_each_trial(grid(base, sweep), key_and_losers),
               for_each_trial(expected(base, sweep), key_and_losers));
  });
}

TASK_TEST_USES(7, 7, values_of_every_kind_are_tried, "7.3") {
  lab::cases(40, [](lab::Case& c) {
    Sweep sweep;
    sweep.axes.resize(1);
    sweep.axes[0].key = "x";
    const std::int64_t count = c.integer(1, 3);
    std::vector<std::string> values;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t kind = c.integer(0, 4), number = c.integer(-9, 9);
      Value value = number;
      if (kind == 1) value = number > 0;
      if (kind == 2) value = static_cast<double>(number) / 8;
      if (kind == 3) value = word(c, 0, 3);
      if (kind == 4) value = List{number, number + 1};
      sweep.axes[0].values.push_back(value);
      values.push_back("x = " + shown(value));
    }
    show(c, {}, sweep);
    std::vector<std::string> tried;
    for (const Tree& trial : grid({}, sweep)) {
      for (const std::string& text : values_of(trial)) tried.push_back(text);
    }
    CHECK_SAME("values", tried, values);
  });
}

TASK_TEST_USES(7, 7, an_axis_without_values_throws, "7.3") {
  lab::cases(60, [](lab::Case& c) {
    const Tree base = some_base(c);
    Sweep sweep = some_grid(c, 1);
    const bool empty = c.coin();
    const std::int64_t at = c.integer(0, static_cast<std::int64_t>(sweep.axes.size()) - 1);
    Axis& axis = sweep.axes[static_cast<std::size_t>(at)];
    if (empty) axis.values.clear();
    axis.most = 1;  // a range is of no use to a grid
    show(c, base, sweep);
    const auto right = [&] {
      if (empty) throw ValueError("no values");
      return choices_of(expected(base, sweep), sweep);
    };
    CHECK_OUTCOME("trials", choices_of(grid(base, sweep), sweep), right());
  });
}

}  // namespace tinytorch::config
