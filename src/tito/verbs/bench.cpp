// tito bench: times the student's code, the solution and the library, in turn, several rounds long; or the library
// beside libtorch.
#include "src/tito/build/build.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/judge/bench_table.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

struct BenchOptions {
  std::string lab, only, json;
  int rounds = 3;
  bool libtorch = false;
};

struct Column {
  std::string stack;
  fs::path program;
};

std::vector<Column> build_columns(const Context& context, const Stacks& stacks, const Lab& lab) {
  const std::string name = "bench_" + lab.number;
  if (!stacks.has_program(name)) throw usage_error(fmt::format("lab {} has no benchmarks", lab.folder));
  std::vector<std::string> wanted = {"solution", "library"};
  if (fs::exists(context.work / lab.folder)) wanted.insert(wanted.begin(), "work");
  std::vector<Column> columns;
  for (const std::string& stack : wanted) {
    ProgramRequest request;
    request.program = &stacks.program(name);
    request.units = suite_units(context, stacks, lab, stack, "library");
    request.level = Level::run;
    columns.push_back({stack, build_program(context, stacks, request).path});
  }
  return columns;
}

// The library's program lists them: no code of the student runs for this.
std::vector<std::string> list_benchmarks(const Column& column, const std::string& only) {
  ProcessOptions options;
  options.argv = {column.program.string(), "--benchmark_list_tests=true"};
  if (!only.empty()) options.argv.push_back("--benchmark_filter=" + only);
  options.seconds = 20;
  const ProcessResult result = run_process(options);
  std::vector<std::string> names = split(result.out, '\n');
  if (!result.ok() || names.empty()) {
    throw usage_error(only.empty() ? "the program lists no benchmarks"
                                   : fmt::format("no benchmark matches `{}`", only));
  }
  return names;
}

std::string exactly(const std::string& name) {
  std::string pattern = "^";
  for (const char c : name) {
    if (std::string_view(".*+?()[]{}|^$\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + "$";
}

// Each benchmark has a process of its own: a hole or a crash loses one cell of the table, not all.
std::vector<BenchRun> run_once(const Context& context, const Column& column, const std::string& benchmark) {
  const fs::path out = cache_dir(context) / fmt::format("bench.{}.json", getpid());
  ProcessOptions options;
  options.argv = {column.program.string(), "--benchmark_filter=" + exactly(benchmark), "--benchmark_min_time=0.1",
                  "--benchmark_out_format=json", "--benchmark_out=" + out.string()};
  options.seconds = 60;
  const ProcessResult result = run_process(options);
  std::vector<BenchRun> runs;
  if (result.ok() && fs::exists(out)) runs = parse_bench(read_file(out));
  std::error_code ignored;
  fs::remove(out, ignored);
  return runs;
}

using Results = std::map<std::string, std::map<std::string, BenchRun>>;
/// Every run, round by round: rounds[stack][benchmark].
using Rounds = std::map<std::string, std::map<std::string, std::vector<BenchRun>>>;

Rounds measure(const Context& context, const std::vector<Column>& columns, const std::vector<std::string>& benchmarks,
               int rounds) {
  Rounds all;
  for (int round = 0; round < rounds; ++round) {
    for (const std::string& benchmark : benchmarks) {
      if (context.terminal) fmt::print(stderr, "\r\033[Kround {} of {}: {}", round + 1, rounds, benchmark);
      for (std::size_t i = 0; i < columns.size(); ++i) {
        // Each round begins with another stack: the first one warms the machine up for the others.
        const Column& column = columns[(i + static_cast<std::size_t>(round)) % columns.size()];
        for (BenchRun& run : run_once(context, column, benchmark)) {
          all[column.stack][benchmark].push_back(std::move(run));
        }
      }
    }
  }
  if (context.terminal) fmt::print(stderr, "\r\033[K");
  return all;
}

Results middle_of(const Rounds& rounds) {
  Results results;
  for (const auto& [stack, cells] : rounds) {
    for (const auto& [benchmark, runs] : cells) results[stack][benchmark] = middle_run(runs);
  }
  return results;
}

/// A line for each benchmark and each stack after the first: what the rounds show of their difference.
std::string comparisons(const std::vector<std::string>& stacks, const std::vector<std::string>& benchmarks,
                        const Rounds& rounds) {
  const auto times_of = [&](const std::string& stack, const std::string& benchmark) {
    std::vector<double> times;
    const auto cells = rounds.find(stack);
    if (cells == rounds.end()) return times;
    const auto runs = cells->second.find(benchmark);
    if (runs == cells->second.end()) return times;
    for (const BenchRun& run : runs->second) times.push_back(run.nanoseconds);
    return times;
  };
  std::string text;
  for (const std::string& benchmark : benchmarks) {
    for (std::size_t i = 1; i < stacks.size(); ++i) {
      const std::string shown = difference_text(times_of(stacks.front(), benchmark), times_of(stacks[i], benchmark));
      if (!shown.empty())
        text += fmt::format("{}: {}, compared with {}: {}\n", benchmark, stacks[i], stacks.front(), shown);
    }
  }
  return text.empty() ? "" : "\n" + text;
}

nlohmann::ordered_json results_json(const Results& results) {
  nlohmann::ordered_json json;
  for (const auto& [stack, cells] : results) {
    for (const auto& [name, run] : cells) json[stack][name] = {{"ns", run.nanoseconds}, {"counters", run.counters}};
  }
  return json;
}

int bench_beside_libtorch(const Context& context, const BenchOptions& options) {
  const Stacks stacks = load_or_configure(context);
  if (!fs::exists(context.build() / "benchmarks" / "vs_libtorch")) {
    throw CommandError(
        exit_not_all,
        "libtorch is not here: `apt-get install libtorch-dev libopenblas0-openmp`, then `cmake --preset " +
            context.preset + "`");
  }
  const fs::path program = context.build() / "bin" / "bench_vs_libtorch";
  run_ninja(context, stacks, {program});
  ProcessOptions run;
  run.argv = {program.string()};
  if (!options.only.empty()) run.argv.push_back(options.only);
  if (options.rounds != BenchOptions{}.rounds) {
    run.argv.insert(run.argv.end(), {"--rounds", std::to_string(options.rounds)});
  }
  if (!options.json.empty()) run.argv.insert(run.argv.end(), {"--json", options.json});
  run.terminal = true;
  const ProcessResult result = run_process(run);
  constexpr int below_a_floor = 1;
  if (result.ok()) return exit_ok;
  return WIFEXITED(result.status) && WEXITSTATUS(result.status) == below_a_floor ? exit_not_all : exit_trouble;
}

int bench(const Context& context, const BenchOptions& options) {
  if (options.libtorch) return bench_beside_libtorch(context, options);
  if (options.lab.empty()) throw usage_error("lab is required, as in `./tito bench 01`");
  const Lab lab = find_lab(context, options.lab);
  const Stacks stacks = load_or_configure(context);
  const std::vector<Column> columns = build_columns(context, stacks, lab);
  const std::vector<std::string> benchmarks = list_benchmarks(columns.back(), options.only);
  const Rounds rounds = measure(context, columns, benchmarks, options.rounds);
  const Results results = middle_of(rounds);
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.stack);
  fmt::print("{} · median of {} rounds · (ratio of times to {})\n\n{}", lab.folder, options.rounds, names.front(),
             bench_table(names, benchmarks, results));
  fmt::print("{}", comparisons(names, benchmarks, rounds));
  if (!options.json.empty()) write_file(options.json, results_json(results).dump(2) + "\n");
  bool complete = true;
  for (const Column& column : columns) {
    const auto cells = results.find(column.stack);
    const std::size_t measured = cells == results.end() ? 0 : cells->second.size();
    if (measured == benchmarks.size()) continue;
    complete = false;
    fmt::print("\n{}: {} of {} benchmarks ended without a figure (-); `./tito test {}` says why\n", column.stack,
               benchmarks.size() - measured, benchmarks.size(), lab.number);
  }
  return complete ? exit_ok : exit_not_all;
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* verb = app.add_subcommand("bench", "Measures your code beside the solution and the library");
  verb->add_option("lab", options->lab, "The lab: 01, 1, 01_tensor or tensor; none with --vs-libtorch");
  verb->add_flag("--vs-libtorch", options->libtorch,
                 "Measures the library beside libtorch, one thread each, 15 rounds; exit 1 when a ratio is below its "
                 "floor");
  verb->add_option("--only", options->only, "Only benchmarks whose name matches this pattern");
  verb->add_option("--rounds", options->rounds,
                   "How often each is run on each stack (default 3); from 10 on a test compares them")
      ->check(CLI::Range(1, 100));
  verb->add_option("--json", options->json, "Also writes the figures to this file");
  verb->footer("Examples:\n  ./tito bench 01 --only matmul --rounds 5\n  ./tito bench --vs-libtorch --only LeNet");
  verb->callback([&context, options] { context.exit_code = bench(context, *options); });
}

}  // namespace tinytorch::tito
