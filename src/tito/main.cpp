// tito: one command line for students, teachers and maintainers. Each verb lives in a file of its own.
#include "src/tito/util/context.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

constexpr const char* about =
    "TinyTorch: build a deep learning framework, one translation unit at a time.\n"
    "  ./tito start 01     copies the first holes to work/\n"
    "  ./tito test 01      compiles your files and judges them\n"
    "  ./tito hint 1.1     a question, an approach, nearly the code\n"
    "  ./tito status       where you are\n";

void add_verbs(CLI::App& app, Context& context) {
  for (auto* add : {add_start, add_test, add_watch, add_debug, add_hint, add_status, add_reset, add_update, add_predict,
                    add_measure, add_bench, add_run, add_milestones, add_doctor, add_demo, add_check, add_skeleton,
                    add_mutants, add_ops}) {
    add(app, context);
  }
}

/// The verbs' names, for the suggestion after a typing error.
std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

/// A word in the verb's place that is none. CLI11 would let a --help after it pass for the general help.
bool is_no_verb(const CLI::App& app, const std::string& word) {
  if (word.front() == '-') return false;
  const std::vector<std::string> names = verb_names(app);
  if (std::find(names.begin(), names.end(), word) != names.end()) return false;
  const std::string near = nearest(word, names);
  const std::string advice = near.empty() ? "`tito --help` lists them" : "did you mean `tito " + near + "`?";
  fmt::print(stderr, "tito: there is no verb '{}'; {}\n", word, advice);
  return true;
}

/// Prints what CLI11 has to say; help and version are no errors, all else is a wrong command line.
int explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const std::string verb = app.get_subcommands().empty() ? "" : app.get_subcommands().front()->get_name() + " ";
  fmt::print(stderr, "tito: {} (`tito {}--help` shows how)\n", error.what(), verb);
  return exit_usage;
}

int run_tito(int argc, char** argv) {
  Context context = make_context();
  CLI::App app(about, "tito");
  app.set_version_flag("--version", "tinytorch " TINYTORCH_VERSION);
  app.require_subcommand(0, 1);
  add_verbs(app, context);
  if (argc == 1) {
    fmt::print("{}", app.help());
    return exit_ok;
  }
  if (argv[1][0] != '\0' && is_no_verb(app, argv[1])) return exit_usage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  }
  return context.exit_code;
}

}  // namespace

}  // namespace tinytorch::tito

int main(int argc, char** argv) {
  using namespace tinytorch::tito;  // NOLINT: main is all about this namespace
  try {
    return run_tito(argc, argv);
  } catch (const CommandError& error) {
    fmt::print(stderr, "tito: {}\n", error.what());
    return error.exit_code;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tito: {}\n", error.what());
    return exit_trouble;
  }
}
