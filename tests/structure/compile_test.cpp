// What including a header costs: each compiles alone, and the two that most programs include stay light.

#include "tests/structure/command.hpp"
#include "tests/structure/source_tree.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>
#include <regex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

const std::vector<std::string> every_warning = {"-Wall",    "-Wextra",      "-Wpedantic",
                                                "-Wshadow", "-Wconversion", "-Werror"};

CommandResult compile(const fs::path& header, const std::string& mode, const std::vector<std::string>& flags) {
  std::vector<std::string> words = compiler();
  words.insert(words.end(), flags.begin(), flags.end());
  // As a program includes it: a header given as the main file would warn of its `#pragma once`.
  words.insert(words.end(), {mode, "-include", (root() / header).string(), "-x", "c++", "/dev/null"});
  return run(words);
}

/// Processor seconds of the fastest run, with the flags of a program that asks for no warnings. What else the machine
/// does can only add to them, so a header over its limit gets more tries, up to ten.
double seconds_to_compile(const fs::path& header, double limit) {
  double best = std::numeric_limits<double>::infinity();
  int runs = 0;
  for (; runs < 3 || (runs < 10 && best > limit); ++runs)
    best = std::min(best, compile(header, "-fsyntax-only", {}).cpu_seconds);
  std::printf("%-36s %.2f s (-fsyntax-only, the best of %d)\n", header.c_str(), best, runs);
  return best;
}

TEST(PublicHeaders, compile_alone) {
  const std::vector<fs::path> headers = files("include", {".hpp"});
  ASSERT_FALSE(headers.empty());
  std::vector<CommandResult> results(headers.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < headers.size(); i = next++)
      results[i] = compile(headers[i], "-fsyntax-only", every_warning);
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
  workers.clear();
  for (std::size_t i = 0; i < headers.size(); ++i) {
    EXPECT_EQ(results[i].exit_code, 0) << headers[i] << "\n" << results[i].output;
    std::printf("%-44s %.2f s\n", headers[i].c_str(), results[i].cpu_seconds);
  }
}

TEST(TensorHeader, needs_none_of_the_heavy_headers) {
  const CommandResult list = compile("include/tinytorch/core/tensor.hpp", "-M", {});
  ASSERT_EQ(list.exit_code, 0) << list.output;
  ASSERT_NE(list.output.find("tinytorch/core/shape.hpp"), std::string::npos) << "not a list of files:\n" << list.output;
  static const std::regex heavy(R"(\S*/(Eigen/\S*|fmt/\S*|iostream|functional)(\s|$))");
  std::smatch found;
  EXPECT_FALSE(std::regex_search(list.output, found, heavy)) << found.str();
}

TEST(TensorHeader, compiles_in_0_6_seconds) {
  if (!TINYTORCH_COMPILER_IS_GCC) GTEST_SKIP() << "the limit is stated for g++";
  EXPECT_LE(seconds_to_compile("include/tinytorch/core/tensor.hpp", 0.6), 0.6);
}

TEST(UmbrellaHeader, compiles_in_2_5_seconds) {
  if (!TINYTORCH_COMPILER_IS_GCC) GTEST_SKIP() << "the limit is stated for g++";
  EXPECT_LE(seconds_to_compile("include/tinytorch/tinytorch.hpp", 2.5), 2.5);
}

TEST(UmbrellaHeader, names_every_package_header) {
  const std::string umbrella = read("include/tinytorch/tinytorch.hpp");
  std::vector<std::string> reached{"include/tinytorch/tinytorch.hpp"};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const fs::path& target : includes(reached[i])) {
      if (std::find(reached.begin(), reached.end(), target.string()) == reached.end())
        reached.push_back(target.string());
    }
  }
  // What a program asks for by itself: the labs' instruments and the command line tool's hooks.
  const std::vector<std::string> apart{"core/calls.hpp", "core/guard.hpp", "core/kernels.hpp",
                                       "core/machine_profile.hpp", "core/traced.hpp"};
  std::string missing;
  for (const fs::path& header : files("include", {".hpp"})) {
    const bool is_apart = std::any_of(apart.begin(), apart.end(),
                                      [&](const std::string& name) { return header.string().ends_with(name); });
    const bool is_reached = std::find(reached.begin(), reached.end(), header.string()) != reached.end();
    if (!is_apart && !is_reached) missing += header.string() + "\n";
  }
  EXPECT_EQ(missing, "");
}

}  // namespace
}  // namespace tinytorch::structure
