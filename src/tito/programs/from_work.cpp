#include "src/tito/programs/from_work.hpp"

#include "src/tito/build/symbols.hpp"
#include "src/tito/judge/results.hpp"
#include "src/tito/lab/holes.hpp"

#include <cstdio>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

std::vector<const ResolvedUnit*> units_from_work(const std::vector<ResolvedUnit>& units) {
  std::vector<const ResolvedUnit*> work;
  for (const ResolvedUnit& unit : units) {
    if (unit.origin == Origin::work) work.push_back(&unit);
  }
  return work;
}

// The open holes, as "1.10 (line 34), 1.11 (line 50)"; "" when there are none.
std::string list_holes(const fs::path& file) {
  std::string holes;
  for (const OpenHole& hole : open_holes(read_file(file)))
    holes += (holes.empty() ? "" : ", ") + fmt::format("{} (line {})", hole.task, hole.line);
  return holes;
}

// Refuses a lab that was asked for by its number when the program can call no unit of it. One unit is enough: no
// network calls gradcheck, and many have no convolution.
void refuse_idle(const std::vector<const ResolvedUnit*>& work, const std::set<std::string>& needed,
                 const std::string& program) {
  std::set<std::string> called;
  for (const ResolvedUnit* unit : work) {
    if (needed.count(unit->unit->name) != 0) called.insert(unit->unit->lab);
  }
  for (const ResolvedUnit* unit : work) {
    if (called.count(unit->unit->lab) != 0) continue;
    throw CommandError(exit_not_all, fmt::format("{} calls nothing of {}; leave lab {} out of the stack", program,
                                                 unit->unit->lab, unit->unit->lab_number()));
  }
}

// Refuses to start when the program needs a unit with an open hole: it could train for a minute before it gets there.
void refuse_holes(const Context& context, const std::vector<const ResolvedUnit*>& work,
                  const std::set<std::string>& needed, const std::string& program) {
  for (const ResolvedUnit* unit : work) {
    if (needed.count(unit->unit->name) == 0) continue;
    const std::string holes = list_holes(unit->source);
    if (holes.empty()) continue;
    throw CommandError(exit_not_all,
                       fmt::format("{} needs {}, and {} still has holes: {}; `./tito test {}` judges them", program,
                                   unit->unit->name, shown(context, unit->source), holes, unit->unit->lab_number()));
  }
}

// "   (lab 01 had 84 of 100 points at its last test)": a program that learns badly on code with known mistakes.
std::string last_points(const Context& context, const std::string& lab) {
  const std::optional<LabResult> last = load_result(context, lab);
  if (!last || last->complete()) return "";
  return fmt::format("   (lab {} had {:g} of {:g} points at its last test)", lab, last->points, last->possible);
}

void print_origins(const Context& context, const std::vector<const ResolvedUnit*>& work,
                   const std::set<std::string>& needed) {
  fmt::print("from work/:\n");
  for (const ResolvedUnit* unit : work) {
    const bool used = needed.count(unit->unit->name) != 0;
    fmt::print("  {:<18} {}{}\n", unit->unit->name, shown(context, unit->source),
               used ? last_points(context, unit->unit->lab_number()) : "   (not needed here)");
  }
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace

std::vector<const ResolvedUnit*> check_units_from_work(const Context& context, const Stacks& stacks,
                                                       const Program& program, const std::vector<ResolvedUnit>& units,
                                                       const StackChoice& choice) {
  std::vector<const ResolvedUnit*> work = units_from_work(units);
  if (choice.named == Origin::work && work.empty()) {
    throw CommandError(exit_not_all, "work/ holds no lab yet; begin with `./tito start 00`");
  }
  if (work.empty()) return work;
  const std::set<std::string> needed = reachable_units(context, stacks, program);
  if (!choice.all) refuse_idle(work, needed, program.name);
  refuse_holes(context, work, needed, program.name);
  print_origins(context, work, needed);
  return work;
}

}  // namespace tinytorch::tito
