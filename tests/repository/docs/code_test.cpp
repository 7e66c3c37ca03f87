// The C++ of the pages compiles and runs.
//
// A block with an #include is a file of its own, and a program when it has a main. The other blocks of a page are one
// program, in order: each may use what an earlier one declared. Blocks marked ```text output hold what the program
// before them, or the page's, prints.

#include "tests/repository/docs/page.hpp"
#include "tests/repository/structure/command.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::docs {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string where;
  std::string text;
  std::string output;  // what it should print; "" when the page doesn't say
  bool runs = false;
};

constexpr const char* page_head =
    "#include <tinytorch/torch.hpp>\n#include <cstdio>\n#include <string>\n#include <vector>\n"
    "namespace tt = tinytorch;\nint main() {\n";

bool is_file(const Block& block) { return block.text.find("#include") != std::string::npos; }

/// The page's sources: its files, then the program that its other blocks make.
std::vector<Source> sources(const Page& page) {
  std::vector<Source> all;
  all.reserve(page.blocks.size() + 1);  // `before` points into it
  Source rest{page.file.string(), page_head, "", true};
  Source* before = &rest;
  bool has_rest = false;
  for (const Block& block : page.blocks) {
    const std::string where = page.file.string() + ":" + std::to_string(block.line);
    if (block.language == "text" && block.mark == "output") before->output += block.text;
    if (block.language != "cpp") continue;
    if (is_file(block)) {
      all.push_back({where, block.text, "", block.text.find("int main") != std::string::npos});
      before = &all.back();
    } else {
      rest.text += "#line " + std::to_string(block.line + 1) + " \"" + page.file.string() + "\"\n" + block.text;
      before = &rest;
      has_rest = true;
    }
  }
  rest.text += "}\n";
  if (has_rest) all.push_back(rest);
  return all;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void check(const Source& source, const fs::path& folder) {
  SCOPED_TRACE(source.where);
  const fs::path file = folder / "source.cpp", program = folder / "program";
  std::ofstream(file) << source.text;
  std::vector<std::string> command = structure::compiler();
  append(command, {"-Wall", "-Wextra", "-Werror", file.string()});
  append(command, words_of(TINYTORCH_PROGRAM_FLAGS));
  if (source.runs) {
    append(command, {"-o", program.string(), TINYTORCH_ARCHIVE});
    append(command, words_of(TINYTORCH_PROGRAM_LIBRARIES));
  } else {
    command.emplace_back("-fsyntax-only");
  }
  const structure::CommandResult compiled = structure::run(command);
  ASSERT_EQ(compiled.exit_code, 0) << compiled.output;
  if (!source.runs) return;
  // In a folder of its own, where examples/ is as in the checkout.
  const structure::CommandResult ran = structure::run({"sh", "-c", "cd '" + folder.string() + "' && exec ./program"});
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  if (!source.output.empty()) {
    EXPECT_EQ(ran.output, source.output);
  }
}

void check_page(const fs::path& file) {
  const fs::path folder = fs::temp_directory_path() / ("tinytorch_page_" + std::to_string(getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::create_directory_symlink(structure::root() / "examples", folder / "examples");
  const std::vector<Source> all = sources(parse_page(file, structure::read(file)));
  EXPECT_FALSE(all.empty()) << file << " shows no C++";
  for (const Source& source : all) check(source, folder);
  fs::remove_all(folder);
}

/// The pages whose C++ is compiled and run.
constexpr const char* tested_pages[] = {
    "README.md",           "CONTRIBUTING.md",      "docs/library.md",       "docs/library/core.md",
    "docs/library/nn.md",  "docs/library/data.md", "docs/library/optim.md", "docs/library/profiling.md",
    "docs/files.md",       "docs/onnx.md",         "docs/extend.md",        "docs/troubleshooting.md",
    "docs/from-pytorch.md"};

std::string test_name(const testing::TestParamInfo<const char*>& page) {
  std::string name = page.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '.' || c == '-'; }, '_');
  return name;
}

class CodeOf : public testing::TestWithParam<const char*> {};

TEST_P(CodeOf, page_runs) { check_page(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Docs, CodeOf, testing::ValuesIn(tested_pages), test_name);

/// A page that starts to show C++ must be named above.
TEST(Code, of_no_other_page_is_unchecked) {
  std::string unchecked;
  for (const Page& page : all_pages()) {
    const std::string name = page.file.string();
    const bool ours = std::find(std::begin(tested_pages), std::end(tested_pages), name) != std::end(tested_pages);
    // Lessons and the kit's page show excerpts of files that the build compiles anyway.
    if (ours || name.starts_with("modules/") || name.starts_with("tests/")) continue;
    for (const Block& block : page.blocks) {
      if (block.language == "cpp") unchecked += name + ":" + std::to_string(block.line) + "\n";
    }
  }
  EXPECT_EQ(unchecked, "");
}

/// What the page promises: an operation, a layer, an optimiser in 30 lines each, the program around them left out.
TEST(Code, extends_the_library_in_thirty_lines) {
  int programs = 0;
  for (const Block& block : parse_page("docs/extend.md", structure::read("docs/extend.md")).blocks) {
    const std::size_t main = block.text.find("int main");
    if (block.language != "cpp" || !is_file(block) || main == std::string::npos) continue;
    ++programs;
    EXPECT_LE(structure::lines(block.text.substr(0, main)).size(), 30U) << "docs/extend.md:" << block.line;
  }
  EXPECT_EQ(programs, 3);
}

/// A class without an example is one that nobody finds.
TEST(Code, shows_every_class) {
  std::string shown, missing;
  for (const char* page : tested_pages) {
    for (const Block& block : parse_page(page, structure::read(page)).blocks) {
      if (block.language == "cpp") shown += block.text;
    }
  }
  // Bases that others derive from, and parts that programs don't name.
  const std::set<std::string> inner{"BatchNorm",        "CombinedSchedule", "EpochIterator", "EpochLog",
                                    "EpochPlan",        "ForwardObserver",  "FunctionLayer", "Loader",
                                    "NumberLayer",      "ParamGroupView",   "PointerSyntax", "Recurrent",
                                    "RecurrentOptions", "Sampler"};
  static const std::regex declaration(R"(^class (\w+)(?: final)?(?: : public [\w:<>, ]+)? \{$)");
  int classes = 0;
  for (const char* package : {"data", "nn", "optim"}) {
    for (const fs::path& file : structure::files(fs::path("include/tinytorch") / package, {".hpp"})) {
      bool internal = false;
      for (const std::string& line : structure::lines(structure::read(file))) {
        if (line.starts_with("namespace ")) internal = line.find("detail") != std::string::npos;
        std::smatch match;
        if (internal || !std::regex_match(line, match, declaration) || inner.contains(match[1])) continue;
        ++classes;
        if (!std::regex_search(shown, std::regex("\\b" + match[1].str() + "\\b"))) missing += match[1].str() + "\n";
      }
    }
  }
  EXPECT_GT(classes, 60);
  EXPECT_EQ(missing, "");
}

}  // namespace
}  // namespace tinytorch::docs
