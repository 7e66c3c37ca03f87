// The rule that makes units interchangeable: every definition of a unit defines the same functions.
#include "src/tito/build/symbols.hpp"
#include "tests/labs/proofs.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

std::set<std::string> strong_names(const std::vector<Symbol>& symbols) {
  std::set<std::string> names;
  for (const Symbol& symbol : symbols) {
    if (symbol.strong()) names.insert(pretty(demangled(symbol.mangled)));
  }
  return names;
}

/// A line for each function that a definition of a unit lacks, or has beyond its solution.
std::vector<std::string> definition_misfits(const Stacks& stacks) {
  std::vector<fs::path> objects;
  for (const Unit& unit : stacks.units) {
    for (const auto* definition : {&unit.solution, &unit.skeleton, &unit.library, &unit.unnamed}) {
      if (definition->has_value()) objects.push_back((*definition)->object);
    }
  }
  const auto symbols = defined_symbols(objects);
  std::vector<std::string> misfits;
  for (const Unit& unit : stacks.units) {
    if (!unit.solution) continue;
    const std::set<std::string> wanted = strong_names(symbols.at(unit.solution->object));
    if (wanted.empty()) misfits.push_back(fmt::format("{}: its solution defines nothing", unit.name));
    const auto compare = [&](const char* kind, const std::optional<Definition>& definition) {
      if (!definition) return;
      const std::set<std::string> found = strong_names(symbols.at(definition->object));
      for (const std::string& name : wanted) {
        if (found.count(name) == 0) misfits.push_back(fmt::format("{}: {} lacks `{}`", unit.name, kind, name));
      }
      for (const std::string& name : found) {
        if (wanted.count(name) == 0) misfits.push_back(fmt::format("{}: {} also defines `{}`", unit.name, kind, name));
      }
    };
    compare("its skeleton", unit.skeleton);
    compare("the library's definition", unit.library);
    compare("the definition of stacks that do not name its lab", unit.unnamed);
  }
  return misfits;
}

}  // namespace

void prove_definitions(const Stacks& stacks) {
  expect_none("every definition of a unit defines the same functions", lines_of(definition_misfits(stacks)));
}

}  // namespace tinytorch::tito
