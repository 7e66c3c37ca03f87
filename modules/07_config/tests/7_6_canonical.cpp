// Task 7.6: the text that names a run.
#include "modules/07_config/tests/scene.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace tinytorch::config {
namespace {

/// The value after "key = " in a canonical text.
std::string value_in(const std::string& text, const std::string& key) {
  const std::string start = key + " = ";
  std::size_t at = text.rfind(start, 0) == 0 ? 0 : text.find("\n" + start);
  if (at == std::string::npos) return "no line";
  at += (at == 0 && text.rfind(start, 0) == 0 ? 0 : 1) + start.size();
  return text.substr(at, text.find('\n', at) - at);
}

double any_real(lab::Case& c) {
  const double digits = c.real(-1.0, 1.0);
  return digits * std::pow(10.0, static_cast<double>(c.integer(-3 * c.size(), 3 * c.size())));
}

Schema one_real() {
  Schema schema;
  schema.add("x", 0.5, "");
  return schema;
}

}  // namespace

TASK_TEST_USES(7, 6, lines_are_sorted_by_key, "7.1", "7.5") {
  lab::cases(40, [](lab::Case& c) {
    std::vector<std::string> keys;
    Schema schema;
    Tree tree;
    for (std::int64_t left = c.integer(1, 5); left > 0; --left) {
      std::string key = word(c, 1, 3);
      key += c.pick<std::string>({"", ".x", "_y"});
      key += std::to_string(left);
      schema.add(key, std::int64_t{0}, "");
      tree.entries.insert(c.coin() ? tree.entries.begin() : tree.entries.end(), entry_of(key, left, Layer::file, 1));
      keys.push_back(key);
    }
    c.input("tree", written(tree));
    const auto expected = [&] {
      std::vector<std::string> sorted = keys;
      std::sort(sorted.begin(), sorted.end());
      std::string text;
      for (const std::string& key : sorted) text += key + " = " + to_string(tree.find(key)->value) + "\n";
      return text;
    };
    CHECK_SAME("text", canonical(tree, schema), expected());
  });
}

TASK_TEST_USES(7, 6, one_number_has_one_text, "7.1", "7.5") {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t number = c.integer(-99, 99);
    const std::string digits = std::to_string(number);
    Tree tree;
    switch (c.integer(0, 3)) {
      case 0:
        tree.entries.push_back(entry_of("x", number));
        break;
      case 1:
        tree.entries.push_back(entry_of("x", static_cast<double>(number)));
        break;
      case 2:
        tree.entries.push_back(text_of("x", digits + ".0"));
        break;
      default:
        tree.entries.push_back(text_of("x", digits + "0e-1"));
    }
    c.input("tree", written(tree));
    CHECK_SAME("text", canonical(tree, one_real()), "x = " + digits + "\n");
  });
}

TASK_TEST_USES(7, 6, a_number_reads_back_from_its_text, "7.1", "7.5") {
  lab::cases(200, [](lab::Case& c) {
    const double number = any_real(c);
    Tree tree;
    tree.entries.push_back(entry_of("x", number));
    c.input("tree", written(tree));
    const auto read_back = [&] { return std::strtod(value_in(canonical(tree, one_real()), "x").c_str(), nullptr); };
    CHECK_SAME("number", read_back(), number == 0.0 ? 0.0 : number);
  });
}

TASK_TEST_USES(7, 6, a_number_has_the_shortest_text, "7.1", "7.5") {
  lab::cases(80, [](lab::Case& c) {
    const std::int64_t digits = c.integer(1, 999);
    const std::int64_t places = c.integer(0, 3);
    const double number = static_cast<double>(digits) / std::pow(10.0, static_cast<double>(places));
    Tree tree;
    tree.entries.push_back(entry_of("x", number));
    c.input("tree", written(tree));
    CHECK_SAME("text", canonical(tree, one_real()), "x = " + to_string(Value(number)) + "\n");
  });
}

TASK_TEST_USES(7, 6, zero_has_no_sign, "7.1", "7.5") {
  lab::cases(40, [](lab::Case& c) {
    Tree tree;
    const std::int64_t how = c.integer(0, 3);
    const double other = c.real(-1.0, 1.0);
    if (how == 0) tree.entries.push_back(entry_of("x", -0.0));
    if (how == 1) tree.entries.push_back(text_of("x", "-0"));
    if (how == 2) tree.entries.push_back(entry_of("x", 0.0));
    if (how == 3) tree.entries.push_back(entry_of("x", other));
    c.input("tree", written(tree));
    CHECK_SAME("text", canonical(tree, one_real()),
               how < 3 ? "x = 0\n" : "x = " + to_string(Value(other == 0.0 ? 0.0 : other)) + "\n");
  });
}

TASK_TEST_USES(7, 6, defaults_fill_the_gaps, "7.1", "7.5") {
  lab::cases(60, [](lab::Case& c) {
    Schema schema;
    Tree tree;
    std::string expected;
    for (const char* key : {"a", "b", "c", "d"}) {
      const std::int64_t number = c.integer(0, 99), fallback = c.integer(0, 99);
      const bool given = c.coin(), required = c.coin();
      if (required)
        schema.require(key, Kind::integer, "");
      else
        schema.add(key, fallback, "");
      if (given) tree.entries.push_back(entry_of(key, number));
      if (given || !required) expected += std::string(key) + " = " + std::to_string(given ? number : fallback) + "\n";
    }
    c.input("tree", written(tree));
    c.input("settings", help(schema));
    CHECK_SAME("text", canonical(tree, schema), expected);
  });
}

TASK_TEST_USES(7, 6, only_what_changes_results_is_in_the_name, "7.1", "7.5") {
  lab::cases(60, [](lab::Case& c) {
    Schema schema;
    Tree tree;
    std::string expected;
    std::vector<std::string> effects;
    for (const char* key : {"a", "b", "c", "d"}) {
      const Effect effect = c.pick({Effect::result, Effect::speed, Effect::none});
      const std::int64_t number = c.integer(0, 99);
      schema.add(key, std::int64_t{1}, "").changes(effect);
      const bool given = c.coin();
      if (given) tree.entries.push_back(entry_of(key, number));
      if (effect == Effect::result) expected += std::string(key) + " = " + std::to_string(given ? number : 1) + "\n";
      effects.push_back(std::string(key) + " changes " + to_string(effect));
    }
    c.input("tree", written(tree));
    c.input("settings", effects);
    CHECK_SAME("text", canonical(tree, schema), expected);
  });
}

TASK_TEST_USES(7, 6, every_kind_has_its_text, "7.1", "7.5") {
  lab::cases(60, [](lab::Case& c) {
    Schema schema;
    const bool flag = c.coin();
    std::string letters = word(c, 0, 3);
    letters += c.pick<std::string>({"", "\"", "\\", "\n", " = ", "\nx = 1"});
    letters += word(c, 0, 2);
    List list;
    for (std::int64_t left = c.integer(0, 3); left > 0; --left) list.push_back(c.integer(-9, 99));
    schema.add("flag", false, "");
    schema.add("letters", "", "");
    schema.add("list", List{}, "");
    Tree tree;
    std::string joined;
    for (const std::int64_t number : list) joined += (joined.empty() ? "" : ",") + std::to_string(number);
    tree.entries.push_back(c.coin() ? entry_of("list", list) : text_of("list", joined));
    tree.entries.push_back(c.coin() ? entry_of("flag", flag) : text_of("flag", flag ? "on" : "0"));
    tree.entries.push_back(c.coin() ? entry_of("letters", letters) : text_of("letters", letters));
    c.input("tree", written(tree));
    CHECK_SAME("text", canonical(tree, schema),
               "flag = " + to_string(Value(flag)) + "\nletters = " + to_string(Value(letters)) +
                   "\nlist = " + to_string(Value(list)) + "\n");
  });
}

TASK_TEST_USES(7, 6, equal_texts_mean_equal_settings, "7.1", "7.5") {
  lab::cases(80, [](lab::Case& c) {
    const double a = any_real(c);
    double b = a;
    const std::int64_t steps = c.integer(0, 2);
    for (std::int64_t i = 0; i < steps; ++i) b = std::nextafter(b, 1e300);
    Tree one, other;
    one.entries.push_back(entry_of("x", a));
    other.entries.push_back(entry_of("x", b));
    c.input("one", written(one));
    c.input("other", written(other));
    const auto same = [&] { return canonical(one, one_real()) == canonical(other, one_real()); };
    CHECK_SAME("the texts are equal", same(), a == b);
  });
}

}  // namespace tinytorch::config
