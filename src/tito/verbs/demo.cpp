// tito demo: the first five minutes. A lab judged on its solution and on its skeleton, then a network that learns.
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs/common.hpp"

#include <cstdio>
#include <vector>

#include <fmt/core.h>
#include <sys/wait.h>

namespace tinytorch::tito {

namespace {

struct Step {
  std::string says;
  std::vector<std::string> arguments;
  int expected_exit;
  std::string expected_line;  // begins a line of the output
};

/// Runs this program again with the step's arguments. Returns "" when all was as expected, else what was not.
std::string run_step(const Context& context, const Step& step) {
  fmt::print("{}\n{}\n", step.says, paint(context, Style::heading, "$ ./tito " + joined(step.arguments, " ")));
  std::fflush(stdout);
  const auto show = [](std::string_view line) {
    fmt::print("  {}\n", line);
    std::fflush(stdout);
  };
  const ProcessResult result = run_process(own_verb(context, step.arguments), show);
  fmt::print("\n");
  if (!WIFEXITED(result.status) || WEXITSTATUS(result.status) != step.expected_exit) {
    return fmt::format("expected exit code {}, it {}", step.expected_exit, ending(result));
  }
  for (const std::string& line : split_lines(result.out)) {
    if (line.rfind(step.expected_line, 0) == 0) return "";
  }
  return "expected a line that begins with `" + step.expected_line + "`";
}

constexpr const char* next =
    "Everything went as it should. Now it is your turn:\n"
    "  ./tito start 00     your first lab: the machine under your code\n"
    "  ./tito status       where you are\n"
    "  ./tito --help       all that this tool can do\n";

int demo(const Context& context) {
  const std::vector<Step> steps{
      {"1. The tests of lab 01 on its solution: every point.",
       {"test", "01", "--stack", "solution"},
       exit_ok,
       "100/100"},
      {"2. The same tests on the skeleton that a student starts from: nothing yet.",
       {"test", "01", "--stack", "skeleton"},
       exit_not_all,
       "0/100"},
      {"3. A network on 1,797 handwritten digits, trained by this library.",
       {"run", "lenet"},
       exit_ok,
       "test accuracy"},
  };
  for (const Step& step : steps) {
    const std::string fault = run_step(context, step);
    if (fault.empty()) continue;
    fmt::print("{}: {}\n", paint(context, Style::bad, "UNEXPECTED"), fault);
    return exit_trouble;
  }
  fmt::print("{}", next);
  return exit_ok;
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("demo", "Shows a lab judged twice, and a network that learns");
  verb->footer("Example:\n  ./tito demo     exit 0 only if everything went as it should");
  verb->callback([&context] { context.exit_code = demo(context); });
}

}  // namespace tinytorch::tito
