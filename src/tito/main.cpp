// tito: one command line for students, teachers and maintainers. verbs.cpp lists what it can do.
#include "src/tito/build/compile.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs.hpp"
#include "src/tito/verbs/common.hpp"

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

/// True, with a message, when the first word should be a verb and is none. CLI11 would take `tito tset --help` for
/// `tito --help`.
bool is_no_verb(const std::string& word) {
  if (word.empty() || word.front() == '-') return false;
  std::vector<std::string> names;
  for (const Verb& verb : all_verbs) names.emplace_back(verb.name);
  if (std::find(names.begin(), names.end(), word) != names.end()) return false;
  const std::string near = nearest(word, names);
  const std::string advice = near.empty() ? "`./tito --help` lists them" : "did you mean `./tito " + near + "`?";
  fmt::print(stderr, "tito: there is no verb '{}'; {}\n", word, advice);
  return true;
}

/// Prints the help or the version that was asked for, or the error in the command line.
int explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const std::string verb = app.get_subcommands().empty() ? "" : app.get_subcommands().front()->get_name() + " ";
  fmt::print(stderr, "tito: {} (`./tito {}--help` shows how)\n", error.what(), verb);
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
  if (is_no_verb(argv[1])) return exit_usage;
  try {
    app.parse(argc, argv);  // calls the verb
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  } catch (const BuildFailure& failure) {
    print_build_failure(context, failure.what());
    return exit_not_all;
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
