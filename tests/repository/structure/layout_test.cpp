// Where files stand and how many stand together, so that a reader finds one by its name.

#include "tests/repository/structure/packages.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

std::string header_of(const Unit& unit) { return "include/tinytorch/" + unit.name + ".hpp"; }

TEST(Units, have_a_public_header_of_their_name) {
  const std::vector<Unit> all = units();
  ASSERT_GT(all.size(), 20U) << "the table of units was not read";
  std::string missing;
  for (const Unit& unit : all) {
    if (!fs::exists(root() / header_of(unit))) missing += header_of(unit) + "\n";
  }
  EXPECT_EQ(missing, "");
}

// A short header is one more file to open for what a family's header could say.
TEST(PublicHeaders, have_30_lines_or_are_a_units_own) {
  std::vector<std::string> own;
  for (const Unit& unit : units()) own.push_back(header_of(unit));
  std::string too_short;
  for (const fs::path& header : files("include", {".hpp"})) {
    const std::size_t count = lines(read(header)).size();
    if (count < 30 && std::find(own.begin(), own.end(), header.string()) == own.end())
      too_short += header.string() + ": " + std::to_string(count) + " lines\n";
  }
  EXPECT_EQ(too_short, "");
}

TEST(PublicHeaders, include_nothing_of_src) {
  std::string found;
  for (const fs::path& header : files("include", {".hpp"})) {
    for (const std::string& name : quoted_includes(read(header))) {
      if (!name.starts_with("tinytorch/")) found += header.string() + " includes " + name + "\n";
    }
  }
  EXPECT_EQ(found, "");
}

constexpr std::size_t most_files = 20;

/// Folders that are a list by nature: one file per value compared with PyTorch's, one per header.
bool is_a_list(const std::string& folder) {
  constexpr std::array<std::string_view, 1> lists{"tests/golden"};
  return std::find(lists.begin(), lists.end(), folder) != lists.end();
}

/// "folder: 28 files" for each folder of `paths` that holds more than `most_files` itself.
std::string crowded(const std::vector<fs::path>& paths) {
  std::map<std::string, std::size_t> counts;
  for (const fs::path& path : paths) ++counts[path.parent_path().string()];
  std::string found;
  for (const auto& [folder, count] : counts) {
    if (count > most_files && !is_a_list(folder)) found += folder + ": " + std::to_string(count) + " files\n";
  }
  return found;
}

TEST(Folders, of_src_and_tests_hold_20_files_at_most) {
  std::vector<fs::path> paths;
  for (const char* folder : {"src", "tests"}) {
    for (const fs::path& file : files(folder, {".cpp", ".hpp", ".py", ".txt", ".md", ".cmake", ".npz"}))
      paths.push_back(file);
  }
  ASSERT_GT(paths.size(), 100U);
  EXPECT_EQ(crowded(paths), "");
}

TEST(Folders, that_hold_more_are_found) {
  std::vector<fs::path> paths(most_files, "src/a/b.cpp");
  EXPECT_EQ(crowded(paths), "");
  paths.emplace_back("src/a/c.cpp");
  EXPECT_EQ(crowded(paths), "src/a: 21 files\n");
}

TEST(RootBuildFile, lists_no_source) {
  static const std::regex source(R"([\w/]+\.(cpp|hpp)\b)");
  std::smatch found;
  const std::string text = read("CMakeLists.txt");
  EXPECT_FALSE(std::regex_search(text, found, source)) << found.str() << ": each folder of src/ lists its own";
}

}  // namespace
}  // namespace tinytorch::structure
