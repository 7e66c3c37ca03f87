// tito skeleton --check | --write: the skeletons are generated from the solutions, never edited.
#include "src/tito/dev/skeleton_files.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/verbs.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

struct SkeletonOptions {
  bool check = false;
  bool write = false;
  std::string lab;
};

void write_skeleton(const Context& context, SkeletonFile& file) {
  write_file(file.path, file.wanted);
  fmt::print("wrote {}\n", shown(context, file.path));
  file.problem.clear();
}

int skeleton_verb(const Context& context, const SkeletonOptions& options) {
  if (options.check == options.write) throw usage_error("say either --check or --write");
  const std::vector<Lab> labs =
      options.lab.empty() ? load_labs(context) : std::vector<Lab>{find_lab(context, options.lab)};
  std::size_t files = 0;
  std::size_t wrong = 0;
  for (const Lab& lab : labs) {
    for (SkeletonFile& file : inspect_skeletons(context, lab)) {
      ++files;
      if (options.write && file.writable && !file.problem.empty()) write_skeleton(context, file);
      if (file.problem.empty()) continue;
      ++wrong;
      fmt::print("{}\n{}", file.problem, file.changes);
    }
  }
  if (wrong == 0) {
    fmt::print("{} skeletons in {} labs are up to date\n", files, labs.size());
    return exit_ok;
  }
  fmt::print("{} of {} skeletons are not up to date{}\n", wrong, files,
             options.check ? "; `./tito skeleton --write` generates them" : "");
  return exit_not_all;
}

}  // namespace

void add_skeleton(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("skeleton", "Generates the skeletons from the solutions, or checks them");
  const auto options = std::make_shared<SkeletonOptions>();
  verb->add_flag("--check", options->check, "Exit 1, with the lines that differ, when a skeleton is out of date");
  verb->add_flag("--write", options->write, "Writes the skeletons that are out of date");
  verb->add_option("lab", options->lab, "Only this lab");
  verb->footer("Example:\n  ./tito skeleton --check\n  ./tito skeleton --write 01");
  verb->callback([&context, options] { context.exit_code = skeleton_verb(context, *options); });
}

}  // namespace tinytorch::tito
