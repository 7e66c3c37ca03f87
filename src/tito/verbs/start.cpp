// tito start 01: copies the lab's skeleton to work/; prints the first task and what to type next.
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs/common.hpp"

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

void print_lab(const Context& context, const Lab& lab) {
  fmt::print("{}  {}\n", paint(context, Style::heading, lab.folder), lab.title);
  if (!lab.question.empty()) fmt::print("{}\n", wrap(lab.question, 100, "  "));
  fmt::print("  about {} h", number_text(lab.hours));
  // The units of one part are one sitting: "part B the shape of two operands, loops over elements (2 h)".
  const char* separator = ": ";
  for (std::size_t i = 0; i < lab.units.size();) {
    const std::string& part = lab.units[i].part;
    std::vector<std::string> titles;
    double hours = 0;
    for (; i < lab.units.size() && lab.units[i].part == part; ++i) {
      titles.push_back(lab.units[i].title);
      hours += lab.units[i].hours;
    }
    fmt::print("{}part {} {} ({} h)", separator, part, joined(titles, ", "), number_text(hours));
    separator = "; ";
  }
  fmt::print("\n  lesson: {}\n\n", shown(context, lab.dir / "README.md"));
}

void print_next(const Context& context, const Lab& lab) {
  if (!lab.tasks.empty()) {
    const Task& first = lab.tasks.front();
    fmt::print("First task: {} {}, {} points, about {} minutes, in {}\n", first.id, first.title,
               number_text(first.points), first.minutes, task_place(context, lab, first));
  }
  const std::string task = lab.tasks.empty() ? lab.number : lab.tasks.front().id;
  fmt::print("\nNext:\n");
  if (!lab.predictions.empty()) fmt::print("  ./tito predict {:<6} guess before you measure\n", lab.number);
  fmt::print("  ./tito test {:<9} compiles your files and judges them\n", lab.number);
  fmt::print("  ./tito hint {:<9} stuck for 20 minutes? a question first\n", task);
  if (lab.predictions.empty()) fmt::print("  ./tito status         where you are\n");
}

// How the student keeps and hands in what they write.
void print_keeping(const Context& context, const Lab& lab) {
  const std::string work = shown(context, context.work);
  if (!fs::exists(context.work / ".git")) {
    fmt::print("\nTo commit your work: ./tito start {} --git   makes {} a git repository of your own\n", lab.number,
               work);
    return;
  }
  fmt::print("\nTo commit your work, in your own repository in {}:\n", work);
  fmt::print("  git -C {} add -A\n  git -C {} commit -m \"Lab {}\"\n", work, work, lab.number);
}

int start(const Context& context, const std::string& name, bool repository) {
  const Lab lab = find_lab(context, name);
  const std::vector<StartedFile> files = start_lab(context, lab);
  if (repository) make_repository(context);
  print_lab(context, lab);
  for (const StartedFile& file : files) {
    fmt::print("  {}  {}\n", file.copied ? "new " : "kept", shown(context, file.path));
  }
  fmt::print("\n");
  print_next(context, lab);
  print_keeping(context, lab);
  return exit_ok;
}

}  // namespace

void add_start(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("start", "Copies a lab's skeleton to work/, never over an existing file");
  const auto lab = std::make_shared<std::string>();
  const auto repository = std::make_shared<bool>(false);
  add_lab_argument(*verb, *lab);
  verb->add_flag("--git", *repository, "Also makes work/ a git repository of your own, where you commit your work");
  verb->footer(
      "Example:\n  ./tito start 01     work/01_tensor/*.cpp appear, with the first task and what to type next");
  verb->callback([&context, lab, repository] { context.exit_code = start(context, *lab, *repository); });
}

}  // namespace tinytorch::tito
