#include "tests/labs/contract.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

using Lines = std::vector<std::string>;

const std::map<std::string, std::string> headers{{"core/a.hpp", "/// Adds one. Throws\n/// Error.\nint f();\n"}};

Sentence tested(const std::string& says) { return {"core/a.hpp", says, {"adds_one"}, {"m01"}, ""}; }

TEST(Contract, a_block_of_comment_lines_is_one_text) {
  EXPECT_EQ(
      sentences_of(
          "/// One, e.g. this;\n/// and that. Two (2, 3) -> 6. `x` stays!\nint f();  // not this\n  /// -1 counts.\n"),
      (Lines{"One, e.g. this; and that.", "Two (2, 3) -> 6.", "`x` stays!", "-1 counts."}));
  EXPECT_EQ(sentences_of("int f();\n"), Lines{});
  EXPECT_EQ(sentences_of("/// a\n///\n/// b\n"), Lines{"a b"});
}

TEST(Contract, every_sentence_is_listed_in_its_place) {
  EXPECT_EQ(missing_sentences({tested("Adds one."), tested("Throws Error.")}, headers), Lines{});
  EXPECT_EQ(missing_sentences({tested("Adds one.")}, headers),
            Lines{"contract.toml lacks a sentence of core/a.hpp: Throws Error."});
  EXPECT_EQ(missing_sentences({tested("Adds one."), tested("Throws Error."), tested("Adds two.")}, headers),
            Lines{"core/a.hpp doesn't say: Adds two."});
  EXPECT_EQ(missing_sentences({tested("Throws Error."), tested("Adds one.")}, headers).size(), 1U);
  EXPECT_EQ(missing_sentences({{"core/b.hpp", "x", {}, {}, "why"}}, {}).size(), 1U);
}

TEST(Contract, a_header_of_another_name_counts_where_it_names_the_unit) {
  const std::string all = "/// Costs. (lab 02, unit nn/mlp)\nnamespace tinytorch::nn {\n/// Adds one.\nint f();\n}\n";
  EXPECT_EQ(said_of(all, "nn/mlp"), all);
  EXPECT_EQ(said_of(all, "nn/loss"), "");
  const std::string part =
      "/// Optimisers.\nnamespace tinytorch::optim {\n  /// Updates. Skips\n  /// some. (unit optim/loop)\n  void "
      "step();\n"
      "  /// Given.\n  void other();\n  /// Removes. (unit optim/loop)\n  void zero();\n}\n";
  EXPECT_EQ(sentences_of(said_of(part, "optim/loop")),
            (Lines{"Updates.", "Skips some.", "(unit optim/loop)", "Removes.", "(unit optim/loop)"}));
}

TEST(Contract, a_sentence_is_tested_or_argued) {
  const auto parse = [](const std::string& rest) {
    return parse_contract("[[sentence]]\nheader = \"core/a.hpp\"\nsays = \"Adds one.\"\n" + rest, "contract.toml");
  };
  EXPECT_EQ(parse("argued = \"a picture\"\n").at(0).argued, "a picture");
  EXPECT_EQ(parse("tests = [\"t\"]\nbroken = [\"m01\"]\n").at(0).broken, Lines{"m01"});
  EXPECT_THROW(parse(""), CommandError);
  EXPECT_THROW(parse("tests = [\"t\"]\n"), CommandError);
  EXPECT_THROW(parse("broken = [\"m01\"]\nargued = \"no\"\n"), CommandError);
  EXPECT_THROW(parse("argued = \"no\"\ntest = [\"t\"]\n"), CommandError);
}

TEST(Contract, names_must_exist) {
  Mutant m01;
  m01.name = "m01";
  EXPECT_EQ(unknown_names({tested("Adds one.")}, {{"adds_one", "1.1", {}}}, {m01}), Lines{});
  EXPECT_EQ(unknown_names({tested("Adds one.")}, {}, {}).size(), 2U);
}

TEST(Contract, a_broken_sentence_is_noticed_by_its_own_test) {
  Mistakes versions{{"m01", {"adds two", "1.1", {{"another_test", "5eed"}}}}};
  EXPECT_EQ(unnoticed({tested("Adds one.")}, versions).size(), 1U);
  versions["m01"].failures["adds_one"] = "CRASH signal 11";
  EXPECT_EQ(unnoticed({tested("Adds one.")}, versions), Lines{});
}

TEST(Contract, a_ledger_keeps_what_is_known) {
  const std::string text = contract_text({tested("Adds one.")}, headers);
  EXPECT_NE(text.find("says = \"Adds one.\"\ntests = [\"adds_one\"]\nbroken = [\"m01\"]\n"), std::string::npos);
  EXPECT_NE(text.find("says = \"Throws Error.\"\ntests = []\nbroken = []\n"), std::string::npos);
}

TEST(WrongVersions, say_what_is_wrong_and_what_they_are_like) {
  const Mutant wrong = parse_wrong("what: no bias\ntrue: m01_a, m02_b\n- x\n+ y\n+ z\n+ u\n+ v\n", "w01");
  EXPECT_EQ(wrong.hint, "no bias");
  EXPECT_EQ(wrong.like, (Lines{"m01_a", "m02_b"}));
  EXPECT_EQ(wrong.hunks.at(0).after.size(), 4U);
  EXPECT_TRUE(parse_wrong("what: no bias\ntrue:\n- x\n+ y\n", "w01").like.empty());
  EXPECT_THROW(parse_wrong("- x\n+ y\n", "w01"), CommandError);
}

}  // namespace
}  // namespace tinytorch::tito
