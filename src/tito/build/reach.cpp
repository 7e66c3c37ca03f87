#include "src/tito/build/reach.hpp"

#include "src/tito/build/ninja.hpp"
#include "src/tito/build/symbols.hpp"

#include <map>

namespace tinytorch::tito {

std::set<std::string> reachable_units(const Context& context, const Stacks& stacks, const Program& program) {
  std::map<fs::path, std::string> unit_of;
  std::vector<fs::path> objects = program.objects;
  objects.insert(objects.end(), stacks.given.begin(), stacks.given.end());
  for (const Unit& unit : stacks.units) {
    if (!unit.solution) continue;
    unit_of[unit.solution->object] = unit.name;
    objects.push_back(unit.solution->object);
  }
  run_ninja(context, stacks, objects);
  const auto symbols = external_symbols(objects);
  std::map<std::string, fs::path> defined_in;
  for (const auto& [object, list] : symbols) {
    for (const Symbol& symbol : list) {
      if (symbol.strong()) defined_in[symbol.mangled] = object;
    }
  }
  std::set<fs::path> reached(program.objects.begin(), program.objects.end());
  std::vector<fs::path> open(program.objects.begin(), program.objects.end());
  std::set<std::string> units;
  while (!open.empty()) {
    const fs::path object = open.back();
    open.pop_back();
    if (const auto unit = unit_of.find(object); unit != unit_of.end()) units.insert(unit->second);
    for (const Symbol& symbol : symbols.at(object)) {
      const auto definition = defined_in.find(symbol.mangled);
      if (!symbol.undefined() || definition == defined_in.end()) continue;
      if (reached.insert(definition->second).second) open.push_back(definition->second);
    }
  }
  return units;
}

}  // namespace tinytorch::tito
