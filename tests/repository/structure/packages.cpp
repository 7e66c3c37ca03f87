#include "tests/repository/structure/packages.hpp"

#include "tests/repository/structure/source_tree.hpp"

#include <regex>

namespace tinytorch::structure {

const std::map<std::string, std::set<std::string>>& may_use() {
  static const std::map<std::string, std::set<std::string>> rule{
      {"core", {"core"}},
      {"data", {"core", "data"}},
      {"nn", {"core", "nn"}},
      {"profiling", {"core", "profiling"}},
      {"optim", {"core", "data", "nn", "optim"}},
  };
  return rule;
}

std::vector<Unit> units() {
  static const std::regex row(R"(^tinytorch_unit\(((\w+)/\w+)\s+(\w+)\s.*)");
  std::vector<Unit> found;
  for (const std::string& line : lines(read("cmake/units.cmake"))) {
    if (std::smatch match; std::regex_match(line, match, row)) found.push_back({match[1], match[3], match[2]});
  }
  return found;
}

}  // namespace tinytorch::structure
