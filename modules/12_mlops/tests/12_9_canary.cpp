// Task 12.9: to_canary and Canary.

#include "modules/12_mlops/tests/monitor_oracle.hpp"

namespace tinytorch::profiling {
namespace {

/// Keys as systems make them: numbers in a row, every 2^n-th number, times, or none of these.
std::vector<std::uint64_t> some_keys(lab::Case& c, std::int64_t count) {
  const std::int64_t kind = c.integer(0, 3), shift = c.integer(0, 40);
  const auto start = static_cast<std::uint64_t>(c.integer(0, 1'000'000));
  c.input("keys", kind == 3 ? std::string("at random")
                            : "a row of " + std::to_string(count) + " from " + std::to_string(start) +
                                  (kind == 0 ? "" : ", times 2^" + std::to_string(shift)));
  std::vector<std::uint64_t> keys;
  Generator g(start);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t next = start + static_cast<std::uint64_t>(i);
    keys.push_back(kind == 3 ? g.next() : kind == 0 ? next : next << static_cast<std::uint64_t>(shift));
  }
  return keys;
}

std::vector<bool> arms_of(const std::vector<std::uint64_t>& keys, double share, std::uint64_t salt) {
  std::vector<bool> arms;
  for (const std::uint64_t key : keys) arms.push_back(to_canary(key, share, salt));
  return arms;
}

std::int64_t count_of(const std::vector<bool>& arms) { return std::count(arms.begin(), arms.end(), true); }

/// Six deviations of how many of `count` keys have something with probability p.
std::int64_t slack(double count, double p) {
  return static_cast<std::int64_t>(std::ceil(6 * std::sqrt(count * p * (1 - p)))) + 1;
}

std::uint64_t some_salt(lab::Case& c) { return c.input("salt", static_cast<std::uint64_t>(c.integer(0, 1000))); }

// ---- Canary ----

struct Seen {
  Arm arm = Arm::current;
  bool wrong = false;
};

const char* action_text(Action action) {
  return action == Action::promote ? "promote" : action == Action::roll_back ? "roll back" : "none";
}

/// The contract, with all outcomes counted anew for each call.
std::vector<std::string> right_actions(const CanaryOptions& options, const std::vector<Seen>& seen) {
  std::vector<std::string> actions;
  std::string decision = "none";
  std::size_t looks = 0;
  double n[2] = {0, 0}, wrong[2] = {0, 0};
  for (const Seen& one : seen) {
    const std::size_t arm = one.arm == Arm::canary ? 1 : 0;
    n[arm] += 1;
    wrong[arm] += one.wrong ? 1 : 0;
    if (decision == "none" && std::min(n[0], n[1]) == static_cast<double>(options.looks[looks])) {
      ++looks;
      const double r = (wrong[0] + wrong[1]) / (n[0] + n[1]);
      const double level = 1 - options.alpha / static_cast<double>(options.looks.size());
      const double more = wrong[1] / n[1] - wrong[0] / n[0];
      if (more > normal_quantile(level) * std::sqrt(r * (1 - r) / n[0] + r * (1 - r) / n[1]))
        decision = "roll back";
      else if (looks == options.looks.size())
        decision = "promote";
    }
    actions.push_back(decision);
  }
  return actions;
}

/// Of equal answers in a row, one, with their number: "none x 7".
std::vector<std::string> in_runs(const std::vector<std::string>& actions) {
  std::vector<std::string> runs;
  for (std::size_t i = 0, j = 0; i < actions.size(); i = j) {
    while (j < actions.size() && actions[j] == actions[i]) ++j;
    runs.push_back(actions[i] + " x " + std::to_string(j - i));
  }
  return runs;
}

/// Half of the requests go to each arm.
Seen random_outcome(Generator& g, double current, double canary) {
  const Arm arm = g.next() % 2 == 0 ? Arm::canary : Arm::current;
  return {arm, g.uniform() < (arm == Arm::canary ? canary : current)};
}

std::vector<Seen> random_trial(Generator& g, double current, double canary) {
  std::vector<Seen> seen;
  for (std::int64_t k = 0; k < 3500; ++k) seen.push_back(random_outcome(g, current, canary));
  return seen;
}

std::vector<std::string> actions_of(const CanaryOptions& options, const std::vector<Seen>& seen) {
  Canary canary(options);
  std::vector<std::string> actions;
  for (const Seen& one : seen) actions.emplace_back(action_text(canary.observe(one.arm, {one.wrong})));
  return actions;
}

void check_outcomes(lab::Case& c, const CanaryOptions& options, const std::vector<Seen>& seen) {
  c.input("looks", options.looks);
  c.input("alpha", options.alpha);
  std::string text;
  for (const Seen& one : seen) text += one.arm == Arm::canary ? (one.wrong ? 'X' : 'C') : (one.wrong ? 'x' : 'c');
  c.input("outcomes: C, c right by canary and current, X, x wrong", text);
  c.label(std::to_string(seen.size()) + " outcomes");
  CHECK_SAME("actions", in_runs(actions_of(options, seen)), in_runs(right_actions(options, seen)));
}

/// Outcomes of both arms; in a hundred of them `share` of the canary, wrong with these percentages.
std::vector<Seen> some_outcomes(lab::Case& c, std::int64_t count, std::int64_t share, std::int64_t current,
                                std::int64_t canary) {
  std::vector<Seen> seen;
  for (std::int64_t i = 0; i < count; ++i) {
    const Arm arm = c.integer(0, 99) < share ? Arm::canary : Arm::current;
    const bool wrong = c.integer(0, 99) < (arm == Arm::canary ? canary : current);
    seen.push_back({arm, wrong});
  }
  return seen;
}

struct Ends {
  std::int64_t promoted = 0, rolled_back = 0;
};

/// How `times` trials end.
Ends ends_of(std::uint64_t seed, std::int64_t times, double current, double canary) {
  Generator g(seed);
  Ends ends;
  for (std::int64_t i = 0; i < times; ++i) {
    Canary trial;
    Action last = Action::none;
    for (std::int64_t k = 0; k < 4000 && last == Action::none; ++k) {
      const Seen one = random_outcome(g, current, canary);
      last = trial.observe(one.arm, {one.wrong});
    }
    ends.promoted += last == Action::promote;
    ends.rolled_back += last == Action::roll_back;
  }
  return ends;
}

}  // namespace

TASK_TEST(12, 9, the_same_key_has_the_same_arm_at_every_call) {
  lab::cases(20, [](lab::Case& c) {
    const auto keys = some_keys(c, 200);
    const double share = c.input("share", c.pick<double>({0.5, 0.1, 0.3}));
    const std::uint64_t salt = some_salt(c);
    const std::vector<bool> first = arms_of(keys, share, salt);
    std::int64_t moved = 0;
    for (std::size_t i = keys.size(); i-- > 0;) moved += to_canary(keys[i], share, salt) != first[i];
    CHECK_SAME("keys that another call puts elsewhere", moved, 0);
  });
}

TASK_TEST(12, 9, of_many_keys_a_share_gets_it) {
  lab::cases(40, [](lab::Case& c) {
    const double share = c.input("share", c.pick<double>({0.5, 0.01, 0.1, 0.25, 0.8}));
    const auto keys = some_keys(c, 4000);
    const std::int64_t got = count_of(arms_of(keys, share, some_salt(c)));
    CHECK_RELATION("keys that get the canary", got, >=, static_cast<std::int64_t>(share * 4000) - slack(4000, share));
    CHECK_RELATION("keys that get the canary", got, <=, static_cast<std::int64_t>(share * 4000) + slack(4000, share));
  });
}

TASK_TEST(12, 9, nobody_gets_a_share_of_0_and_everybody_1) {
  lab::cases(30, [](lab::Case& c) {
    const auto keys = some_keys(c, 500);
    const std::uint64_t salt = some_salt(c);
    CHECK_SAME("keys that get a share of 0", count_of(arms_of(keys, 0, salt)), 0);
    CHECK_SAME("keys that get a share of 1", count_of(arms_of(keys, 1, salt)), 500);
  });
}

TASK_TEST(12, 9, a_larger_share_takes_nobody_back) {
  lab::cases(30, [](lab::Case& c) {
    const auto keys = some_keys(c, 1000);
    const std::uint64_t salt = some_salt(c);
    const double small = c.input("share", c.real(0.05, 0.5)), large = c.input("larger share", c.real(0.5, 0.95));
    const std::vector<bool> before = arms_of(keys, small, salt), after = arms_of(keys, large, salt);
    std::int64_t back = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) back += before[i] && !after[i];
    CHECK_SAME("keys that lose the canary", back, 0);
    CHECK_RELATION("keys that get it at the larger share", count_of(after), >=,
                   static_cast<std::int64_t>(large * 1000) - slack(1000, large));
  });
}

TASK_TEST(12, 9, another_salt_chooses_other_keys) {
  lab::cases(30, [](lab::Case& c) {
    const auto keys = some_keys(c, 4000);
    const double share = c.input("share", c.pick<double>({0.5, 0.1, 0.3}));
    const std::uint64_t salt = some_salt(c),
                        other = c.input("other salt", salt + static_cast<std::uint64_t>(c.integer(1, 9)));
    const std::vector<bool> first = arms_of(keys, share, salt), second = arms_of(keys, share, other);
    std::int64_t both = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) both += first[i] && second[i];
    const double p = share * share;
    CHECK_RELATION("keys that get it with both salts", both, >=, static_cast<std::int64_t>(p * 4000) - slack(4000, p));
    CHECK_RELATION("keys that get it with both salts", both, <=, static_cast<std::int64_t>(p * 4000) + slack(4000, p));
  });
}

TASK_TEST(12, 9, what_is_no_share_throws) {
  lab::cases(40, [](lab::Case& c) {
    const double share = c.input("share", c.pick<double>({0, 1, -0.01, 1.01, std::nan(""), -1, 2}));
    const std::uint64_t salt = some_salt(c);
    const auto expected = [&] {
      if (!(share >= 0 && share <= 1)) throw ValueError("share");
      return share == 1;
    };
    CHECK_OUTCOME("gets the canary", to_canary(7, share, salt), expected());
  });
}

TASK_TEST(12, 9, it_decides_at_its_looks) {
  lab::cases(80, [](lab::Case& c) {
    CanaryOptions options;
    options.looks.clear();
    std::int64_t look = 0;
    const std::int64_t looks = c.integer(1, 3);
    for (std::int64_t i = 0; i < looks; ++i) options.looks.push_back(look += c.integer(1, 4 + c.size() / 8));
    const auto seen = some_outcomes(c, 2 * look + c.integer(0, 10), 50, c.integer(0, 60), c.integer(0, 100));
    check_outcomes(c, options, seen);
  });
}

TASK_TEST(12, 9, rates_are_compared_and_not_counts) {
  lab::cases(60, [](lab::Case& c) {
    CanaryOptions options;
    options.looks = {c.integer(1, 5), c.integer(6, 8 + c.size() / 4)};
    const std::int64_t share = c.coin() ? 15 : 85;
    const std::int64_t rate = c.integer(0, 70);
    const auto seen =
        some_outcomes(c, 8 * options.looks[1], share, rate, std::min<std::int64_t>(100, rate + c.integer(0, 50)));
    check_outcomes(c, options, seen);
  });
}

// So many outcomes, some more of them wrong: from one limit to another.
TASK_TEST(12, 9, each_look_has_its_part_of_alpha) {
  lab::cases(80, [](lab::Case& c) {
    CanaryOptions options;
    options.alpha = c.pick<double>({0.05, 0.01, 0.2});
    const std::int64_t first = c.integer(6, 12), looks = c.integer(1, 6);
    options.looks.clear();
    for (std::int64_t i = 0; i < looks; ++i) options.looks.push_back(first + i);
    const std::int64_t wrong = c.integer(0, 2), more = c.integer(0, 7);
    std::vector<Seen> seen;
    for (std::int64_t i = 0; i < first; ++i) {
      seen.push_back({Arm::current, i < wrong});
      seen.push_back({Arm::canary, i < wrong + more});
    }
    check_outcomes(c, options, seen);
  });
}

TASK_TEST(12, 9, a_decision_stays) {
  lab::cases(60, [](lab::Case& c) {
    CanaryOptions options;
    options.looks = {c.integer(1, 2), c.integer(3, 5)};
    const std::int64_t rate = c.coin() ? 100 : 0;
    auto seen = some_outcomes(c, 4 * options.looks[1], 50, 0, rate);
    const auto more = some_outcomes(c, c.integer(1, 10), 50, 100 - rate, 0);
    seen.insert(seen.end(), more.begin(), more.end());
    check_outcomes(c, options, seen);
  });
}

// The hundreds of trials have fixed seeds: they are the same in every run. One more is new.
TASK_TEST(12, 9, without_a_fault_it_is_rolled_back_rarely) {
  lab::cases(1, [](lab::Case& c) {
    const std::int64_t times = c.input("canaries that are wrong as often as the model that serves", std::int64_t{500});
    const Ends ends = ends_of(5, times, 0.04, 0.04);
    CHECK_RELATION("rolled back", ends.rolled_back, <=, times * 5 / 100);
    CHECK_RELATION("promoted", ends.promoted, >=, times * 95 / 100);
    Generator g(c.input("seed of one more", c.rng().next() >> 1));
    const std::vector<Seen> seen = random_trial(g, 0.04, 0.04);
    CHECK_SAME("its actions", in_runs(actions_of({}, seen)), in_runs(right_actions({}, seen)));
  });
}

TASK_TEST(12, 9, a_fall_from_96_to_90_is_always_seen) {
  lab::cases(1, [](lab::Case& c) {
    const std::int64_t times = c.input("canaries that are wrong in 10 of 100 requests, not in 4", std::int64_t{300});
    CHECK_SAME("rolled back", ends_of(6, times, 0.04, 0.10).rolled_back, times);
    CHECK_SAME("promoted when the canary is the better one", ends_of(7, times, 0.10, 0.04).promoted, times);
    Generator g(c.input("seed of one more", c.rng().next() >> 1));
    const std::vector<Seen> seen = random_trial(g, 0.04, 0.10);
    CHECK_SAME("its actions", in_runs(actions_of({}, seen)), in_runs(right_actions({}, seen)));
  });
}

}  // namespace tinytorch::profiling
