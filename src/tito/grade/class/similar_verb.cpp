// tito grade similar: which submissions have much of their code in common.
#include "src/tito/grade/class/subverbs.hpp"
#include "src/tito/grade/similar/list.hpp"
#include "src/tito/verbs/common.hpp"

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct SimilarOptions {
  std::string submissions, lab, out, roster;
};

}  // namespace

void list_similar(const Lab& lab, const std::vector<Submission>& submissions, const std::string& roster,
                  const fs::path& results) {
  const Roster names = roster.empty() ? Roster() : parse_roster(read_file(roster), roster);
  const std::size_t pairs = write_similar(lab, submissions, names, results);
  fmt::print("similar: {} ({} pairs)\n", (results / "similar.html").string(), pairs);
}

void add_grade_similar(CLI::App& grade, Context& context) {
  const auto options = std::make_shared<SimilarOptions>();
  CLI::App* verb = grade.add_subcommand("similar", "Lists pairs of submissions with much of their code in common");
  verb->add_option("submissions", options->submissions, "The folder with the submissions")->required();
  verb->add_option("--lab", options->lab, "The lab, 01 or 01_tensor")->required();
  verb->add_option("--out", options->out, "The folder for the results")->required();
  verb->add_option("--roster", options->roster, "A CSV file with the columns submission and student");
  verb->footer(
      "Example:\n  ./tito grade similar submissions --lab 02 --out results\n\n"
      "`tito grade` makes this list, too. It is one to look at: nobody's mark depends on it, and nothing leaves the\n"
      "machine. Names, numbers, comments and layout don't count, nor does what the skeleton gives.");
  verb->callback([&context, options] {
    const Lab lab = find_lab(context, options->lab);
    list_similar(lab, take_in_all(options->submissions, lab), options->roster, fs::absolute(options->out));
  });
}

}  // namespace tinytorch::tito
