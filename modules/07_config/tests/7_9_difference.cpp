// Task 7.9: what two runs differ in.
#include "modules/07_config/tests/scene.hpp"
#include "tinytorch/core/experiment.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tinytorch::config {
namespace {

std::string readable(const std::string& value) { return value.empty() ? "an empty text" : value; }

std::string shown(const Fact& fact) {
  return fact.key + " = " + readable(fact.value) + " (effect " + to_string(fact.effect) + ")";
}

void show(lab::Case& c, const char* name, const Manifest& manifest) {
  std::vector<std::string> facts;
  for (const Fact& fact : manifest.facts) facts.push_back(shown(fact));
  c.input(name, facts);
}

/// The two runs: for each key of either, its facts.
struct Runs {
  Manifest a, b;

  std::map<std::string, std::pair<const Fact*, const Fact*>> by_key() const {
    std::map<std::string, std::pair<const Fact*, const Fact*>> keys;
    for (const Fact& fact : a.facts) keys[fact.key].first = &fact;
    for (const Fact& fact : b.facts) keys[fact.key].second = &fact;
    return keys;
  }
};

Effect some_effect(lab::Case& c) { return c.pick({Effect::result, Effect::speed, Effect::none}); }

/// Keys in an order of their own for each run. `disagree`: the runs may differ about an effect.
Runs some_runs(lab::Case& c, bool disagree) {
  Runs runs;
  std::vector<Fact> of_a, of_b;
  const std::vector<std::string> keys{"seed", "data.csv", "threads", "optim.lr", "out", "machine.isa"};
  const std::int64_t count = std::min<std::int64_t>(c.integer(0, 1 + c.size()), 6);
  for (std::int64_t k = 0; k < count; ++k) {
    const std::string& key = keys[static_cast<std::size_t>(k)];
    const std::int64_t who = c.integer(0, 5);  // 0: a alone, 1: b alone, else both
    const Effect effect = some_effect(c), other = some_effect(c);
    const std::int64_t x = c.integer(0, 2), y = c.integer(0, 2);
    if (who != 1) of_a.push_back({key, std::to_string(x), effect});
    if (who != 0) of_b.push_back({key, std::to_string(y), disagree ? other : effect});
  }
  const auto shuffled = [&](const std::vector<Fact>& facts) {
    std::vector<Fact> mixed;
    for (const std::int64_t i : c.permutation(static_cast<std::int64_t>(facts.size())))
      mixed.push_back(facts[static_cast<std::size_t>(i)]);
    return mixed;
  };
  runs.a.facts = shuffled(of_a);
  runs.b.facts = shuffled(of_b);
  show(c, "a", runs.a);
  show(c, "b", runs.b);
  return runs;
}

Effect effect_of(const Fact* a, const Fact* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b->effect : a->effect;
  return static_cast<int>(a->effect) < static_cast<int>(b->effect) ? a->effect : b->effect;
}

/// From the contract: for each effect in turn, the keys in their order.
std::vector<Difference> right(const Runs& runs) {
  std::vector<Difference> all;
  for (const Effect part : {Effect::result, Effect::speed, Effect::none}) {
    for (const auto& [key, facts] : runs.by_key()) {
      const auto [a, b] = facts;
      if (effect_of(a, b) != part || (a != nullptr && b != nullptr && a->value == b->value)) continue;
      Difference difference;
      difference.key = key;
      if (a != nullptr) difference.a = a->value;
      if (b != nullptr) difference.b = b->value;
      difference.effect = part;
      all.push_back(difference);
    }
  }
  return all;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::string key_text(const Difference& d) { return d.key; }

std::string values_text(const Difference& d) {
  const auto value = [](const std::optional<std::string>& text) { return text ? readable(*text) : "nothing"; };
  return d.key + ": " + value(d.a) + " and " + value(d.b);
}

std::string effect_text(const Difference& d) { return d.key + " changes " + to_string(d.effect); }

std::string whole_text(const Difference& d) { return values_text(d) + " (effect " + to_string(d.effect) + ")"; }

/// A text for each difference, in the order of the differences.
template <class Text>
std::vector<std::string> texts_of(const std::vector<Difference>& differences, const Text& text) {
  std::vector<std::string> texts;
  for (const Difference& d : differences) texts.push_back(text(d));
  return texts;
}

}  // namespace

TASK_TEST(7, 9, only_what_differs_is_listed) {
  lab::cases(60, [](lab::Case& c) {
    const Runs runs = some_runs(c, false);
    CHECK_SAME("keys", sorted(texts_of(explain_difference(runs.a, runs.b), key_text)),
               sorted(texts_of(right(runs), key_text)));
  });
}

TASK_TEST(7, 9, both_values_are_told) {
  lab::cases(60, [](lab::Case& c) {
    const Runs runs = some_runs(c, false);
    CHECK_SAME("values", sorted(texts_of(explain_difference(runs.a, runs.b), values_text)),
               sorted(texts_of(right(runs), values_text)));
  });
}

TASK_TEST(7, 9, results_come_before_speed_and_the_rest) {
  lab::cases(60, [](lab::Case& c) {
    const Runs runs = some_runs(c, false);
    const auto effect = [](const Difference& d) { return std::string(to_string(d.effect)); };
    CHECK_SAME("effects", texts_of(explain_difference(runs.a, runs.b), effect), texts_of(right(runs), effect));
  });
}

TASK_TEST(7, 9, keys_are_in_order_in_each_part) {
  lab::cases(60, [](lab::Case& c) {
    const Runs runs = some_runs(c, false);
    CHECK_SAME("keys", texts_of(explain_difference(runs.a, runs.b), key_text), texts_of(right(runs), key_text));
  });
}

// In both orders at once: an effect that is right in one of them may be that of the first run.
TASK_TEST(7, 9, the_stronger_effect_counts) {
  lab::cases(60, [](lab::Case& c) {
    const Runs runs = some_runs(c, true);
    const auto effects = [](const std::vector<Difference>& of_a_and_b, const std::vector<Difference>& of_b_and_a) {
      std::vector<std::string> texts;
      for (const std::string& text : texts_of(of_a_and_b, effect_text)) texts.push_back("a and b: " + text);
      for (const std::string& text : texts_of(of_b_and_a, effect_text)) texts.push_back("b and a: " + text);
      return texts;
    };
    CHECK_SAME("effects", effects(explain_difference(runs.a, runs.b), explain_difference(runs.b, runs.a)),
               effects(right(runs), right({runs.b, runs.a})));
  });
}

TASK_TEST(7, 9, a_fact_that_one_run_lacks_is_a_difference) {
  lab::cases(60, [](lab::Case& c) {
    Runs runs;
    const std::int64_t count = c.integer(1, 3);
    for (std::int64_t i = 0; i < count; ++i) {
      std::string key = "fact.";
      key += std::to_string(c.integer(10, 99)) + static_cast<char>('a' + i);
      const bool of_a = c.coin();
      // An empty text is a value, too.
      const std::string value = c.pick<std::string>({"", "1", "x"});
      (of_a ? runs.a : runs.b).facts.push_back({key, value, some_effect(c)});
    }
    show(c, "a", runs.a);
    show(c, "b", runs.b);
    CHECK_SAME("differences", sorted(texts_of(explain_difference(runs.a, runs.b), values_text)),
               sorted(texts_of(right(runs), values_text)));
  });
}

TASK_TEST(7, 9, turned_round_the_values_change_places) {
  lab::cases(40, [](lab::Case& c) {
    const Runs runs = some_runs(c, true);
    CHECK_SAME("differences", sorted(texts_of(explain_difference(runs.b, runs.a), whole_text)),
               sorted(texts_of(right({runs.b, runs.a}), whole_text)));
  });
}

TASK_TEST(7, 9, equal_values_are_equal_whatever_their_effect) {
  lab::cases(40, [](lab::Case& c) {
    Runs runs;
    const std::int64_t count = c.integer(1, 4);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::string key(1, static_cast<char>('a' + i)), value = std::to_string(c.integer(0, 9));
      const bool same = c.coin();
      runs.a.facts.push_back({key, value, some_effect(c)});
      runs.b.facts.push_back({key, same ? value : value + "0", some_effect(c)});
    }
    show(c, "a", runs.a);
    show(c, "b", runs.b);
    CHECK_SAME("keys", sorted(texts_of(explain_difference(runs.a, runs.b), key_text)),
               sorted(texts_of(right(runs), key_text)));
  });
}

}  // namespace tinytorch::config
