// What the file of a verb includes: the library for command lines, and what several verbs do in the same way.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/verbs.hpp"

#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace tinytorch::tito {

/// Adds the argument for a lab, as in `tito test 01`.
void add_lab_argument(CLI::App& verb, std::string& lab);

/// The lab of that name. Throws CommandError (1), saying `tito start NN`, when it has no folder in work/.
Lab find_started_lab(const Context& context, const std::string& name);

/// Prints a compile error or a misfit of the student's files.
void print_build_failure(const Context& context, const std::string& what);

}  // namespace tinytorch::tito
