// The main function of every lab suite. The protocol between it and `tito` is in tests/kit/README.md.
#include "tests/kit/instruments/delays.hpp"
#include "tests/kit/suite/registry.hpp"
#include "tests/kit/suite/signals.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

constexpr const char* usage =
    "usage: %s [--list] [--tests NAME,NAME,...] [--seed S] [--delays S] [--report FD] [--stream FD] [--blind] "
    "[--simplified] "
    "[--explain] "
    "[--case K "
    "[--choices TEXT]] [--root DIR]\n";

struct Arguments {
  Options options;
  bool list = false;
  std::uint64_t delays = 0;
  std::vector<std::string> tests;  // empty: all
};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::optional<Arguments> read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--list") {
      arguments.list = true;
      continue;
    }
    if (name == "--blind") {
      arguments.options.blind = true;
      continue;
    }
    if (name == "--explain") {
      arguments.options.explain = true;
      continue;
    }
    if (name == "--simplified") {
      arguments.options.simplified = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::string_view value = argv[++i];
    bool good = true;
    if (name == "--seed")
      good = read_number(value, arguments.options.seed);
    else if (name == "--delays")
      good = read_number(value, arguments.delays);
    else if (name == "--report")
      good = read_number(value, arguments.options.report_fd);
    else if (name == "--stream")
      good = read_number(value, arguments.options.stream_fd);
    else if (name == "--case")
      good = read_number(value, arguments.options.only_case);
    else if (name == "--choices")
      good = (arguments.options.choices = read_choices(value)).has_value();
    else if (name == "--root")
      arguments.options.root = value;
    else if (name == "--tests")
      good = !(arguments.tests = split(value)).empty();
    else
      good = false;
    if (!good) return std::nullopt;
  }
  return arguments;
}

// Says what is wrong with the tests of this program or with the names asked for. Empty when all is well.
std::string complaint(const std::vector<std::string>& asked) {
  std::vector<std::string> names;
  for (const TestInfo& test : all_tests()) names.push_back(test.name);
  if (names.empty()) return "there is no test";
  for (const std::string& name : names)
    if (std::ranges::count(names, name) > 1) return "two tests have the name " + name;
  for (const std::string& name : asked)
    if (std::ranges::count(names, name) == 0) return "there is no test " + name;
  return "";
}

// GoogleTest reads environment variables before main. A lab's verdicts must not depend on them.
void prepare_gtest(const std::vector<std::string>& tests) {
  std::string filter;
  for (const std::string& name : tests) filter += "*." + name + ":";
  testing::GTEST_FLAG(filter) = tests.empty() ? "*" : filter;
  testing::GTEST_FLAG(repeat) = 1;
  testing::GTEST_FLAG(shuffle) = false;
  testing::GTEST_FLAG(output) = "";
  testing::GTEST_FLAG(list_tests) = false;
  testing::GTEST_FLAG(break_on_failure) = false;
  testing::GTEST_FLAG(throw_on_failure) = false;
  testing::GTEST_FLAG(fail_fast) = false;
  testing::GTEST_FLAG(also_run_disabled_tests) = true;
  for (const char* name : {"GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE"}) ::unsetenv(name);
  register_with_gtest();
  int argc = 1;
  char program[] = "lab";
  char* argv[] = {program, nullptr};
  testing::InitGoogleTest(&argc, argv);
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
}

int run(Arguments arguments) {
  if (arguments.list) {
    for (const TestInfo& test : all_tests()) std::fputs(list_line(test).c_str(), stdout);
    return 0;
  }
  std::signal(SIGPIPE, SIG_IGN);
  prepare_gtest(arguments.tests);
  const int fd = arguments.options.report_fd;
  if (arguments.options.explain && fd >= 0) report_signals(fd);
  auto reporter = fd >= 0 ? json_reporter(fd) : plain_reporter(arguments.options.seed);
  Run::current().start(std::move(arguments.options), std::move(reporter));
  set_delays(arguments.delays);
  const int result = RUN_ALL_TESTS();
  Run::current().finish();
  return result;
}

}  // namespace
}  // namespace tinytorch::lab

int main(int argc, char** argv) {
  auto arguments = tinytorch::lab::read_arguments(argc, argv);
  if (!arguments) {
    std::fprintf(stderr, tinytorch::lab::usage, argv[0]);
    return 2;
  }
  if (const std::string text = tinytorch::lab::complaint(arguments->tests); !text.empty()) {
    std::fprintf(stderr, "%s: %s\n", argv[0], text.c_str());
    return 2;
  }
  return tinytorch::lab::run(std::move(*arguments));
}
