// What the pages say is true: links lead somewhere, files are there, commands exist with their options.

#include "tests/repository/docs/page.hpp"
#include "tests/repository/structure/command.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace tinytorch::docs {
namespace {

namespace fs = std::filesystem;

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool is_there(const fs::path& file) { return fs::exists(structure::root() / file); }

/// What is wrong with a link of the page, or "".
std::string link_fault(const Page& page, const std::string& target) {
  if (target.find("://") != std::string::npos || target.starts_with("mailto:")) return "";
  const std::size_t hash = target.find('#');
  const fs::path file = hash == 0 ? page.file : (page.file.parent_path() / target.substr(0, hash)).lexically_normal();
  if (!is_there(file)) return "there is no " + file.string();
  if (hash == std::string::npos || file.extension() != ".md") return "";
  const std::string anchor = target.substr(hash + 1);
  return contains(anchors(parse_page(file, structure::read(file))), anchor) ? "" : "no heading #" + anchor;
}

/// Whether text in backticks looks like a file or folder of the repository, and none that a run makes.
bool looks_like_a_path(const std::string& text) {
  static const std::regex path(R"(^(\./)?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?$)");
  static const std::set<std::string> made{"build", "work", "dist"};
  if (!std::regex_match(text, path) || text.find("NN") != std::string::npos) return false;
  const std::string name = text.starts_with("./") ? text.substr(2) : text;
  const std::string first = name.substr(0, name.find('/'));
  if (made.contains(first)) return false;
  const bool in_a_folder = name.find('/') != std::string::npos && fs::is_directory(structure::root() / first);
  return in_a_folder || (name.find('/') != std::string::npos && name.ends_with(".hpp"));
}

bool path_exists(const Page& page, const std::string& text) {
  return is_there(text) || is_there(fs::path("include/tinytorch") / text) || is_there(page.file.parent_path() / text);
}

/// What the tool, a verb or an example says to --help; "" when there is no such thing.
std::string help(const std::vector<std::string>& command) {
  static std::map<std::vector<std::string>, std::string> asked;
  if (const auto known = asked.find(command); known != asked.end()) return known->second;
  std::vector<std::string> words{(fs::path(TINYTORCH_BIN) / command[0]).string()};
  if (!fs::exists(words[0])) return asked[command] = "";
  words.insert(words.end(), command.begin() + 1, command.end());
  words.emplace_back("--help");
  const structure::CommandResult result = structure::run(words);
  return asked[command] = result.exit_code == 0 ? result.output : "";
}

/// Whether the help text lists the option as a word of its own.
bool lists(const std::string& text, const std::string& option) {
  return std::regex_search(text, std::regex("(^|[\\s,\\[])" + option + "([\\s,:\\]=]|$)"));
}

/// What is wrong with `tito COMMAND`, or "".
std::string command_fault(const std::string& command) {
  std::istringstream stream(command);
  std::vector<std::string> words(std::istream_iterator<std::string>(stream), {});
  std::string text = help({"tito"});
  if (!words[0].starts_with('-')) {
    if (!std::regex_search(text, std::regex("\\n  " + words[0] + "\\s"))) return "there is no verb " + words[0];
    text = help({"tito", words[0]});
    const bool has_verbs = words.size() > 1 && std::regex_match(words[1], std::regex("[a-z]+")) &&
                           std::regex_search(text, std::regex("\\n  " + words[1] + "\\s"));
    if (has_verbs) text = help({"tito", words[0], words[1]});
  }
  if (words[0] == "run" && words.size() > 1) {
    if (words[1] == "NAME") return "";
    const std::string example = help({words[1]});
    if (example.empty() && !is_there("examples/" + words[1] + ".cpp")) return "there is no example " + words[1];
    text += example;
  }
  for (const std::string& word : words) {
    const std::string option = word.substr(0, word.find('='));
    if (option.starts_with("--") && !lists(text, option)) return "there is no option " + option;
  }
  return "";
}

TEST(Pages, link_to_what_is_there) {
  std::string faults;
  int links = 0;
  for (const Page& page : all_pages()) {
    for (const std::string& target : link_targets(page)) {
      ++links;
      if (const std::string fault = link_fault(page, target); !fault.empty()) {
        faults += page.file.string() + ": (" + target + ") " + fault + "\n";
      }
    }
  }
  EXPECT_GT(links, 20);
  EXPECT_EQ(faults, "");
}

TEST(Pages, name_files_that_are_there) {
  std::string faults;
  int names = 0;
  for (const Page& page : all_pages()) {
    for (const std::string& span : code_spans(page)) {
      if (!looks_like_a_path(span)) continue;
      ++names;
      if (!path_exists(page, span)) faults += page.file.string() + ": there is no `" + span + "`\n";
    }
  }
  EXPECT_GT(names, 20);
  EXPECT_EQ(faults, "");
}

TEST(Pages, show_commands_that_exist) {
  std::string faults;
  int commands = 0;
  for (const Page& page : all_pages()) {
    for (const std::string& command : tito_commands(page)) {
      ++commands;
      if (const std::string fault = command_fault(command); !fault.empty()) {
        faults += page.file.string() + ": `tito " + command + "`: " + fault + "\n";
      }
    }
  }
  EXPECT_GT(commands, 20);
  EXPECT_EQ(faults, "");
}

TEST(Pages, are_finished) {
  static const std::regex placeholder(R"(\b(FIXME|XXX|TBD|FIGURES\w*|LATER)\b)");
  std::string faults;
  for (const Page& page : all_pages()) {
    std::smatch match;
    if (std::regex_search(page.prose, match, placeholder)) faults += page.file.string() + ": " + match.str() + "\n";
  }
  EXPECT_EQ(faults, "");
}

/// A block of CMake is part of a project that tests/repository/package configures and builds.
TEST(Pages, show_build_files_that_are_tested) {
  std::string tested;
  for (const fs::path& file : structure::files("tests/repository/package", {".txt"})) tested += structure::read(file);
  int blocks = 0;
  for (const Page& page : all_pages()) {
    for (const Block& block : page.blocks) {
      if (block.language != "cmake") continue;
      ++blocks;
      EXPECT_NE(tested.find(block.text), std::string::npos) << page.file << ":" << block.line << "\n" << block.text;
    }
  }
  EXPECT_GT(blocks, 0);
}

TEST(Pages, are_all_reached_from_the_readme) {
  std::set<std::string> reached{"README.md"};
  std::vector<std::string> open{"README.md"};
  while (!open.empty()) {
    const fs::path file = open.back();
    open.pop_back();
    for (const std::string& target : link_targets(parse_page(file, structure::read(file)))) {
      const std::string to = (file.parent_path() / target.substr(0, target.find('#'))).lexically_normal().string();
      if (to.ends_with(".md") && is_there(to) && reached.insert(to).second) open.push_back(to);
    }
  }
  std::string lost;
  for (const fs::path& file : structure::files("docs", {".md"})) {
    if (!reached.contains(file.string())) lost += file.string() + "\n";
  }
  EXPECT_EQ(lost, "");
}

TEST(PageParser, finds_blocks_links_and_commands) {
  const Page page =
      parse_page("docs/page.md",
                 "# A page: of mine\n[a](x.md#b) `src/core/memory/pool.hpp` ![two\nlines](y.svg)\n"
                 "```sh\n$ ./tito test 01 --fresh   # new\n```\n    ./tito start 01 && ls\nuse `tito hint 1.3`\n");
  EXPECT_EQ(link_targets(page), (std::vector<std::string>{"x.md#b", "y.svg"}));
  EXPECT_EQ(tito_commands(page), (std::vector<std::string>{"test 01 --fresh", "start 01", "hint 1.3"}));
  EXPECT_EQ(anchors(page), (std::vector<std::string>{"a-page-of-mine"}));
  EXPECT_TRUE(looks_like_a_path("src/core/memory/pool.hpp"));
  EXPECT_FALSE(looks_like_a_path("core/strides"));
}

TEST(PageChecks, find_what_is_wrong) {
  const Page page = parse_page("README.md", "");
  EXPECT_NE(link_fault(page, "no/such/page.md"), "");
  EXPECT_NE(link_fault(page, "VISION.md#no-such-heading"), "");
  EXPECT_NE(command_fault("nosuchverb 01"), "");
  EXPECT_NE(command_fault("test 01 --no-such-option"), "");
  EXPECT_NE(command_fault("run nosuchexample"), "");
  EXPECT_EQ(command_fault("run lenet --epochs 3"), "");
  EXPECT_FALSE(path_exists(page, "src/core/no_such_file.cpp"));
}

}  // namespace
}  // namespace tinytorch::docs
