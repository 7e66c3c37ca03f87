// Which folder may include which, from the #include lines: dependencies run one way and never in a circle.

#include "tests/repository/structure/packages.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

using Includes = std::map<std::string, std::vector<std::string>>;

/// The package of a unit's solution, skeleton or alternative: "core" for strides of 01_tensor.
std::string package_of_unit(const std::string& lab, const std::string& stem) {
  for (const Unit& unit : units()) {
    if (unit.lab == lab && unit.name == unit.package + "/" + stem) return unit.package;
  }
  return "";
}

/// "core" for include/tinytorch/core/tensor.hpp, src/core/memory/pool.hpp and a solution of core/strides; "" where the
/// rule says nothing: the umbrella header, the tools, tests.
std::string package(const fs::path& file) {
  const std::vector<std::string> parts(file.begin(), file.end());
  std::string name;
  if (parts.size() > 3 && parts[0] == "include") name = parts[2];
  if (parts.size() > 2 && parts[0] == "src") name = parts[1];
  if (parts.size() > 3 && parts[0] == "modules") name = package_of_unit(parts[1], file.stem().string());
  return may_use().contains(name) ? name : "";
}

Includes include_graph() {
  Includes graph;
  for (const char* folder : {"include", "src", "modules"}) {
    for (const fs::path& file : files(folder, {".hpp", ".cpp"})) {
      for (const fs::path& target : includes(file)) graph[file.string()].push_back(target.string());
    }
  }
  return graph;
}

std::string against_the_rule(const Includes& graph) {
  std::string faults;
  for (const auto& [file, targets] : graph) {
    const std::string from = package(file);
    if (from.empty()) continue;
    for (const std::string& target : targets) {
      const std::string to = package(target);
      const bool stands_on_top = target == "include/tinytorch/tinytorch.hpp" ||
                                 target == "include/tinytorch/torch.hpp" || target.starts_with("src/tito/");
      if ((!to.empty() && !may_use().at(from).contains(to)) || stands_on_top)
        faults += file + " includes " + target + "\n";
    }
  }
  return faults;
}

/// A circle through `file`, written "a -> b -> a", or "". `path` leads to it; `done` holds files without circles.
std::string circle_from(const Includes& graph, const std::string& file, std::vector<std::string>& path,
                        std::set<std::string>& done) {
  if (const auto seen = std::find(path.begin(), path.end(), file); seen != path.end()) {
    std::string circle;
    for (auto step = seen; step != path.end(); ++step) circle += *step + " -> ";
    return circle + file;
  }
  if (done.contains(file) || !graph.contains(file)) return "";
  path.push_back(file);
  for (const std::string& target : graph.at(file)) {
    if (std::string circle = circle_from(graph, target, path, done); !circle.empty()) return circle;
  }
  path.pop_back();
  done.insert(file);
  return "";
}

std::string first_circle(const Includes& graph) {
  std::set<std::string> done;
  for (const auto& [file, targets] : graph) {
    std::vector<std::string> path;
    if (std::string circle = circle_from(graph, file, path, done); !circle.empty()) return circle;
  }
  return "";
}

TEST(Includes, run_from_core_outwards) {
  const Includes graph = include_graph();
  ASSERT_TRUE(graph.contains("include/tinytorch/optim/loop.hpp")) << "the include lines were not read";
  EXPECT_EQ(against_the_rule(graph), "");
}

TEST(Includes, form_no_circle) { EXPECT_EQ(first_circle(include_graph()), ""); }

TEST(Includes, of_units_obey_the_rule_of_their_package) {
  EXPECT_EQ(package("modules/01_tensor/solution/strides.cpp"), "core");
  EXPECT_EQ(package("modules/02_mlp/solution/linear.cpp"), "nn");
  EXPECT_EQ(package("include/tinytorch/tinytorch.hpp"), "");
}

TEST(Includes, that_break_the_rule_are_found) {
  EXPECT_NE(against_the_rule({{"src/core/memory/pool.cpp", {"include/tinytorch/nn/linear.hpp"}}}), "");
  EXPECT_NE(against_the_rule({{"include/tinytorch/nn/linear.hpp", {"include/tinytorch/optim/rules.hpp"}}}), "");
  EXPECT_EQ(first_circle({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}}), "b -> c -> b");
}

}  // namespace
}  // namespace tinytorch::structure
