// tito doctor: is everything here that the build needs, and what mends it if not.
#include "src/tito/util/context.hpp"
#include "src/tito/util/packages.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs.hpp"

#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
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
std::string fix(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += " " + name;
  if (in_path("apt-get")) return "sudo apt-get install --no-install-recommends" + list;
  return "install what your system calls:" + list;
}

void print_build(const Context& context) {
  const bool configured = fs::exists(context.build() / "build.ninja");
  const bool stacks = fs::exists(context.build() / "stacks.txt");
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
    fmt::print("\nMissing. This mends it:\n  {}\n", fix(broken));
    return exit_not_all;
  }
  fmt::print("\nEverything that is required is here.\n");
  if (!absent.empty()) fmt::print("The optional rest: {}\n", fix(absent));
  return exit_ok;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("doctor", "Checks tools and libraries, and says what mends a missing one");
  verb->footer("Example:\n  tito doctor     exit 0: everything required is here; 1: something is missing");
  verb->callback([&context] { context.exit_code = doctor(context); });
}

}  // namespace tinytorch::tito
