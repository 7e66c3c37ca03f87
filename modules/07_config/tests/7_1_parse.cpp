// Task 7.1: one value from one text.
#include "modules/07_config/tests/scene.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <locale>

namespace tinytorch::config {
namespace {

std::string real_text(double number) {
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
}

double any_real(lab::Case& c) {
  const double digits = c.real(-1.0, 1.0);
  return digits * std::pow(10.0, static_cast<double>(c.integer(-5 * c.size(), 5 * c.size())));
}

/// A text and what it means, or that it means nothing.
struct Text {
  std::string text;
  std::optional<Value> value;
};

std::string meaning(const Text& t) {
  if (!t.value) throw ParseError("no value");
  return shown(*t.value);
}

std::string parsed(const std::string& text, Kind kind) { return shown(parse_value(text, kind)); }

Text whole_or_not(lab::Case& c) {
  const std::int64_t number = c.integer(-9 * (c.size() + 1), 9 * (c.size() + 1));
  const std::string n = std::to_string(number);
  if (c.index() % 16 == 9) return {"9223372036854775807", std::numeric_limits<std::int64_t>::max()};
  if (c.index() % 16 == 11) return {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()};
  if (c.coin()) return {n, number};
  return {c.pick<std::string>({"", "-", " " + n, n + " ", n + "\n", n + "abc", n + ".0", n + "e1", "0x" + n, "+" + n,
                               n + "," + n, "one", "9223372036854775808", "-9223372036854775809", "true"}),
          std::nullopt};
}

Text real_or_not(lab::Case& c) {
  const double number = any_real(c);
  const std::string n = real_text(number);
  if (c.coin()) return {n, number};
  return {c.pick<std::string>({"", "-", " " + n, n + " ", n + "x", n + "%", "inf", "-inf", "nan", "1e999", "-1e999",
                               "1,5", "0x1p3", "1e", "1.5.2", "one", "+1.5"}),
          std::nullopt};
}

Text truth_or_not(lab::Case& c) {
  if (c.coin()) {
    const std::int64_t which = c.integer(0, 5);
    constexpr std::array words{"true", "on", "1", "false", "off", "0"};
    return {words[static_cast<std::size_t>(which)], which < 3};
  }
  const std::string word = c.pick<std::string>({"true", "on", "1", "false", "off", "0"});
  return {c.pick<std::string>({"", "yes", "no", "2", "-1", "True", "FALSE", "t", word + " ", " " + word, word + word}),
          std::nullopt};
}

Text list_or_not(lab::Case& c) {
  List numbers;
  std::string text;
  const std::int64_t count = c.integer(0, std::min<std::int64_t>(c.size(), 5));
  for (std::int64_t i = 0; i < count; ++i) {
    numbers.push_back(c.integer(-99, 99));
    text += (i > 0 ? "," : "") + std::to_string(numbers.back());
  }
  if (c.coin()) return {text, numbers};
  return {c.pick<std::string>({",", text + ",", "," + text, "1,,2", "1, 2", "[1]", "1;2", text + "x", "1.5,2"}),
          std::nullopt};
}

/// While it lives, C++ writes 1.234,5 for 1234.5, as a German does. It is made here: no machine needs to have it.
class GermanLocale {
 public:
  GermanLocale() : before_(std::locale::global(std::locale(std::locale::classic(), new German))) {}
  ~GermanLocale() { std::locale::global(before_); }
  GermanLocale(const GermanLocale&) = delete;
  GermanLocale& operator=(const GermanLocale&) = delete;

 private:
  struct German : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::locale before_;
};

}  // namespace

TASK_TEST(7, 1, whole_numbers_are_read) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t number = c.integer(-(std::int64_t{1} << std::min<std::int64_t>(3 * c.size(), 60)),
                                          std::int64_t{1} << std::min<std::int64_t>(3 * c.size(), 60));
    const std::string text = c.input("text", std::to_string(number));
    CHECK_SAME("value", parsed(text, Kind::integer), shown(number));
  });
}

TASK_TEST(7, 1, what_is_no_integer_throws) {
  lab::cases(100, [](lab::Case& c) {
    const Text t = whole_or_not(c);
    c.input("text", t.text);
    CHECK_OUTCOME("value", parsed(t.text, Kind::integer), meaning(t));
  });
}

TASK_TEST(7, 1, real_numbers_read_back) {
  lab::cases(60, [](lab::Case& c) {
    const double number = any_real(c);
    const std::string text = c.input("text", real_text(number));
    CHECK_SAME("value", parsed(text, Kind::real), shown(number));
  });
}

TASK_TEST(7, 1, one_real_number_has_many_texts) {
  lab::cases(30, [](lab::Case& c) {
    const std::int64_t n = c.integer(-999, 999);
    const std::string s = std::to_string(n);
    const std::string text = c.input("text", c.pick<std::string>({s, s + ".0", s + "e0", s + "0e-1", s + ".00e0"}));
    CHECK_SAME("value", parsed(text, Kind::real), shown(static_cast<double>(n)));
  });
}

TASK_TEST(7, 1, what_is_no_real_number_throws) {
  lab::cases(100, [](lab::Case& c) {
    const Text t = real_or_not(c);
    c.input("text", t.text);
    CHECK_OUTCOME("value", parsed(t.text, Kind::real), meaning(t));
  });
}

TASK_TEST(7, 1, six_words_are_booleans) {
  lab::cases(80, [](lab::Case& c) {
    const Text t = truth_or_not(c);
    c.input("text", t.text);
    CHECK_OUTCOME("value", parsed(t.text, Kind::boolean), meaning(t));
  });
}

TASK_TEST(7, 1, texts_are_taken_as_they_are) {
  lab::cases(40, [](lab::Case& c) {
    std::string letters = c.pick<std::string>({"", " ", "1", "true", "\"", "64,32"});
    letters += word(c, 0, 6);
    letters += c.pick<std::string>({"", " ", "\n"});
    const std::string text = c.input("text", letters);
    CHECK_SAME("value", parsed(text, Kind::text), shown(Value(text)));
  });
}

TASK_TEST(7, 1, lists_have_commas) {
  lab::cases(100, [](lab::Case& c) {
    const Text t = list_or_not(c);
    c.input("text", t.text);
    CHECK_OUTCOME("value", parsed(t.text, Kind::integers), meaning(t));
  });
}

TASK_TEST(7, 1, the_error_quotes_the_text) {
  lab::cases(40, [](lab::Case& c) {
    const Text t = c.coin() ? whole_or_not(c) : list_or_not(c);
    const Kind kind = t.value && std::holds_alternative<List>(*t.value) ? Kind::integers : Kind::integer;
    const bool valid = t.value.has_value();
    std::string nonsense = word(c, 1, 5);
    nonsense += std::to_string(c.integer(0, 99));
    const std::string text = c.input("text", valid ? t.text : nonsense);
    const auto said = [&] {
      try {
        parse_value(text, kind);
        return "no error";
      } catch (const ParseError& error) {
        return std::string(error.what()).find(text) == std::string::npos ? "text not quoted" : "text quoted";
      }
    };
    CHECK_SAME("error", said(), std::string(valid ? "no error" : "text quoted"));
  });
}

TASK_TEST(7, 1, text_outside_the_view_is_not_read) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t number = c.integer(0, 99);
    const Kind kind = c.pick({Kind::integer, Kind::real, Kind::integers});
    const std::string view = c.input("view", std::to_string(number));
    const std::string memory = c.input("memory", view + c.pick<std::string>({"0", ",1", "x", ".5", " ", "e3"}));
    const auto value = [&]() -> Value {
      if (kind == Kind::integers) return List{number};
      if (kind == Kind::real) return static_cast<double>(number);
      return number;
    };
    CHECK_SAME("value", shown(parse_value(std::string_view(memory).substr(0, view.size()), kind)), shown(value()));
  });
}

TASK_TEST(7, 1, the_locale_changes_nothing) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t n = c.integer(1000, 9999);
    const bool real = c.coin();
    const std::string whole = std::to_string(n);
    Text t{whole, real ? Value(static_cast<double>(n)) : Value(n)};
    const std::int64_t form = c.integer(0, 2);
    if (form == 1) t = {whole + ".5", real ? std::optional<Value>(static_cast<double>(n) + 0.5) : std::nullopt};
    if (form == 2) t = {whole + ",5", std::nullopt};
    c.input("text", t.text);
    c.input("kind", std::string(to_string(real ? Kind::real : Kind::integer)));
    const auto in_germany = [&] {
      const GermanLocale german;
      return parse_value(t.text, real ? Kind::real : Kind::integer);
    };
    CHECK_OUTCOME("value", shown(in_germany()), meaning(t));
  });
}

}  // namespace tinytorch::config
