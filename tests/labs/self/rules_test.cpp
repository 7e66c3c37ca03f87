#include "tests/labs/mutants/rules.hpp"

#include "tests/labs/mutants/generated.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

std::vector<std::string> texts(const std::string& code) {
  std::vector<std::string> list;
  for (const Token& token : tokens_of(code)) list.push_back(token.text);
  return list;
}

// A unit whose one hole holds the code.
UnitSource unit(const std::string& code) {
  const std::string text = "int f(int a, int b) {\n  // BEGIN SOLUTION 1.1\n" + code + "\n  // END SOLUTION\n}\n";
  return {"core/one", text, parse_source(text, "one.cpp")};
}

// "rule: what the changed lines become" for each mutant.
std::set<std::string> changes(const std::string& code) {
  std::set<std::string> list;
  for (const TokenMutant& mutant : token_mutants(unit(code))) list.insert(mutant.rule + ": " + mutant.after);
  return list;
}

TEST(Tokens, KnowWordsNumbersTextsAndTheLongestSymbol) {
  EXPECT_EQ(texts("a+=b->c[1'000] <<= 0x1F;"),
            (std::vector<std::string>{"a", "+=", "b", "->", "c", "[", "1'000", "]", "<<=", "0x1F", ";"}));
  EXPECT_EQ(texts(R"(f("a, \" b", 'c', 1e-3F))"),
            (std::vector<std::string>{"f", "(", R"("a, \" b")", ",", "'c'", ",", "1e-3F", ")"}));
}

TEST(Tokens, LeaveCommentsAndThePreprocessorOut) {
  EXPECT_EQ(texts("a;  // b < c\n  #define d e\n/* f */ g"), (std::vector<std::string>{"a", ";", "g"}));
}

TEST(TokenMutants, ChangeBinaryOperatorsAndLeaveBracketsAndPointersAlone) {
  EXPECT_EQ(changes("const std::vector<int>* x = *y < z ? &y : &z;"),
            (std::set<std::string>{"< -> <=: const std::vector<int>* x = *y <= z ? &y : &z;"}));
  EXPECT_TRUE(changes("return a - b;").count("- -> +: return a + b;"));
  EXPECT_TRUE(changes("return -a && b;").count("&& -> ||: return -a || b;"));
  EXPECT_EQ(changes("return -a && b;").size(), 1u);
}

TEST(TokenMutants, MakeNumbersOneLarger) {
  EXPECT_TRUE(changes("return x[0];").count("0 -> 1: return x[1];"));
  EXPECT_TRUE(changes("return 0.5F;").count("0.5F -> 1.5F: return 1.5F;"));
  EXPECT_TRUE(changes("return 1e-3;").empty());
}

TEST(TokenMutants, DropStatementsButNoDeclarations) {
  const auto list = changes("int n = 1;\na = b;\nif (a > b) throw 7;\nreturn n;");
  EXPECT_TRUE(list.count("drop the statement: ;"));
  const auto dropped = [](const std::string& code) {
    const auto mutants = token_mutants(unit(code));
    return std::count_if(mutants.begin(), mutants.end(),
                         [](const TokenMutant& mutant) { return mutant.rule == "drop the statement"; });
  };
  EXPECT_EQ(dropped("int n = 1;\na = b;\nif (a > b) throw 7;\nreturn n;"), 2);
  EXPECT_EQ(dropped("for (int i = 0; i < b; ++i) {\n  a += i;\n  std::size_t k = 0;\n}"), 1);
  EXPECT_EQ(dropped("T best = x;\nstd::vector<int> v{1, 2};\nauto w = f(1);"), 0);
}

TEST(TokenMutants, ExchangeNeighbouringArguments) {
  EXPECT_TRUE(changes("f(a, g(b, 1));").count("exchange a and g(b, 1): f(g(b, 1), a);"));
  EXPECT_TRUE(changes("f(a, g(b, 1));").count("exchange b and 1: f(a, g(1, b));"));
  EXPECT_TRUE(changes("Shape s{rows, columns};").count("exchange rows and columns: Shape s{columns, rows};"));
  EXPECT_TRUE(changes("f(a, a);").empty() == false);  // the call can still be dropped
  EXPECT_EQ(changes("f(a, a);").size(), 1u);
  EXPECT_TRUE(changes("const auto g = [](const T* x, std::int64_t n) { return x; };").empty());
}

TEST(TokenMutants, LeaveArgumentsWhoseOrderChangesNothing) {
  EXPECT_TRUE(changes("return std::min(a, b);").empty());
  EXPECT_TRUE(changes("return std::max<std::int64_t>(a, b);").empty());
  EXPECT_TRUE(changes("return std::max(std::min(a, b), b);").empty());
  EXPECT_FALSE(changes("return std::min({a, b, x});").count("exchange a and b: return std::min({b, a, x});"));
  EXPECT_FALSE(changes("return std::min({a, b, x});").count("exchange b and x: return std::min({a, x, b});"));
  EXPECT_TRUE(changes("return f({a, b});").count("exchange a and b: return f({b, a});"));
  EXPECT_TRUE(changes("return x.max(a, b);").count("exchange a and b: return x.max(b, a);"));
  EXPECT_TRUE(changes("return other::max(a, b);").count("exchange a and b: return other::max(b, a);"));
  EXPECT_TRUE(changes("return std::max(f(a, b), a);").count("exchange a and b: return std::max(f(b, a), a);"));
  EXPECT_TRUE(changes("return max(a, b);").count("exchange a and b: return max(b, a);"));
  EXPECT_EQ(changes("return std::clamp(a, b, x);"),
            std::set<std::string>{"exchange b and x: return std::clamp(a, x, b);"});
  EXPECT_EQ(changes("return std::fma(a, b, x);"), std::set<std::string>{"exchange b and x: return std::fma(a, x, b);"});
  EXPECT_TRUE(changes("return std::min(a < b, x);").count("< -> <=: return std::min(a <= b, x);"));
}

TEST(TokenMutants, LeaveHalfwayWithTheHolesOwnLastReturn) {
  EXPECT_TRUE(changes("int n = a;\nn += b;\nreturn n;").count("return halfway: if (true) return n; n += b;"));
  EXPECT_TRUE(changes("a = 1;\nb = 2;\na = b;").count("return halfway: if (true) return; b = 2;"));
}

TEST(TokenMutants, SayWhereAndOfWhichTask) {
  const TokenMutant mutant = token_mutants(unit("return a + b;")).front();
  EXPECT_EQ(mutant.task, "1.1");
  EXPECT_EQ(mutant.line, 3u);
  EXPECT_EQ(mutant.before, "return a + b;");
  EXPECT_NE(mutant.text.find("return a - b;"), std::string::npos);
  EXPECT_NE(mutant.text.find("// END SOLUTION"), std::string::npos);
}

TEST(TokenMutants, TouchNothingOutsideHolesAndHelpers) {
  const std::string text =
      "int f(int a) { return a + 1; }\n// BEGIN HELPER 1.1\nint g(int a) { return a - 2; }\n// END HELPER\n";
  const auto mutants = token_mutants({"core/one", text, parse_source(text, "one.cpp")});
  ASSERT_EQ(mutants.size(), 2u);
  for (const TokenMutant& mutant : mutants) EXPECT_NE(mutant.text.find("return a + 1;"), std::string::npos);
}

TEST(Equivalents, HaveAReasonAndBothSides) {
  const auto entries =
      parse_equivalents("# ledger\nwhy: 0 < n always\n- if (n > 0)\n-   go();\n+ if (n >= 0)\n+ go();\n", "x");
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].why, "0 < n always");
  EXPECT_EQ(entries[0].before, "if (n > 0) go();");
  EXPECT_EQ(entries[0].after, "if (n >= 0) go();");
  EXPECT_THROW(parse_equivalents("- a\n+ b\n", "x"), CommandError);
  EXPECT_THROW(parse_equivalents("why: because\n- a\n", "x"), CommandError);
  EXPECT_THROW(parse_equivalents("why:\n- a\n+ b\n", "x"), CommandError);
  EXPECT_THROW(parse_equivalents("why: so\na\n", "x"), CommandError);
}

Judged judged(Fate fate, const std::string& after = "changed") {
  Judged one;
  one.fate = fate;
  one.mutant.before = "right";
  one.mutant.after = after;
  if (fate == Fate::killed) one.by = "1.1 adds_up (WRONG)";
  return one;
}

// So many of each fate.
GeneratedReport report_of(std::size_t killed, std::size_t survived, std::size_t equivalent = 0, std::size_t refused = 0,
                          std::size_t same = 0) {
  GeneratedReport report;
  const auto add = [&](Fate fate, std::size_t count) {
    report.judged.insert(report.judged.end(), count, judged(fate));
  };
  add(Fate::killed, killed);
  add(Fate::survived, survived);
  add(Fate::equivalent, equivalent);
  add(Fate::refused, refused);
  add(Fate::same, same);
  return report;
}

// What is wrong with a lab of that ledger, one line each; "" stands for a lab without one.
std::vector<std::string> problems(const GeneratedReport& report, const std::string& ledger = "", bool whole = true) {
  const TemporaryFolder folder;
  Lab lab;
  lab.folder = "01_one";
  lab.dir = folder.path();
  if (!ledger.empty()) folder.write("equivalents.txt", ledger);
  return generated_problems(lab, report, whole);
}

using Problems = std::vector<std::string>;

TEST(Generated, RatesLeaveOutWhatTheCompilerRefusesOrMakesTheSame) {
  const GeneratedReport report = report_of(6, 2, 2, 5, 7);
  EXPECT_EQ(report.compiled(), 10u);
  EXPECT_EQ(report.kill_rate(), 6.0 / 8.0);
  EXPECT_EQ(report.equivalent_rate(), 2.0 / 10.0);
  EXPECT_EQ(report_of(0, 0, 0, 3, 3).kill_rate(), 1.0);
  EXPECT_EQ(report_of(0, 0, 0, 3, 3).equivalent_rate(), 0.0);
  EXPECT_EQ(report_of(0, 0, 4).kill_rate(), 1.0);
}

TEST(Generated, NinetyFiveInAHundredMustBeNoticed) {
  EXPECT_EQ(problems(report_of(95, 5)), Problems{});
  EXPECT_EQ(problems(report_of(94, 6)), Problems{"94.0 % of the mutants are noticed, 95 % must be"});
  EXPECT_EQ(problems({}), Problems{"no mutant was made"});
}

TEST(Generated, EightInAHundredMayBeArgued) {
  const std::string ledger = "why: nobody sees it\n- right\n+ changed\n";
  GeneratedReport report = report_of(0, 0, 8);
  report.judged.insert(report.judged.end(), 92, judged(Fate::killed, "another"));
  EXPECT_EQ(problems(report, ledger), Problems{});
  report.judged.back().fate = Fate::equivalent;
  EXPECT_EQ(problems(report, ledger), Problems{"9.0 % are argued to be equivalent, 8 % may be"});
}

TEST(Generated, AnEntryThatATestNoticesIsWrong) {
  GeneratedReport report = report_of(99, 0);
  report.judged.push_back(judged(Fate::killed, "argued"));
  const std::string ledger = "why: nobody sees it\n- right\n+ argued\n";
  const Problems noticed{"equivalents.txt argues for `argued`, and 1.1 adds_up (WRONG) notices it"};
  EXPECT_EQ(problems(report, ledger), noticed);
  EXPECT_EQ(problems(report, ledger, false), noticed);
}

TEST(Generated, AnEntryThatNoMutantNeedsIsStaleWhenAllWereJudged) {
  const GeneratedReport report = report_of(100, 0);
  const Problems stale{"equivalents.txt argues for what no rule makes: `gone`"};
  EXPECT_EQ(problems(report, "why: nobody sees it\n- right\n+ gone\n"), stale);
  EXPECT_EQ(problems(report, "why: nobody sees it\n- right\n+ gone\n", false), Problems{});
  GeneratedReport elsewhere = report;  // the new line alone does not make it the same change
  elsewhere.judged.push_back(judged(Fate::equivalent, "gone"));
  elsewhere.judged.back().mutant.before = "another line";
  EXPECT_EQ(problems(elsewhere, "why: nobody sees it\n- right\n+ gone\n"), stale);
}

}  // namespace
}  // namespace tinytorch::tito
