// How a program is linked: build/<preset>/stacks.json, stack strings, and which definition each unit gets.
#pragma once

#include "src/tito/util/context.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct Definition {
  fs::path source;
  fs::path object;
};

// A row of the units table. CMake builds these definitions of a unit; another is the student's, in work/. `unnamed`
// takes the place of the solution in stacks that do not name the lab.
struct Unit {
  std::string name;  // "core/strides"
  std::string lab;   // "01_tensor"
  std::string part;  // "A"
  std::optional<Definition> solution, skeleton, library, unnamed;

  std::string lab_number() const { return lab.substr(0, lab.find('_')); }
  std::string file() const { return name.substr(name.rfind('/') + 1) + ".cpp"; }
};

enum class ProgramKind { suite, measure, bench, example, server };

struct Program {
  std::string name;  // "lab_01"
  ProgramKind kind = ProgramKind::example;
  std::vector<fs::path> objects;
};

// What stacks.json says. CMake (cmake/stacks.cmake) generates it from the units table.
struct Stacks {
  std::string version;
  fs::path source, build, compiler;
  std::vector<std::string> flags, link;
  std::vector<fs::path> given, kit;
  std::vector<Unit> units;
  std::vector<Program> programs;

  const Unit& unit(std::string_view name) const;        // throws CommandError (exit 3)
  const Program& program(std::string_view name) const;  // throws CommandError (exit 2) listing those of its kind
  bool has_program(std::string_view name) const;
};

// Throws CommandError (exit 3), one line: `stacks.json: [stacks] what`.
Stacks parse_stacks(const std::string& text);

// Reads build/<preset>/stacks.json; when it is missing the error names the command that makes it.
Stacks load_stacks(const Context& context);

// "work/01_tensor does not exist yet; begin with `tito start 01`", exit 1.
CommandError not_started(std::string_view lab_folder);

enum class Origin { library, solution, skeleton, work };
const char* to_string(Origin origin);

// A stack string, understood: which labs come from where, and what the others get.
struct StackChoice {
  Origin named = Origin::library;  // what the named labs get
  bool all = true;                 // every lab is named (for work: every lab in work/)
  std::vector<std::string> labs;   // numbers, when !all
  Origin rest = Origin::library;   // what the others get: library or solution

  bool names(std::string_view lab_number) const;
};

// "library", "solution", "skeleton", "work", "work:01,04", "work:01-03"; each origin takes a list. `rest` is "",
// "library" or "solution"; "" means solution. Throws CommandError (exit 2).
StackChoice parse_stack(std::string_view text, std::string_view rest = "");

// One unit with the definition it gets. It has neither source nor object when the stack leaves the unit out: tuned code
// is no part of a student's stack.
struct ResolvedUnit {
  const Unit* unit = nullptr;
  Origin origin = Origin::library;
  fs::path source;
  fs::path object;        // empty for work: it is compiled by the CLI
  bool explored = false;  // compiled for the explorer of schedules
};

// Every unit of the table, in its order. A lab that is named in the string but not in work/ throws
// CommandError (exit 1) saying `tito start NN`; a missing file of a lab in work/ likewise.
std::vector<ResolvedUnit> resolve(const Context& context, const Stacks& stacks, const StackChoice& choice);

}  // namespace tinytorch::tito
