// tito update 01: a skeleton that has changed since `tito start` is merged into the student's files.
#include "src/tito/lab/merge.hpp"
#include "src/tito/verbs/common.hpp"

#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

void print_file(const Context& context, const UpdatedFile& file) {
  const std::string name = shown(context, file.path);
  const std::string beside = file.proposal.empty() ? "" : shown(context, file.proposal);
  switch (file.what) {
    case Update::none:
      fmt::print("same      {}\n", name);
      break;
    case Update::added:
      fmt::print("new       {}\n", name);
      break;
    case Update::merged:
      fmt::print("merged    {}\n  as it was: {}\n", name, shown(context, file.backup));
      break;
    case Update::conflict:
      fmt::print("conflict  {}: you and the new skeleton changed the same lines, in {} place{}\n", name, file.conflicts,
                 file.conflicts == 1 ? "" : "s");
      fmt::print(
          "  your file is unchanged; {} holds both, with marks: choose between them there, then move it over yours\n",
          beside);
      break;
    case Update::unknown:
      fmt::print("unknown   {}: the skeleton that you started from is not known\n", name);
      fmt::print("  your file is unchanged; the new skeleton is {}\n", beside);
      break;
  }
}

int update(const Context& context, const std::string& name) {
  std::vector<Lab> labs;
  if (!name.empty()) {
    labs.push_back(find_started_lab(context, name));
  } else {
    for (Lab& lab : load_labs(context)) {
      if (fs::exists(context.work / lab.folder)) labs.push_back(std::move(lab));
    }
  }
  if (labs.empty()) fmt::print("work/ holds no lab yet; begin with `./tito start 00`\n");
  bool clean = true;
  for (const Lab& lab : labs) {
    for (const UpdatedFile& file : update_lab(context, lab)) {
      print_file(context, file);
      clean = clean && file.what != Update::conflict && file.what != Update::unknown;
    }
  }
  return clean ? exit_ok : exit_not_all;
}

}  // namespace

void add_update(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("update", "Merges a changed skeleton into your files, with a backup");
  const auto lab = std::make_shared<std::string>();
  verb->add_option("lab", *lab, "Only this lab; without it every lab in work/");
  verb->footer(
      "Example:\n  ./tito update       after `git pull`: what changed in the labs you have started\n\n"
      "Exit code: 0 when all is merged, 1 when lines collide; then your file stays as it is.");
  verb->callback([&context, lab] { context.exit_code = update(context, *lab); });
}

}  // namespace tinytorch::tito
