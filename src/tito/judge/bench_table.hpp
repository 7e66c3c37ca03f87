// Figures of Google Benchmark runs, collected over rounds and stacks.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// One benchmark in one run of the program.
struct BenchRun {
  std::string name;                        // "matmul/48"
  double nanoseconds = 0;                  // per iteration
  std::map<std::string, double> counters;  // "bytes_per_second", "FLOP/s", ...
};

/// The benchmarks in the program's JSON output; those that failed are left out. Throws CommandError (3) for other text.
std::vector<BenchRun> parse_bench(const std::string& json);

/// The middle value, or the mean of the middle two; `values` is not empty.
double middle(std::vector<double> values);

/// Median of each figure over several runs of one benchmark.
BenchRun middle_run(const std::vector<BenchRun>& runs);

/// What the times of two stacks, round by round, say by the test of lab 11: "0.93 times as long (95 %: 0.91 to 0.95,
/// p = 0.001), faster". "" for fewer than 10 rounds, which show nothing, and where one stack lacks a round.
std::string difference_text(const std::vector<double>& first, const std::vector<double>& other);

/// "12.3 us", "2.1 ms"
std::string time_text(double nanoseconds);
/// "3.21 G", "870 M", "12", "1.37 n"
std::string rate_text(double value);

/// A table with a column for each stack: the time, its ratio to the first column, and a line for each counter.
/// results[stack][benchmark]; a stack in which a benchmark failed has no entry for it.
std::string bench_table(const std::vector<std::string>& stacks, const std::vector<std::string>& benchmarks,
                        const std::map<std::string, std::map<std::string, BenchRun>>& results);

}  // namespace tinytorch::tito
