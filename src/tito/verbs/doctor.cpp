// tito doctor: looks for what the build needs and says how to install what is missing. Also installs shell completion.
#include "src/tito/util/packages.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs/common.hpp"
#include "src/tito/verbs/completion.hpp"

#include <vector>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

struct Row {
  Package package;
  Probe probe;
};

const char* word(const Row& row) {
  switch (row.probe.presence) {
    case Presence::found:
      return "ok";
    case Presence::too_old:
      return "OLD";
    case Presence::missing:
      break;
  }
  return row.package.required ? "MISSING" : "absent";
}

Style style(const Row& row) {
  if (row.probe.presence == Presence::found) return Style::good;
  return row.package.required ? Style::bad : Style::faint;
}

void print_row(const Context& context, const Row& row) {
  const Package& package = row.package;
  std::string note = package.purpose;
  if (!package.required) note = "optional: " + note;
  if (row.probe.presence == Presence::too_old) note += fmt::format(" (needs {} or newer)", package.major);
  const std::string version = row.probe.version.empty() ? "-" : row.probe.version;
  fmt::print("  {}  {:<20} {:<10} {}\n", paint(context, style(row), fmt::format("{:<7}", word(row))), package.name,
             version, note);
}

/// The command that installs `names` here, or advice where there is no apt.
std::string how_to_install(const std::vector<std::string>& names) {
  if (in_path("apt-get")) return "sudo apt-get install --no-install-recommends " + joined(names, " ");
  return "install what your system calls: " + joined(names, " ");
}

void print_build(const Context& context) {
  const bool configured = fs::exists(context.build() / "build.ninja");
  const bool stacks = fs::exists(context.build() / "stacks.json");
  fmt::print("\nBuild\n  checkout  {}\n  build     {}{}\n  work      {}{}\n", context.root.string(),
             shown(context, context.build()), configured && stacks ? "" : " (not configured: run ./tito)",
             shown(context, context.work), fs::exists(context.work) ? "" : " (empty: tito start 00)");
}

int doctor(const Context& context) {
  std::vector<std::string> broken, absent;
  fmt::print("Tools and libraries\n");
  for (const Package& package : parse_packages(read_file(context.root / "cmake" / "packages.txt"))) {
    const Row row{package, probe(package)};
    print_row(context, row);
    if (row.probe.presence == Presence::found) continue;
    (package.required ? broken : absent).push_back(package.name);
  }
  print_build(context);
  if (!broken.empty()) {
    fmt::print("\nSomething is missing. This installs it:\n  {}\n", how_to_install(broken));
    return exit_not_all;
  }
  fmt::print("\nEverything that is required is here.\n");
  if (!absent.empty()) fmt::print("The optional rest: {}\n", how_to_install(absent));
  return exit_ok;
}

int complete(const CLI::App& app, const Context& context, const std::string& shell) {
  const CompletionWords words = completion_words(context);
  if (shell == "bash") fmt::print("{}", bash_completion(app, words));
  if (shell == "zsh") fmt::print("{}", zsh_completion(app, words));
  if (!shell.empty()) return exit_ok;
  const std::vector<fs::path> files = install_completion(app, words);
  fmt::print(
      "wrote {0}\n  bash: a new shell reads it if the package bash-completion is installed.\n"
      "  This shell reads it now: source {0}\n\n",
      files.at(0).string());
  fmt::print("wrote {}\n  zsh: add this line to ~/.zshrc, above the line with compinit:\n  fpath=({} $fpath)\n",
             files.at(1).string(), files.at(1).parent_path().string());
  return exit_ok;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("doctor", "Checks tools and libraries, and says how to install a missing one");
  const auto shell = std::make_shared<std::string>();
  const CLI::Option* completion =
      verb->add_option("--completion", *shell,
                       "Instead: installs completion for bash and zsh; with a shell's name only prints it")
          ->expected(0, 1)
          ->check(CLI::IsMember({"", "bash", "zsh"}));
  verb->footer(
      "Examples:\n  ./tito doctor                  exit 0: everything required is here; 1: something is missing\n"
      "  ./tito doctor --completion     then the Tab key completes verbs, options and labs");
  verb->callback([&app, &context, completion, shell] {
    context.exit_code = completion->count() > 0 ? complete(app, context, *shell) : doctor(context);
  });
}

}  // namespace tinytorch::tito
