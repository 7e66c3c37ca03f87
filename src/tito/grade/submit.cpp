// tito submit: the student's files of a lab as one archive to hand in, after one more run of the suite.
#include "src/tito/grade/pack.hpp"
#include "src/tito/judge/results.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs/common.hpp"

#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>

namespace tinytorch::tito {
namespace {

struct SubmitOptions {
  std::string lab, out;
  bool untested = false;
};

// `tito test`, shown as it is. False when it met trouble of ours.
bool run_tests(const Context& context, const Lab& lab) {
  ProcessOptions test = own_verb(context, {"test", lab.number});
  test.terminal = true;
  const ProcessResult result = run_process(test);
  return result.status == 0 || WEXITSTATUS(result.status) == exit_not_all;
}

std::string points_text(const Context& context, const Lab& lab) {
  const std::optional<LabResult> last = load_result(context, lab.number);
  if (!last) return "no suite has run on it";
  return fmt::format("{} of {} points in the run of {}", number_text(last->points), number_text(last->possible),
                     last->when);
}

int submit(const Context& context, const SubmitOptions& options) {
  const Lab lab = find_started_lab(context, options.lab);
  std::map<std::string, std::string> files;
  for (const LabUnit& unit : lab.units) {
    const fs::path file = context.work / lab.folder / unit.file();
    if (!fs::exists(file)) {
      throw CommandError(exit_not_all, fmt::format("{} is missing; `./tito start {}` copies a new one",
                                                   shown(context, file), lab.number));
    }
    files[unit.file()] = read_file(file);
  }
  if (!options.untested && !run_tests(context, lab)) return exit_trouble;
  const fs::path archive = options.out.empty() ? fs::path(lab.folder + ".tar.gz") : fs::path(options.out);
  write_package(archive, lab.folder, files);
  std::vector<std::string> names;
  for (const auto& [name, text] : files) names.push_back(name);
  fmt::print("\n{}: {} ({})\n", archive.string(), joined(names, ", "), points_text(context, lab));
  return exit_ok;
}

}  // namespace

void add_submit(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("submit", "Packs your files of a lab into one archive to hand in");
  const auto options = std::make_shared<SubmitOptions>();
  add_lab_argument(*verb, options->lab);
  verb->add_option("--out", options->out, "The archive (default: NN_name.tar.gz here)");
  verb->add_flag("--untested", options->untested, "Does not run the suite before");
  verb->footer(
      "Example:\n  ./tito submit 02     02_mlp.tar.gz holds your files; the same files give the same bytes\n\n"
      "The points don't matter: what is there is packed, and your instructor's run decides.");
  verb->callback([&context, options] { context.exit_code = submit(context, *options); });
}

}  // namespace tinytorch::tito
