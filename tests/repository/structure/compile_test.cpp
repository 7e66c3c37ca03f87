// What including a header costs: each compiles alone, and the two that most programs include stay light.

#include "tests/repository/structure/command.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <regex>
#include <sstream>
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

/// What the compiler reads for a program that includes one header: counts, which are the same on every machine.
struct Cost {
  std::size_t lines = 0;  ///< after preprocessing, without empty ones
  std::size_t files = 0;  ///< the header and all that it includes, the standard library's too
};

Cost cost(const fs::path& header) {
  const CommandResult text = compile(header, "-E", {"-P"}), list = compile(header, "-M", {});
  EXPECT_EQ(text.exit_code, 0) << text.output;
  EXPECT_EQ(list.exit_code, 0) << list.output;
  std::istringstream words(list.output);
  Cost cost{lines(text.output).size(), 0};
  for (std::string word; words >> word;)
    if (word.starts_with('/') && word != "/dev/null") ++cost.files;
  std::printf("%-36s %zu lines of %zu files\n", header.c_str(), cost.lines, cost.files);
  return cost;
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

// The limits are those of g++ 12 and its standard library; others read other files.
TEST(TensorHeader, is_31000_lines_or_fewer) {
  if (!TINYTORCH_COMPILER_IS_GCC_12) GTEST_SKIP() << "the limit is stated for g++ 12";
  const Cost tensor = cost("include/tinytorch/core/tensor.hpp");
  EXPECT_LE(tensor.lines, 31'000U);
  EXPECT_LE(tensor.files, 225U);
}

TEST(UmbrellaHeader, is_85000_lines_or_fewer) {
  if (!TINYTORCH_COMPILER_IS_GCC_12) GTEST_SKIP() << "the limit is stated for g++ 12";
  const Cost umbrella = cost("include/tinytorch/tinytorch.hpp");
  EXPECT_LE(umbrella.lines, 85'000U);
  EXPECT_LE(umbrella.files, 455U);
}

TEST(TorchHeader, is_88000_lines_or_fewer) {
  if (!TINYTORCH_COMPILER_IS_GCC_12) GTEST_SKIP() << "the limit is stated for g++ 12";
  const Cost torch = cost("include/tinytorch/torch.hpp");
  EXPECT_LE(torch.lines, 88'000U);
  EXPECT_LE(torch.files, 475U);
}

// torch.hpp is the umbrella and the headers that it leaves out.
TEST(UmbrellaHeader, or_torch_names_every_package_header) {
  std::vector<std::string> reached{"include/tinytorch/torch.hpp"};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const fs::path& target : includes(reached[i])) {
      if (std::find(reached.begin(), reached.end(), target.string()) == reached.end())
        reached.push_back(target.string());
    }
  }
  // Matrix kernels and their threads: lab 10 registers them, and few programs call them.
  const std::vector<std::string> apart{"core/kernels.hpp",       "core/gemm_loops.hpp", "core/gemm_packed.hpp",
                                       "core/gemm_parallel.hpp", "core/gemm_tiles.hpp", "core/simd.hpp",
                                       "core/thread_pool.hpp"};
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
