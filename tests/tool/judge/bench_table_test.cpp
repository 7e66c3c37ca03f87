#include "src/tito/judge/bench_table.hpp"

#include "src/tito/util/context.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::tito {
namespace {

constexpr const char* bench_output = R"({"context": {}, "benchmarks": [
 {"name": "matmul/48", "iterations": 10, "real_time": 2.0, "cpu_time": 1.9, "time_unit": "us", "FLOP/s": 3.0e9},
 {"name": "broken", "error_occurred": true, "real_time": 0.0, "time_unit": "ns"}]})";

TEST(Bench, reads_times_and_counters) {
  const auto runs = parse_bench(bench_output);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].nanoseconds, 2000);
  EXPECT_EQ(runs[0].counters, (std::map<std::string, double>{{"FLOP/s", 3.0e9}}));
  EXPECT_THROW(parse_bench("Segmentation fault"), CommandError);
}

TEST(Bench, the_middle_of_several_rounds) {
  EXPECT_EQ(middle({3, 1, 2}), 2);
  EXPECT_EQ(middle({4, 1, 2, 3}), 2.5);
  const BenchRun run = middle_run({{"m", 10, {{"c", 1}}}, {"m", 30, {{"c", 3}}}, {"m", 20, {{"c", 2}}}});
  EXPECT_EQ(run.nanoseconds, 20);
  EXPECT_EQ(run.counters.at("c"), 2);
}

TEST(Bench, ten_rounds_are_compared_by_a_test) {
  std::vector<double> first, other;
  for (int round = 0; round < 10; ++round) {
    first.push_back(100 + round);
    other.push_back((100 + round) / 2.0);
  }
  EXPECT_EQ(difference_text(first, other), "0.5 times as long (95 %: 0.5 to 0.5, p = 0.0019), faster");
  EXPECT_EQ(difference_text(first, first), "1 times as long (95 %: 1 to 1, p = 1), no difference shown");
  other.pop_back();
  EXPECT_EQ(difference_text(first, other), "") << "a round is missing";
  first.pop_back();
  EXPECT_EQ(difference_text(first, other), "") << "nine rounds show nothing";
}

TEST(Bench, figures_are_short) {
  EXPECT_EQ(time_text(12345), "12.3 us");
  EXPECT_EQ(time_text(2.5e9), "2.5 s");
  EXPECT_EQ(rate_text(3.21e9), "3.21 G");
  EXPECT_EQ(rate_text(12), "12");
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(rate_text(1.37e-9), "1.37 n");
}

TEST(Bench, the_table_shows_ratios_and_gaps) {
  const std::string table =
      bench_table({"work", "library"}, {"matmul/48", "add"},
                  {{"work", {{"matmul/48", {"matmul/48", 4000, {{"FLOP/s", 1e9}}}}}},
                   {"library", {{"matmul/48", {"matmul/48", 1000, {{"FLOP/s", 4e9}}}}, {"add", {"add", 12.5, {}}}}}});
  EXPECT_EQ(table,
            "benchmark                work             library\n"
            "matmul/48                4 us        1 us (0.25x)\n"
            "  FLOP/s                1 G/s               4 G/s\n"
            "add                         -             12.5 ns\n");
}

}  // namespace
}  // namespace tinytorch::tito
