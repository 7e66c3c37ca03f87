// Which package needs which at link time, from the symbols of the library's objects: core links without nn, nn without
// data and optim. The #include lines alone do not show this: a header of core may declare what a file of nn defines.

#include "tests/repository/structure/command.hpp"
#include "tests/repository/structure/packages.hpp"
#include "tests/repository/structure/source_tree.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <cxxabi.h>
#include <gtest/gtest.h>

namespace tinytorch::structure {
namespace {

/// An object file of the library.
struct Object {
  std::string file;
  std::string package;
  std::set<std::string> defined, undefined;  // mangled names
};

/// "core" for .../tinytorch_given.dir/src/core/ops/views.cpp.o and .../unit_core_strides_solution.dir/....cpp.o.
std::string package_of_object(const std::string& file) {
  static const std::regex unit(R"(unit_([a-z]+)_\w+\.dir/)"), given(R"(tinytorch_given\.dir/(?:\./)?src/([a-z]+)/)");
  std::smatch match;
  if (std::regex_search(file, match, unit) || std::regex_search(file, match, given)) return match[1];
  return "";
}

bool is_ours(const std::string& symbol) { return symbol.find("9tinytorch") != std::string::npos; }

/// Adds a line of `nm -A -P`: "object.o: symbol type value size".
void add_symbol(const std::string& line, std::map<std::string, Object>& objects) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string::npos) return;
  std::istringstream words(line.substr(colon + 2));
  std::string symbol, type;
  words >> symbol >> type;
  if (type.size() != 1 || !is_ours(symbol)) return;
  const std::string file = line.substr(0, colon);
  Object& object = objects[file];
  object.file = file;
  object.package = package_of_object(file);
  if (type == "U") object.undefined.insert(symbol);
  if (type != "U" && type != "w" && type != "v") object.defined.insert(symbol);
}

std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 ? text.get() : symbol;
}

/// May objects of package `from` need what package `to` defines? Every package may use the instruments of src/course,
/// which in turn use core alone.
bool may_need(const std::string& from, const std::string& to) {
  if (from == to || to == "course") return true;
  if (from == "course") return to == "core";
  return may_use().contains(from) && may_use().at(from).contains(to);
}

/// One line for each symbol that an object needs from a package that it may not use.
std::string against_the_rule(const std::vector<Object>& objects) {
  std::map<std::string, std::set<std::string>> homes;  // symbol -> packages that define it
  for (const Object& object : objects) {
    for (const std::string& symbol : object.defined) homes[symbol].insert(object.package);
  }
  std::string faults;
  for (const Object& object : objects) {
    for (const std::string& symbol : object.undefined) {
      const auto home = homes.find(symbol);
      if (home == homes.end()) continue;
      bool fine = false;
      for (const std::string& package : home->second) fine = fine || may_need(object.package, package);
      if (!fine)
        faults += fs::path(object.file).filename().string() + " of " + object.package + " needs " + readable(symbol) +
                  " of " + *home->second.begin() + "\n";
    }
  }
  return faults;
}

std::vector<Object> library_objects() {
  std::vector<std::string> words{TINYTORCH_NM, "-A", "-P"};
  std::ifstream list(TINYTORCH_LIBRARY_OBJECTS);
  for (std::string file; std::getline(list, file);) {
    if (!file.empty()) words.push_back(file);
  }
  const CommandResult result = run(words);
  EXPECT_EQ(result.exit_code, 0) << result.output.substr(0, 2000);
  std::map<std::string, Object> objects;
  for (const std::string& line : lines(result.output)) add_symbol(line, objects);
  std::vector<Object> all;
  for (const auto& [file, object] : objects) all.push_back(object);
  return all;
}

TEST(Symbols, are_needed_from_core_outwards) {
  const std::vector<Object> objects = library_objects();
  ASSERT_GT(objects.size(), 50U);
  std::map<std::string, int> count;
  for (const Object& object : objects) {
    EXPECT_FALSE(object.package.empty()) << object.file;
    ++count[object.package];
  }
  for (const char* package : {"core", "course", "data", "nn", "optim", "profiling"}) EXPECT_GT(count[package], 0) << package;
  EXPECT_EQ(against_the_rule(objects), "");
}

TEST(Symbols, that_a_package_may_not_need_are_found) {
  const std::string relu = "_ZN9tinytorch4reluEv";
  const Object defines{"loss.cpp.o", "nn", {relu}, {}};
  EXPECT_EQ(against_the_rule({{"unary.cpp.o", "core", {}, {relu}}, defines}),
            "unary.cpp.o of core needs tinytorch::relu() of nn\n");
  EXPECT_EQ(against_the_rule({{"fit.cpp.o", "optim", {}, {relu}}, defines}), "");
  EXPECT_EQ(against_the_rule({{"mlp.cpp.o", "nn", {}, {relu}}, defines}), "");
}

TEST(Symbols, are_read_from_the_lines_of_nm) {
  std::map<std::string, Object> objects;
  add_symbol("a/tinytorch_given.dir/src/core/ops/views.cpp.o: _ZN9tinytorch4reluEv U         ", objects);
  add_symbol("a/unit_nn_loss_solution.dir/modules/02_mlp/solution/loss.cpp.o: _ZN9tinytorch4reluEv T 0 4", objects);
  add_symbol("nm: something else", objects);
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects.begin()->second.package, "core");
  EXPECT_EQ(objects.begin()->second.undefined.size(), 1U);
  EXPECT_EQ(objects.rbegin()->second.package, "nn");
  EXPECT_EQ(objects.rbegin()->second.defined.size(), 1U);
}

}  // namespace
}  // namespace tinytorch::structure
