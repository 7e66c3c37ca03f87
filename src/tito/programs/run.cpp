// tito run: builds, links and runs an example on any stack. On the student's it counts the calls into their files.
#include "src/tito/build/build.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/build/symbols.hpp"
#include "src/tito/lab/call_counts.hpp"
#include "src/tito/programs/from_work.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <sys/wait.h>

namespace tinytorch::tito {
namespace {

struct RunProgramOptions {
  std::string name, stack = "library", rest;
  bool keep = false;
  std::vector<std::string> arguments;
};

// Prints the calls into each function; false when a lab that was asked for was never called.
bool print_calls(const std::vector<const ResolvedUnit*>& work, const Calls& calls, const StackChoice& choice) {
  fmt::print("\ncalls into your files:\n");
  std::uint64_t all = 0;
  std::map<std::string, std::uint64_t> by_lab;
  for (const ResolvedUnit* unit : work) {
    const auto at = calls.find(unit->unit->name);
    const std::uint64_t sum = at == calls.end() ? 0 : total(at->second);
    all += sum;
    by_lab[unit->unit->lab] += sum;
    fmt::print("  {:<18} {:>15}\n", unit->unit->name, grouped(sum));
    if (sum == 0) continue;
    for (const FunctionCalls& f : at->second) {
      if (f.calls > 0) fmt::print("    {:>31}  {}\n", grouped(f.calls), f.function);
    }
  }
  fmt::print("  {:<18} {:>15}\n", "together", grouped(all));
  std::fflush(stdout);
  std::vector<std::string> idle;
  for (const auto& [lab, sum] : by_lab) {
    if (sum == 0 && !choice.all) idle.push_back(lab);
  }
  if (all == 0) idle = {"its code"};
  if (!idle.empty()) {
    fmt::print(stderr, "tito: the stack takes {} from work/, but the program never called it\n", joined(idle, ", "));
  }
  return idle.empty();
}

// Runs the program and shows its output as it comes. On a terminal the program writes there itself. Elsewhere the last
// line is held back until the calls are printed: it stays the last one on every stack, for scripts that read `tail -1`.
ProcessResult run_program(const ProcessOptions& options, std::string& last_line) {
  const auto show = [&](std::string_view line) {
    if (!last_line.empty()) fmt::print("{}", last_line);
    std::fflush(stdout);
    last_line = std::string(line) + "\n";
  };
  return run_process(options, show);
}

// The program's own exit code; for a signal 1 when the student's code ran, else 3.
int exit_code_of(int status, bool students, const std::string& program) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  fmt::print(stderr, "tito: {} ended by {}\n", program, describe_end(status));
  return students ? exit_not_all : exit_trouble;
}

// "work:01" or "work:01, rest library": what a manifest says of the code.
std::string stack_name(const RunProgramOptions& options) {
  return options.stack + (options.rest.empty() ? "" : ", rest " + options.rest);
}

int run(const Context& context, const RunProgramOptions& options) {
  const Stacks stacks = load_or_configure(context);
  const Program& program = stacks.program(options.name);
  if (program.kind != ProgramKind::example) {
    throw usage_error(fmt::format(
        "{} is no example; `./tito test`, `./tito measure` and `./tito bench` run the labs' programs", program.name));
  }
  const StackChoice choice = parse_stack(options.stack, options.rest);
  ProgramRequest request;
  request.program = &program;
  request.units = resolve(context, stacks, choice);
  request.level = Level::run;
  const auto work = check_units_from_work(context, stacks, program, request.units, choice);
  for (const ResolvedUnit* unit : work) request.counted.push_back(unit->unit->name);
  const BuiltProgram built = build_program(context, stacks, request);
  if (!built.warnings.empty()) fmt::print(stderr, "{}\n", built.warnings);

  ProcessOptions spawn;
  spawn.argv = {built.path.string()};
  spawn.argv.insert(spawn.argv.end(), options.arguments.begin(), options.arguments.end());
  if (options.keep) spawn.argv.push_back("--runs=" + (context.root / "build" / "runs").string());
  spawn.environment = {"TINYTORCH_STACK=" + stack_name(options)};
  spawn.terminal = context.terminal || work.empty();
  spawn.own_errors = true;
  spawn.stream = !work.empty();
  if (spawn.stream) spawn.environment.push_back(fmt::format("TINYTORCH_CALLS={}", stream_descriptor));
  std::fflush(stdout);
  std::string last_line;
  const ProcessResult ended = run_program(spawn, last_line);
  const int code = exit_code_of(ended.status, !work.empty(), program.name);
  bool reached = true;
  if (!work.empty() && code == 0) {
    const Calls calls = parse_calls(ended.stream);
    save_calls(context, program.name, calls);
    reached = print_calls(work, calls, choice);
  }
  if (!last_line.empty()) fmt::print("{}", last_line);
  return code == 0 && !reached ? exit_not_all : code;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunProgramOptions>();
  CLI::App* verb = app.add_subcommand("run", "Builds and runs an example, on the library or on your own code");
  verb->add_option("name", options->name, "The example, such as lenet")->required();
  verb->add_option("--stack", options->stack,
                   "Whose code it runs on: library (default), solution, work, work:01,04 or work:01-06");
  verb->add_option("--rest", options->rest,
                   "Where the units outside the stack come from: solution (default) or library");
  verb->add_flag("--keep", options->keep, "Keeps the run in a folder of its own below build/runs: see `./tito runs`");
  verb->allow_extras();
  verb->footer(
      "Every other argument goes to the example (`./tito run lenet --epochs 3`).\n"
      "Examples:\n  ./tito run lenet\n  ./tito run lenet --stack work --seed 2\n"
      "  ./tito run lenet --keep --config run.toml");
  verb->callback([&context, options, verb] {
    options->arguments = verb->remaining();
    context.exit_code = run(context, *options);
  });
}

}  // namespace tinytorch::tito
