// Settings from texts to their name: the examples of the headers, and a file with seven mistakes in a German locale.
#include "tinytorch/core/binding.hpp"

#include <array>
#include <clocale>
#include <locale>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::config {
namespace {

/// The C++ locale of a country that writes 0,1 and 1.000. Made here, so that no machine needs to have it.
class GermanLocale {
 public:
  GermanLocale() : before_(std::locale::global(std::locale(std::locale::classic(), new German))) {
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) {  // and C's, if the machine has one
      if (std::setlocale(LC_NUMERIC, name) != nullptr) break;
    }
  }
  ~GermanLocale() {
    std::locale::global(before_);
    std::setlocale(LC_NUMERIC, "C");
  }
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

Schema run_schema() {
  Schema schema;
  schema.require("data.path", Kind::text, "file of the digits");
  schema.add("seed", std::int64_t{1}, "of all random numbers");
  schema.add("optim.lr", 0.1, "learning rate").range(1e-6, 10);
  schema.add("optim.name", "adam", "rule").one_of({"sgd", "adam"});
  schema.add("train.epochs", std::int64_t{5}, "passes over the data").range(1, 1000);
  schema.add("train.steps", std::int64_t{0}, "updates");
  schema.add("threads", std::int64_t{1}, "worker threads").changes(Effect::speed);
  schema.exclude("train.epochs", "train.steps");
  return schema;
}

const char* const seven_mistakes = R"(seed = "three"
threads = 4

[optim]
  # a comment
  lrr = 0.1
  lr = 1234567.5
  name = "adm"

[train]
epochs = 10
steps = 1000
colour = "red"
)";

const char* const seven_problems = R"(run.toml:1:1: seed must be an integer, but is "three"
run.toml:6:3: optim.lrr is not a setting; did you mean optim.lr?
run.toml:7:3: optim.lr must be from 1e-06 to 10, but is 1234567.5
run.toml:8:3: optim.name must be one of sgd, adam, but is "adm"
run.toml:12:1: train.steps excludes train.epochs, which is given at run.toml:11:1
run.toml:13:1: train.colour is not a setting
data.path is missing and has no default
)";

std::string reported(const Tree& tree, const Schema& schema) {
  std::string text;
  for (const Problem& problem : validate(tree, schema)) text += to_string(problem) + "\n";
  return text;
}

TEST(Config, reports_seven_mistakes_in_order) {
  const std::array layers{defaults(run_schema()), parse_toml(seven_mistakes, "run.toml")};
  EXPECT_EQ(reported(merge(layers), run_schema()), seven_problems);
}

TEST(Config, reports_the_same_where_numbers_have_commas) {
  const GermanLocale german;
  const std::array layers{defaults(run_schema()), parse_toml(seven_mistakes, "run.toml")};
  EXPECT_EQ(reported(merge(layers), run_schema()), seven_problems);
  EXPECT_EQ(parse_value("0.5", Kind::real), Value(0.5));
  EXPECT_THROW(parse_value("0,5", Kind::real), ParseError);
  EXPECT_EQ(to_string(Value(1234567.5)), "1234567.5");
}

TEST(Config, reads_the_texts_of_its_header) {
  EXPECT_EQ(parse_value("on", Kind::boolean), Value(true));
  EXPECT_EQ(parse_value("1e3", Kind::real), Value(1000.0));
  EXPECT_EQ(parse_value("64,32", Kind::integers), Value(std::vector<std::int64_t>{64, 32}));
  for (const char* text : {"10abc", " 1", "3.0", "", "+1", "9223372036854775808"}) {
    EXPECT_THROW(parse_value(text, Kind::integer), ParseError) << text;
  }
  for (const char* text : {"64,", ",64", "64,,32", "64, 32", ","}) {
    EXPECT_THROW(parse_value(text, Kind::integers), ParseError) << text;
  }
  for (const char* text : {"inf", "nan", "1e999", "0x10", "1,5"}) {
    EXPECT_THROW(parse_value(text, Kind::real), ParseError) << text;
  }
  try {
    parse_value("10abc", Kind::integer);
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_STREQ(error.what(), "[parse_value] not an integer: \"10abc\"");
  }
}

TEST(Config, layers_and_remembers) {
  const std::vector<std::string> env{"HOME=/root", "TINYTORCH_OPTIM__LR=0.2", "TINYTORCH_=1", "TINYTORCH_X"};
  const std::vector<std::string> args{"--optim.lr=0.3"};
  const std::array layers{defaults(run_schema()), parse_toml("[optim]\nlr = 0.15\n", "run.toml"),
                          from_environment(env, "TINYTORCH_"), from_arguments(args)};
  EXPECT_EQ(layers[2].entries.size(), 1U);
  const Tree tree = merge(layers);
  const Entry* const lr = tree.find("optim.lr");
  ASSERT_NE(lr, nullptr);
  EXPECT_EQ(lr->value, Value("0.3"));
  EXPECT_EQ(to_string(lr->origin), "--optim.lr");
  ASSERT_EQ(lr->losers.size(), 3U);
  EXPECT_EQ(to_string(lr->losers[0].origin), "default");
  EXPECT_EQ(to_string(lr->losers[1].origin), "run.toml:2:1");
  EXPECT_EQ(to_string(lr->losers[2].origin), "TINYTORCH_OPTIM__LR");
}

TEST(Config, names_results_and_nothing_else) {
  const Schema schema = run_schema();
  const auto name = [&](const char* text) { return settings_hash(parse_toml(text, "run.toml"), schema); };
  const std::string same = name("optim.lr = 0.1\nseed = 3\n");
  EXPECT_EQ(name("# other text\nseed = 3\n[optim]\nlr = 1e-1\n"), same);
  EXPECT_EQ(name("threads = 8\nseed = 3\n"), same);
  EXPECT_NE(name("seed = 4\n"), same);
  EXPECT_NE(name("seed = 3\noptim.lr = 0.10000000000000002\n"), same);
  EXPECT_EQ(canonical(parse_toml("optim.lr = -0.0\n", "run.toml"), schema),
            "optim.lr = 0\noptim.name = \"adam\"\nseed = 1\ntrain.epochs = 5\ntrain.steps = 0\n");
  EXPECT_EQ(same.size(), 16U);
}

// Two texts that would read alike if a line end in a text were written as it is.
TEST(Config, no_text_forges_a_line) {
  Schema schema;
  schema.add("a", "", "");
  schema.add("b", "", "");
  const auto name = [&](const char* text) { return canonical(parse_toml(text, "run.toml"), schema); };
  EXPECT_NE(name("a = \"x\\\"\\nb = \\\"y\"\n"), name("a = \"x\"\nb = \"y\"\n"));
}

}  // namespace
}  // namespace tinytorch::config
