#include "src/tito/build/definitions.hpp"

#include "src/tito/build/build.hpp"
#include "src/tito/build/symbols.hpp"

#include <set>

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

}  // namespace

std::vector<std::string> definition_misfits(const Context& context, const Stacks& stacks) {
  std::vector<fs::path> objects;
  for (const Unit& unit : stacks.units) {
    for (const auto* definition : {&unit.solution, &unit.skeleton, &unit.library}) {
      if (definition->has_value()) objects.push_back((*definition)->object);
    }
  }
  run_ninja(context, stacks, objects);
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
  }
  return misfits;
}

}  // namespace tinytorch::tito
