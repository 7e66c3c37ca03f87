// Task 7.5: every mistake, in the order in which a person wrote them.
#include "modules/07_config/tests/scene.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch::config {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What a person may write for a setting, and what is wrong with it.
struct Written {
  std::string key;
  Value value;
  bool is_text = false;
  std::optional<Problem::What> what{};
  std::optional<std::string> meant{};  // for an unknown key
};

Value text(const char* letters) { return Value(letters); }
Value whole(std::int64_t number) { return Value(number); }

const std::vector<Written>& right_ones() {
  static const std::vector<Written> all{{"data.path", text("a")},
                                        {"seed", whole(3)},
                                        {"seed", text("-3"), true},
                                        {"optim.lr", 0.5},
                                        {"optim.lr", 1e-6},
                                        {"optim.lr", whole(10)},
                                        {"optim.lr", text("1e-3"), true},
                                        {"optim.name", text("sgd")},
                                        {"optim.name", text("adam"), true},
                                        {"optim.nesterov", true},
                                        {"optim.nesterov", text("on"), true},
                                        {"model.hidden", List{64, 1, 512}},
                                        {"model.hidden", List{}},
                                        {"model.hidden", text("64,32"), true},
                                        {"train.epochs", whole(1)},
                                        {"train.epochs", whole(1000)},
                                        {"out", text("x"), true}};
  return all;
}

const std::vector<Written>& of_another_kind() {
  constexpr auto kind = Problem::What::kind;
  static const std::vector<Written> all{{"data.path", whole(1), false, kind},
                                        {"data.path", std::monostate(), false, kind},
                                        {"seed", text("3"), false, kind},
                                        {"seed", 3.0, false, kind},
                                        {"seed", text("3.0"), true, kind},
                                        {"optim.lr", text("0.1"), false, kind},
                                        {"optim.lr", text("fast"), true, kind},
                                        {"optim.lr", true, false, kind},
                                        {"optim.name", false, false, kind},
                                        {"optim.nesterov", whole(1), false, kind},
                                        {"optim.nesterov", text("yes"), true, kind},
                                        {"model.hidden", whole(64), false, kind},
                                        {"model.hidden", text("64,"), true, kind},
                                        {"model.hidden", std::monostate(), false, kind}};
  return all;
}

const std::vector<Written>& out_of_their_range() {
  constexpr auto range = Problem::What::range;
  static const std::vector<Written> all{{"optim.lr", 10.5, false, range},
                                        {"optim.lr", 0.0, false, range},
                                        {"optim.lr", whole(11), false, range},
                                        {"optim.lr", text("1e9"), true, range},
                                        {"optim.lr", std::numeric_limits<double>::quiet_NaN(), false, range},
                                        {"data.scale", infinity, false, range},
                                        {"optim.name", text("adm"), false, range},
                                        {"optim.name", text(""), true, range},
                                        {"model.hidden", List{64, 0}, false, range},
                                        {"model.hidden", List{513, 1}, false, range},
                                        {"model.hidden", text("1,2,999"), true, range},
                                        {"train.epochs", whole(0), false, range},
                                        {"train.epochs", whole(1001), false, range},
                                        {"train.epochs", text("-5"), true, range}};
  return all;
}

const std::vector<Written>& unknown_ones() {
  constexpr auto unknown = Problem::What::unknown;
  static const std::vector<Written> all{
      {"optim.lrr", 0.1, false, unknown, "optim.lr"},    {"optm.lr", 99.0, false, unknown, "optim.lr"},
      {"sed", text("x"), true, unknown, "seed"},         {"optim.nam", text("sgd"), false, unknown, "optim.name"},
      {"threads2", whole(1), false, unknown, "threads"}, {"colour", whole(1), false, unknown},
      {"model.depth.x", whole(1), false, unknown},       {"lr", 0.1, false, unknown}};
  return all;
}

/// Entries of different keys for some of these, each at a place of its own, in the order in which they were written:
/// first a file, then the environment, then the command line.
std::vector<std::pair<Entry, Written>> written_down(lab::Case& c, std::vector<Written> choices, std::int64_t most) {
  std::vector<std::pair<Entry, Written>> all;
  int line = 0, column = 1;
  for (std::int64_t left = c.integer(1, most); left > 0 && !choices.empty(); --left) {
    const Written chosen = c.pick(choices);
    std::erase_if(choices, [&](const Written& w) { return w.key == chosen.key; });
    Entry entry =
        entry_of(chosen.key, chosen.value,
                 chosen.is_text ? c.pick({Layer::environment, Layer::arguments}) : Layer::file, 0, chosen.is_text);
    all.emplace_back(entry, chosen);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.first.origin.layer < b.first.origin.layer; });
  for (auto& [entry, what] : all) {
    if (entry.origin.layer != Layer::file) continue;
    const bool same_line = line > 0 && c.coin();  // { lr = 0.1, name = "sgd" } has two on a line
    column = same_line ? column + static_cast<int>(c.integer(1, 9)) : static_cast<int>(c.integer(1, 20));
    line += same_line ? 0 : static_cast<int>(c.integer(1, 9));
    entry.origin.line = line;
    entry.origin.column = column;
  }
  return all;
}

std::optional<Problem> planned(const Entry& entry, const Written& what, const Schema& schema) {
  if (!what.what) return std::nullopt;
  if (*what.what == Problem::What::unknown) return unknown_setting(entry, what.meant);
  const Setting& setting = *schema.find(entry.key);
  return *what.what == Problem::What::kind ? wrong_kind(entry, setting) : out_of_range(entry, setting);
}

/// The tree of these entries. The order of the file's is any: the place decides, not the order.
Tree tree_of(lab::Case& c, const std::vector<std::pair<Entry, Written>>& all, bool with_path = true) {
  Tree tree;
  for (const auto& [entry, what] : all) {
    const bool anywhere = entry.origin.layer == Layer::file && c.coin();
    tree.entries.insert(anywhere ? tree.entries.begin() : tree.entries.end(), entry);
  }
  if (with_path && tree.find("data.path") == nullptr)
    tree.entries.push_back(entry_of("data.path", "digits", Layer::file, 999));
  c.input("tree", written(tree));
  return tree;
}

/// Some of the right settings and some of `wrong`, and the problems of the wrong ones.
void check_problems(lab::Case& c, std::vector<Written> choices) {
  for (const Written& right : right_ones()) choices.push_back(right);
  const auto all = written_down(c, choices, 2 + std::min<std::int64_t>(c.size(), 5));
  const Schema schema = run_schema();
  const Tree tree = tree_of(c, all);
  const auto expected = [&] {
    std::vector<std::string> lines;
    for (const auto& [entry, what] : all)
      if (const auto problem = planned(entry, what, schema)) lines.push_back(to_string(*problem));
    return lines;
  };
  CHECK_SAME("problems", lines_of(validate(tree, schema)), expected());
}

std::vector<Written> joined(std::initializer_list<std::vector<Written>> lists) {
  std::vector<Written> all;
  for (const std::vector<Written>& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace

TASK_TEST_USES(7, 5, a_text_is_read_by_the_kind_of_its_setting, "7.1") {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t number = c.integer(-99, 99);
    const std::string text = std::to_string(number);
    const Kind kind = c.pick({Kind::integer, Kind::real, Kind::text, Kind::integers});
    const bool sound = c.coin() || kind == Kind::text;
    const Entry entry = text_of("x", sound ? text : text + "?");
    c.input("entry", written(entry));
    c.input("kind", std::string(to_string(kind)));
    const auto expected = [&]() -> std::optional<Value> {
      if (kind == Kind::text) return entry.value;
      if (!sound) return std::nullopt;
      if (kind == Kind::integers) return List{number};
      if (kind == Kind::real) return static_cast<double>(number);
      return number;
    };
    CHECK_SAME("value", shown_if(typed_value(entry, kind)), shown_if(expected()));
  });
}

TASK_TEST(7, 5, an_integer_is_also_a_real_number) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t number = c.integer(-99, 99);
    const bool whole_number = c.coin();
    const Value value = whole_number ? Value(number) : Value(static_cast<double>(number) / 2);
    const Kind kind = c.pick({Kind::real, Kind::integer});
    const Entry entry = entry_of("x", value);
    c.input("entry", written(entry));
    c.input("kind", std::string(to_string(kind)));
    const auto expected = [&]() -> std::optional<Value> {
      if (kind == Kind::integer) return whole_number ? std::optional(value) : std::nullopt;
      return whole_number ? static_cast<double>(number) : static_cast<double>(number) / 2;
    };
    CHECK_SAME("value", shown_if(typed_value(entry, kind)), shown_if(expected()));
  });
}

TASK_TEST(7, 5, a_value_of_another_kind_is_none) {
  lab::cases(60, [](lab::Case& c) {
    const Kind kind = c.pick({Kind::boolean, Kind::integer, Kind::real, Kind::text, Kind::integers});
    const Value value = c.pick<Value>({true, 0.5, "1", List{c.integer(0, 9)}, std::monostate()});
    const Entry entry = entry_of("x", value);
    c.input("entry", written(entry));
    c.input("kind", std::string(to_string(kind)));
    CHECK_SAME("value", shown_if(typed_value(entry, kind)), kind_of(value) == kind ? shown(value) : "nothing");
  });
}

TASK_TEST_USES(7, 5, right_settings_have_no_problem, "7.1", "7.4") {
  lab::cases(60, [](lab::Case& c) { check_problems(c, joined({unknown_ones()})); });
}

TASK_TEST_USES(7, 5, unknown_keys_are_reported_with_what_was_meant, "7.1", "7.4") {
  lab::cases(60, [](lab::Case& c) { check_problems(c, joined({unknown_ones(), unknown_ones()})); });
}

TASK_TEST_USES(7, 5, values_of_another_kind_are_reported, "7.1", "7.4") {
  lab::cases(80, [](lab::Case& c) { check_problems(c, of_another_kind()); });
}

TASK_TEST_USES(7, 5, values_out_of_their_range_are_reported, "7.1", "7.4") {
  lab::cases(80, [](lab::Case& c) { check_problems(c, out_of_their_range()); });
}

TASK_TEST_USES(7, 5, every_problem_is_reported_in_the_order_of_writing, "7.1", "7.4") {
  lab::cases(80, [](lab::Case& c) {
    check_problems(c, joined({unknown_ones(), of_another_kind(), out_of_their_range()}));
  });
}

TASK_TEST_USES(7, 5, a_problem_names_key_place_and_class, "7.1", "7.4") {
  lab::cases(60, [](lab::Case& c) {
    const auto all = written_down(c, joined({unknown_ones(), of_another_kind(), out_of_their_range()}), 5);
    const Schema schema = run_schema();
    const Tree tree = tree_of(c, all);
    const auto parts = [](const Problem& problem) {
      constexpr std::array names{"unknown", "kind", "range", "missing", "conflict"};
      return problem.key + ": " + names[static_cast<std::size_t>(problem.what)] + " at " + to_string(problem.where);
    };
    const auto found = [&] {
      std::vector<std::string> lines;
      for (const Problem& problem : validate(tree, schema)) lines.push_back(parts(problem));
      return lines;
    };
    const auto expected = [&] {
      std::vector<std::string> lines;
      for (const auto& [entry, what] : all) lines.push_back(parts(*planned(entry, what, schema)));
      return lines;
    };
    CHECK_SAME("problems", found(), expected());
  });
}

TASK_TEST_USES(7, 5, what_is_missing_comes_last, "7.1", "7.4") {
  lab::cases(60, [](lab::Case& c) {
    Schema schema;
    Tree tree;
    std::vector<std::string> expected;
    for (const char* key : {"zeta", "alpha", "beta", "gamma"}) {
      const std::int64_t how = c.integer(0, 2);
      if (how == 0)
        schema.add(key, std::int64_t{1}, "");
      else
        schema.require(key, Kind::integer, "");
      if (how == 1) expected.push_back(to_string(missing_setting(*schema.find(key))));
      if (how == 2) tree.entries.push_back(entry_of(key, whole(1), Layer::file, 3));
    }
    if (c.coin()) {
      tree.entries.push_back(entry_of("other", whole(1), Layer::file, 7));
      expected.insert(expected.begin(), to_string(unknown_setting(tree.entries.back(), std::nullopt)));
    }
    c.input("tree", written(tree));
    c.input("settings", help(schema));
    CHECK_SAME("problems", lines_of(validate(tree, schema)), expected);
  });
}

TASK_TEST_USES(7, 5, two_that_exclude_each_other_are_reported_at_the_later_one, "7.1", "7.4") {
  lab::cases(80, [](lab::Case& c) {
    std::vector<Entry> given;
    std::vector<std::string> keys{"train.epochs", "train.steps", "train.hours", "seed"};
    int line = 0;
    for (std::int64_t left = c.integer(1, 4); left > 0; --left) {
      const std::string key = c.pick(keys);
      std::erase(keys, key);
      line += static_cast<int>(c.integer(1, 5));
      const bool bad = key == "train.epochs" && c.coin();
      given.push_back(entry_of(key, key == "train.hours" ? Value(1.5) : whole(bad ? 0 : 5), Layer::file, line));
    }
    const Schema schema = run_schema();
    const auto expected = [&] {
      std::vector<std::string> lines;
      for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i].key == "train.epochs" && given[i].value == whole(0))
          lines.push_back(to_string(out_of_range(given[i], *schema.find("train.epochs"))));
        for (const auto& [one, other] : schema.exclusions()) {
          for (std::size_t k = 0; k < i; ++k) {
            const bool pair =
                (given[i].key == one && given[k].key == other) || (given[i].key == other && given[k].key == one);
            if (pair) lines.push_back(to_string(conflict(given[i], given[k])));
          }
        }
      }
      return lines;
    };
    Tree tree;
    for (const Entry& entry : given) tree.entries.insert(c.coin() ? tree.entries.begin() : tree.entries.end(), entry);
    tree.entries.push_back(entry_of("data.path", "digits", Layer::file, 999));
    c.input("tree", written(tree));
    CHECK_SAME("problems", lines_of(validate(tree, schema)), expected());
  });
}

// A default is no choice of the user's: it conflicts with nothing.
TASK_TEST_USES(7, 5, defaults_are_right, "7.1", "7.4") {
  lab::cases(40, [](lab::Case& c) {
    const Schema schema = run_schema();
    Tree tree = defaults(schema);
    std::vector<std::string> expected;
    for (Entry& entry : tree.entries) {
      if (!c.coin()) continue;
      if (entry.key == "seed") {
        entry = entry_of("seed", text("x"), Layer::file, 5);
        expected.push_back(to_string(wrong_kind(entry, *schema.find("seed"))));
      } else if (entry.key == "train.steps") {
        entry = entry_of("train.steps", whole(3), Layer::file, 2);
      }
    }
    tree.entries.push_back(entry_of("data.path", "digits", Layer::file, 999));
    c.input("tree", written(tree));
    CHECK_SAME("problems", lines_of(validate(tree, schema)), expected);
  });
}

}  // namespace tinytorch::config
