// What an object file defines, read with nm, the names as a student would write them, and the units that a program can
// call at all.
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/util/context.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct Symbol {
  std::string mangled;
  char type = '?';  // as nm prints it: T code, D B R data, W V u weak; lower case t d b r is local

  bool strong() const { return type == 'T' || type == 'D' || type == 'B' || type == 'R' || type == 'C'; }
  bool function() const { return type == 'T'; }
  bool undefined() const { return type == 'U' || type == 'w' || type == 'v'; }
  bool weak() const { return type == 'W' || type == 'V' || type == 'u'; }
};

// The external symbols that each object defines or asks for, in nm's order. Throws CommandError (3).
std::map<fs::path, std::vector<Symbol>> external_symbols(const std::vector<fs::path>& objects);

// Those that it defines.
std::map<fs::path, std::vector<Symbol>> defined_symbols(const std::vector<fs::path>& objects);

// Reads what `nm -P` prints for several files, with "path:" lines between them.
std::map<fs::path, std::vector<Symbol>> parse_nm(const std::string& text);

// "tinytorch::raw::sum(tinytorch::Tensor const&, bool)"; the name itself when it is not C++.
std::string demangled(const std::string& mangled);

// Shorter, as the headers write it: "raw::sum(const Tensor&, bool)".
std::string pretty(const std::string& demangled_name);

// The name without scope, template arguments and parameters: "sum".
std::string base_name(const std::string& demangled_name);

/// The units that the program refers to, directly or through given code and other units. They are found as a linker
/// picks members of an archive: from object to object, by symbols. Each unit is taken from its solution. Builds the
/// objects first.
std::set<std::string> reachable_units(const Context& context, const Stacks& stacks, const Program& program);

}  // namespace tinytorch::tito
