// docs/verbs.md says what `tito --help` says.
//
// TINYTORCH_WRITE_PAGES=1 in the environment writes the page instead of comparing it.

#include "tests/repository/structure/command.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::docs {
namespace {

std::string help_of(const std::vector<std::string>& verb) {
  std::vector<std::string> words{std::string(TINYTORCH_BIN) + "/tito"};
  words.insert(words.end(), verb.begin(), verb.end());
  words.emplace_back("--help");
  const structure::CommandResult result = structure::run(words);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.output;
}

/// The first words of the lines below "Verbs:", "Verbs for maintainers:" and, in a verb's help, "Subcommands:".
std::vector<std::string> verbs(const std::string& text) {
  std::vector<std::string> found;
  bool below = false;
  for (const std::string& line : structure::lines(text)) {
    if (below && line.size() > 2 && line.starts_with("  ") && line[2] != ' ')
      found.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line.empty()) below = false;
    if (line.starts_with("Verbs") || line.starts_with("Subcommands:")) below = true;
  }
  return found;
}

std::string box(const std::string& text) {
  const std::size_t first = text.find_first_not_of('\n'), last = text.find_last_not_of('\n');
  std::string trimmed;
  for (std::string line : structure::lines(text.substr(first, last + 1 - first)))
    trimmed += line.erase(line.find_last_not_of(' ') + 1) + "\n";
  return "```text\n" + trimmed + "```\n";
}

std::string page() {
  const std::string all = help_of({});
  std::string text =
      "# The verbs of tito\n\n"
      "What `--help` says, for every verb. This page is made from it, and a test compares them.\n\n" +
      box(all);
  for (const std::string& verb : verbs(all)) {
    const std::string help = help_of({verb});
    text += "\n## " + verb + "\n\n" + box(help);
    for (const std::string& part : verbs(help))
      text += "\n### " + verb + " " + part + "\n\n" + box(help_of({verb, part}));
  }
  return text;
}

TEST(Verbs, page_says_what_help_says) {
  const char* write = std::getenv("TINYTORCH_WRITE_PAGES");
  if (write != nullptr && *write != '\0') std::ofstream(structure::root() / "docs/verbs.md") << page();
  EXPECT_TRUE(structure::read("docs/verbs.md") == page())
      << "out of date; renew it: TINYTORCH_WRITE_PAGES=1 build/release/bin/docs_test --gtest_filter='Verbs.*'";
}

TEST(Verbs, are_found_in_the_help_text) {
  EXPECT_EQ(verbs("Usage:\n  no verb\nVerbs:\n  start     Copies\n            and more\n\nVerbs for maintainers:\n  "
                  "ops  Every\n"),
            (std::vector<std::string>{"start", "ops"}));
}

}  // namespace
}  // namespace tinytorch::docs
