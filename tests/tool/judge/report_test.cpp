#include "src/tito/judge/report.hpp"

#include "src/tito/build/calls.hpp"
#include "src/tito/build/compile.hpp"
#include "src/tito/judge/results.hpp"
#include "src/tito/judge/where.hpp"
#include "src/tito/util/text.hpp"
#include "tests/tool/samples.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

Lab mlp_lab() {
  Lab lab;
  lab.number = "02";
  lab.folder = "02_mlp";
  lab.units = {{"nn/linear", "A", "linear", 1}};
  for (const auto& [id, title, points] :
       {std::tuple{"2.1", "flops", 30.0}, std::tuple{"2.2", "linear_forward", 50.0}, std::tuple{"2.3", "relu", 20.0}}) {
    Task task;
    task.id = id;
    task.title = title;
    task.unit = "nn/linear";
    task.points = points;
    lab.tasks.push_back(task);
  }
  return lab;
}

TestRecord wrong_bias() {
  TestRecord wrong = record("bias_is_added_to_every_row", "2.2", Verdict::wrong);
  wrong.signature = "00c0ffee";
  wrong.wrong = {{"(2,1)x(1,1)",
                  {{"x", "[[1],[0]]"}, {"W", "[[0]]"}, {"b", "[2]"}},
                  "y",
                  "[[2],[2]]",
                  "[[2],[0]]",
                  "first difference at [1,0]: expected 2, got 0"}};
  return wrong;
}

ReportOptions seed_five() {
  ReportOptions options;
  options.seed = 5;
  return options;
}

TEST(Report, a_failure_explains_itself) {
  const Causes causes = {{"bias_is_added_to_every_row", "the bias is added to the first row only"}};
  EXPECT_EQ(failure_text({}, mlp_lab(), wrong_bias(), causes, seed_five()),
            "WRONG  2.2 linear_forward · bias_is_added_to_every_row · seed 5 · smallest case (2,1)x(1,1)\n"
            "  x = [[1],[0]]  W = [[0]]  b = [2]\n"
            "  expected [[2],[2]]   yours [[2],[0]]   first difference at [1,0]: expected 2, got 0\n"
            "  this is what you get when: the bias is added to the first row only\n"
            "  again: ./tito test 02 --only bias_is_added_to_every_row --seed 5\n");
}

TEST(Report, a_failure_without_a_known_cause_names_none) {
  const Causes causes = {{"another_test", "something else"}};
  EXPECT_EQ(failure_text({}, mlp_lab(), wrong_bias(), causes, {}).find("this is what"), std::string::npos);
}

TEST(Report, what_expected_and_yours_say_is_not_said_again) {
  TestRecord wrong = wrong_bias();
  const auto last_line = [&](const char* expected, const char* yours, const char* difference) {
    wrong.wrong[0] = {"1", {}, "rate", expected, yours, difference};
    const std::string text = failure_text({}, mlp_lab(), wrong, {}, {});
    const auto begin = text.find("  rate:");
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(last_line("\"new\"", "\"old\"", "expected \"new\", got \"old\""),
            "  rate:   expected \"new\"   yours \"old\"");
  EXPECT_EQ(last_line("[nothing]", "\"waits\"", "expected [nothing], got \"waits\""),
            "  rate:   expected [nothing]   yours \"waits\"");
  EXPECT_EQ(last_line("<= 70", "71", "expected a number <= 70, got 71"), "  rate:   expected <= 70   yours 71");
  EXPECT_EQ(last_line("0", "nan", "expected 0, got nan, more than 1 apart"),
            "  rate:   expected 0   yours nan   expected 0, got nan, more than 1 apart");
}

TEST(Report, long_values_get_lines_of_their_own) {
  TestRecord wrong = wrong_bias();
  wrong.wrong[0].expected = std::string(80, '7');
  wrong.wrong[0].what = "running mean";
  ReportOptions options;
  options.stack = "work:02,03";
  EXPECT_EQ(failure_text({}, mlp_lab(), wrong, {}, options),
            "WRONG  2.2 linear_forward · bias_is_added_to_every_row · seed 1 · smallest case (2,1)x(1,1)\n"
            "  x = [[1],[0]]  W = [[0]]  b = [2]\n"
            "  running mean:\n  expected " +
                std::string(80, '7') +
                "\n  yours [[2],[0]]\n  first difference at [1,0]: expected 2, got 0\n"
                "  again: ./tito test 02 --only bias_is_added_to_every_row --seed 1 --stack work:02,03\n");
}

TEST(Report, nothing_is_said_twice) {
  TestRecord wrong = wrong_bias();
  const auto lines_after_the_inputs = [&](const char* expected, const char* yours, const char* difference) {
    wrong.wrong[0].expected = expected;
    wrong.wrong[0].yours = yours;
    wrong.wrong[0].difference = difference;
    return split_lines(failure_text({}, mlp_lab(), wrong, {}, {})).at(2);
  };
  EXPECT_EQ(lines_after_the_inputs("true", "false", "expected true, got false"), "  expected true   yours false");
  EXPECT_EQ(lines_after_the_inputs("[2]", "[0]", "first difference at [0]: expected 2, got 0"),
            "  expected [2]   yours [0]");
  EXPECT_EQ(lines_after_the_inputs("[1, nothing]", "\"waits\"", "expected [1, nothing], got \"waits\""),
            "  expected [1, nothing]   yours \"waits\"");
}

TEST(Report, a_long_sentence_is_broken_between_words) {
  TestRecord wrong = wrong_bias();
  wrong.wrong[0].difference = "schedule 0:";
  for (int i = 0; i < 60; ++i) wrong.wrong[0].difference += " consumer waits;";
  TestRecord crash = record("flops_are_counted", "2.1", Verdict::crash);
  crash.detail = wrong.wrong[0].difference;
  for (const TestRecord& failure : {wrong, crash}) {
    const std::string text = failure_text({}, mlp_lab(), failure, {}, {});
    EXPECT_NE(text.find("\n  schedule 0: consumer waits;"), std::string::npos) << text;
    EXPECT_NE(text.find("\n    consumer waits;"), std::string::npos) << text;
    for (const std::string& line : split_lines(text)) EXPECT_LE(line.size(), 116U) << line;
  }
}

TEST(Report, a_crash_shows_how_and_what_was_printed) {
  TestRecord crash = record("flops_are_counted", "2.1", Verdict::crash);
  crash.detail = "signal 11, segmentation fault";
  crash.output = "i = 3\n";
  EXPECT_EQ(failure_text({}, mlp_lab(), crash, {}, {}),
            "CRASH  2.1 flops · flops_are_counted · seed 1\n"
            "  signal 11, segmentation fault\n"
            "  where: the same with --asan shows the line\n"
            "  printed meanwhile:\n    i = 3\n"
            "  again: ./tito test 02 --only flops_are_counted --seed 1\n");
}

TEST(Report, a_sanitizer_is_quoted_in_short) {
  TestRecord crash = record("flops_are_counted", "2.1", Verdict::crash);
  crash.detail = "ended with exit code 1";
  crash.output =
      "=====\n==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x61 at pc 0x55\nREAD of size 4\n"
      "    #0 0x55 in tinytorch::flops(int) /c/work/02_mlp/linear.cpp:118\n"
      "    #1 0x55 in operator() /c/modules/02_mlp/tests/flops.cpp:23\n    #2 0x55 in main (/c/lab_02+0x1)\n";
  Context context;
  context.root = "/c";
  context.preset = "asan";
  EXPECT_EQ(failure_text(context, mlp_lab(), crash, {}, {}),
            "CRASH  2.1 flops · flops_are_counted · seed 1\n"
            "  ended with exit code 1\n"
            "  AddressSanitizer: heap-buffer-overflow on address 0x61 at pc 0x55\n"
            "    at work/02_mlp/linear.cpp:118\n"
            "  again: ./tito test 02 --only flops_are_counted --seed 1\n");
}

TEST(Report, a_crash_shows_its_case_and_line) {
  TestRecord crash = record("flops_are_counted", "2.1", Verdict::crash);
  crash.detail = "signal 8, an integer was divided by zero";
  crash.last = {"(2,3)", {{"x", "[[1, 0, 0], [0, 0, 0]]"}, {"n", "0"}}, {}};
  crash.where = "linear.cpp:42";
  EXPECT_EQ(failure_text({}, mlp_lab(), crash, {}, {}),
            "CRASH  2.1 flops · flops_are_counted · seed 1 · case (2,3)\n"
            "  signal 8, an integer was divided by zero\n"
            "  x = [[1, 0, 0], [0, 0, 0]]  n = 0\n"
            "  where: linear.cpp:42\n"
            "  again: ./tito test 02 --only flops_are_counted --seed 1\n");
  crash.verdict = Verdict::timeout;
  EXPECT_NE(failure_text({}, mlp_lab(), crash, {}, {}).find("where: linear.cpp:42, when it was stopped\n"),
            std::string::npos);
  crash.verdict = Verdict::crash;
  crash.where = "";
  crash.detail = "called exit(0)";
  EXPECT_EQ(failure_text({}, mlp_lab(), crash, {}, {}).find("where:"), std::string::npos)
      << "a sanitizer says nothing about exit";
}

TEST(Report, the_line_is_the_innermost_of_the_students) {
  const std::vector<fs::path> mine{"/c/work/02_mlp/linear.cpp"};
  EXPECT_EQ(student_line({"??:0", "/c/include/tensor.hpp:9", "/c/work/02_mlp/linear.cpp:42 (discriminator 3)",
                          "/c/work/02_mlp/linear.cpp:7"},
                         mine),
            "linear.cpp:42");
  EXPECT_EQ(student_line({"/c/tests/linear.cpp:3"}, mine), "");
  std::vector<std::string> deep(20, "/c/work/02_mlp/linear.cpp:12");
  deep.insert(deep.begin(), "/c/work/02_mlp/linear.cpp:11");
  EXPECT_EQ(student_line(deep, mine), "linear.cpp:12, which calls itself without end");
}

TEST(Report, equal_frames_of_a_sanitizer_are_folded) {
  TestRecord crash = record("flops_are_counted", "2.1", Verdict::crash);
  crash.detail = "ended with exit code 1";
  crash.output = "==7==ERROR: AddressSanitizer: stack-overflow on address 0x7f\n";
  for (int i = 0; i < 240; ++i) crash.output += "    #1 0x55 in f(int) /c/work/02_mlp/linear.cpp:118\n";
  Context context;
  context.root = "/c";
  context.preset = "asan";
  EXPECT_NE(failure_text(context, mlp_lab(), crash, {}, {})
                .find("stack-overflow on address 0x7f\n    at work/02_mlp/linear.cpp:118 (240 times)\n  again"),
            std::string::npos)
      << failure_text(context, mlp_lab(), crash, {}, {});
}

TEST(Report, the_most_telling_failure_is_shown) {
  const auto in_a_case = [](const std::string& name, const std::string& task) {
    TestRecord wrong = wrong_bias();
    wrong.test = {name, task, {}};
    return wrong;
  };
  const auto shown_first = [](const std::vector<TestRecord>& records) { return most_telling(records)->test.name; };
  const TestRecord crash = record("crashes", "2.2", Verdict::crash), hangs = record("hangs", "2.2", Verdict::timeout);
  const TestRecord digits = in_a_case("float64_keeps_its_digits", "2.2"), plain = in_a_case("rows_meet", "2.2");
  TestRecord close = in_a_case("sums", "2.2");
  close.wrong[0].last_digits = true;
  EXPECT_EQ(shown_first({record("passes", "2.1", Verdict::pass), digits, plain}), "rows_meet");
  EXPECT_EQ(shown_first({hangs, crash, plain}), "rows_meet");
  EXPECT_EQ(shown_first({hangs, crash}), "crashes");
  EXPECT_EQ(shown_first({close, plain}), "rows_meet");
  EXPECT_EQ(shown_first({close, hangs}), "sums");
  EXPECT_EQ(shown_first({plain, in_a_case("bias", "2.2")}), "rows_meet") << "the first in the file";
  EXPECT_EQ(shown_first({crash, in_a_case("relu", "2.3")}), "crashes") << "tasks build on each other";
  EXPECT_EQ(shown_first({record("hole", "2.1", Verdict::todo), digits}), "float64_keeps_its_digits");
  EXPECT_EQ(shown_first({record("hole", "2.1", Verdict::todo), record("other", "2.2", Verdict::todo)}), "hole");
  EXPECT_EQ(most_telling({record("passes", "2.1", Verdict::pass)}), nullptr);
}

TEST(Report, the_thread_sanitizer_s_two_accesses_are_quoted) {
  TestRecord crash = record("flops_are_counted", "2.1", Verdict::crash);
  crash.detail = "ended with exit code 66";
  crash.output =
      "==================\nWARNING: ThreadSanitizer: data race (pid=11)\n"
      "  Read of size 8 at 0x7b by main thread:\n"
      "    #0 tinytorch::flops(int) /c/work/02_mlp/linear.cpp:118 (lab_02+0x1)\n\n"
      "  Previous write of size 8 at 0x7b by thread T1 (mutexes: write M0):\n"
      "    #0 tinytorch::relu() /c/work/02_mlp/linear.cpp:20 (lab_02+0x2)\n"
      "SUMMARY: ThreadSanitizer: data race /c/work/02_mlp/linear.cpp:118 in tinytorch::flops(int)\n";
  Context context;
  context.root = "/c";
  context.preset = "tsan";
  EXPECT_EQ(failure_text(context, mlp_lab(), crash, {}, {}),
            "CRASH  2.1 flops · flops_are_counted · seed 1\n"
            "  ended with exit code 66\n"
            "  ThreadSanitizer: data race\n"
            "    Read of size 8 by main thread:\n"
            "    at work/02_mlp/linear.cpp:118\n"
            "    Previous write of size 8 by thread T1 (mutexes: write M0):\n"
            "    at work/02_mlp/linear.cpp:20\n"
            "  again: ./tito test 02 --only flops_are_counted --seed 1\n");
}

TEST(Report, an_open_hole_shows_its_place) {
  TemporaryFolder folder;
  Context context;
  context.root = folder.path();
  context.work = folder.path() / "work";
  folder.write("work/02_mlp/linear.cpp", "\n\n  TINYTORCH_TODO(\"2.1\");  // count\n");
  TestRecord todo = record("relu_cuts", "2.3", Verdict::todo);
  todo.todo = {"2.1"};
  EXPECT_EQ(failure_text(context, mlp_lab(), todo, {}, {}),
            "TODO   2.3 relu · relu_cuts · waits for 2.1\n"
            "  the next hole: work/02_mlp/linear.cpp:3   stuck? ./tito hint 2.1\n");
}

TEST(Report, a_part_that_comes_after_another_lab_says_so_until_that_lab_is_complete) {
  TemporaryFolder folder;
  Context context;
  context.root = folder.path();
  context.work = folder.path() / "work";
  folder.write("work/02_mlp/linear.cpp", "  TINYTORCH_TODO(\"2.3\");  // cut\n");
  Lab lab = mlp_lab();
  lab.units[0].part = "C";
  lab.units[0].after = {"04"};
  TestRecord todo = record("relu_cuts", "2.3", Verdict::todo);
  todo.todo = {"2.3"};
  const std::string head = "TODO   2.3 relu · relu_cuts\n";
  EXPECT_EQ(failure_text(context, lab, todo, {}, {}), head + "  part C comes after lab 04\n");
  save_result(context, {"04_autograd", "2026-01-31 14:25", "work", 1, 60, 100, {}});
  EXPECT_EQ(failure_text(context, lab, todo, {}, {}), head + "  part C comes after lab 04\n");
  save_result(context, {"04_autograd", "2026-01-31 14:25", "work", 1, 100, 100, {}});
  EXPECT_EQ(failure_text(context, lab, todo, {}, {}),
            head + "  the next hole: work/02_mlp/linear.cpp:1   stuck? ./tito hint 2.3\n");
}

TEST(Report, the_whole_run) {
  std::vector<TestRecord> records = {record("flops_are_counted", "2.1", Verdict::pass), wrong_bias(),
                                     record("relu_cuts", "2.3", Verdict::todo)};
  records[2].todo = {"2.2"};
  const Lab judged = mlp_lab();  // the score points into it
  const LabScore total = score(judged, records);
  EXPECT_EQ(total.points, 30);
  EXPECT_FALSE(total.complete());
  const std::string text = report_text({}, judged, total, records, {}, {});
  EXPECT_EQ(text,
            "02_mlp · work · seed 1\n\n"
            "  2.1   flops           PASS      30/30\n"
            "  2.2   linear_forward  WRONG      0/50\n"
            "  2.3   relu            TODO       0/20   waits for 2.2\n\n" +
                failure_text({}, mlp_lab(), wrong_bias(), {}, {}) +
                "\n2 tests don't pass yet; --all shows each of them\n30/100\n");
}

TEST(Report, colour_only_repeats_the_words) {
  Context colour;
  colour.colour = true;
  std::string text = failure_text(colour, mlp_lab(), wrong_bias(), {}, {});
  EXPECT_NE(text.find("\033["), std::string::npos);
  for (auto at = text.find("\033["); at != std::string::npos; at = text.find("\033[")) {
    text.erase(at, text.find('m', at) + 1 - at);
  }
  EXPECT_EQ(text, failure_text({}, mlp_lab(), wrong_bias(), {}, {}));
}

TEST(Report, json_holds_every_verdict) {
  std::vector<TestRecord> records = {record("flops_are_counted", "2.1", Verdict::pass), wrong_bias(),
                                     record("relu_cuts", "2.3", Verdict::timeout)};
  records[2].detail = "printed \xff bytes";
  const auto json = nlohmann::json::parse(report_json(mlp_lab(), score(mlp_lab(), records), seed_five()));
  EXPECT_EQ(json.at("points"), 30);
  EXPECT_EQ(json.at("possible"), 100);
  EXPECT_EQ(json.at("seed"), 5);
  EXPECT_EQ(json.at("tasks")[1].at("tests")[0].at("wrong")[0].at("yours"), "[[2],[0]]");
  EXPECT_EQ(json.at("tasks")[2].at("verdict"), "TIMEOUT");
}

TEST(Report, json_of_a_compile_error_earns_nothing) {
  const auto json = nlohmann::json::parse(failure_json(mlp_lab(), seed_five(), 100, "linear.cpp:1:1: error: what"));
  EXPECT_EQ(json.at("verdict"), "COMPILE_ERROR");
  EXPECT_EQ(json.at("points"), 0);
  EXPECT_EQ(json.at("message"), "linear.cpp:1:1: error: what");
}

TEST(Score, a_step_is_earned_by_its_own_tests) {
  Lab stepped = mlp_lab();
  stepped.tasks.resize(1);
  stepped.tasks[0].steps = {{"cache", 10, {"few_misses"}}};
  std::vector<TestRecord> records = {record("flops_are_counted", "2.1", Verdict::pass),
                                     record("few_misses", "2.1", Verdict::wrong)};
  EXPECT_EQ(score(stepped, records).points, 20);
  EXPECT_EQ(score(stepped, records).tasks[0].verdict, Verdict::wrong);
  std::swap(records[0].verdict, records[1].verdict);
  EXPECT_EQ(score(stepped, records).points, 10);
}

TEST(Score, points_without_a_test_are_our_trouble) {
  const std::vector<TestRecord> records = {record("flops_are_counted", "2.1", Verdict::pass)};
  EXPECT_THROW(score(mlp_lab(), records), CommandError);
  EXPECT_EQ(score(mlp_lab(), records, false).points, 30);
  EXPECT_THROW(score(mlp_lab(), {record("x", "9.9", Verdict::pass)}, false), CommandError);
  Lab stepped = mlp_lab();
  stepped.tasks.resize(1);
  stepped.tasks[0].steps = {{"cache", 10, {"no_such_test"}}};
  EXPECT_THROW(score(stepped, records), CommandError);
  stepped.tasks[0].steps = {{"cache", 10, {"flops_are_counted"}}};
  EXPECT_THROW(score(stepped, records), CommandError);  // twenty points that no test gives
}

TEST(CompileError, is_the_first_one_with_its_line) {
  const std::string output =
      "work/01/a.cpp: In function 'int f()':\nwork/01/a.cpp:3:1: warning: unused\n    3 | int\n      | ^\n"
      "work/01/a.cpp:7:5: error: expected ';'\n    7 | x\n      | ^\nwork/01/a.cpp:9:5: error: second\n";
  EXPECT_EQ(first_error(output, "work/01/a.cpp"), "work/01/a.cpp:7:5: error: expected ';'\n    7 | x\n      | ^");
  for (const std::string source : {"  116 | x\n      | ^", " 1116 | x\n      | ^", "12345 | x\n      | ^"})
    EXPECT_EQ(first_error("a.cpp:9:5: error: e\n" + source + "\n  1 | y", "a.cpp"), "a.cpp:9:5: error: e\n" + source);
}

TEST(CompileError, in_a_header_names_the_students_line) {
  const std::string output =
      "In file included from work/01/a.cpp:2:\ninclude/t.hpp: In instantiation of 'T f()':\n"
      "work/01/a.cpp:8:3:   required from here\ninclude/t.hpp:5:5: error: no match\n";
  EXPECT_EQ(first_error(output, "work/01/a.cpp"),
            "include/t.hpp:5:5: error: no match\nwork/01/a.cpp:8:3:   required from here");
}

TEST(Hash, pieces_have_borders) {
  EXPECT_NE(Hash().add("ab").add("c").text(), Hash().add("a").add("bc").text());
  EXPECT_EQ(Hash().add("ab").text(), Hash().add("ab").text());
  EXPECT_EQ(Hash().text().size(), 16U);
}

TEST(CallCounters, wrap_each_function) {
  const std::vector<CountedFunction> functions = {{"_Z1fv", "f()", "core/one"}, {"_Z1gi", "g(int)", "core/two"}};
  const std::string text = trampolines(functions);
  for (const char* part : {"__wrap__Z1fv:", "__real__Z1gi", ".string \"g(int)\"", ".string \"core/one\"", "tt_calls"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(wrap_options(functions), (std::vector<std::string>{"-Wl,--wrap=_Z1fv", "-Wl,--wrap=_Z1gi"}));
}

}  // namespace
}  // namespace tinytorch::tito
