// What went wrong when version 0.1.0 of the course was taken as a student takes it, and what holds it right now: a row
// for each fact, in the files of this folder.
#pragma once

#include "src/tito/util/context.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tinytorch::tito {

struct Row {
  std::string id;                     // "B05.3"
  std::string does;                   // what the student does
  std::string before;                 // what 0.1.0 did or said
  std::string now;                    // what happens now
  std::vector<std::string> tests;     // that hold it, by the names that ctest has: "tito_test.Runner.exit_is_a_crash"
  std::vector<std::string> suite;     // tests of a lab that hold it: "01/rows_meet_columns"
  std::vector<std::string> versions;  // wrong versions that lose points: "05/m200_close_without_the_lock"
  std::string prints;                 // words that are printed, or that a page has; may be ""
  std::string in;                     // the file that has them; "": what a student reads of the first version
  std::vector<std::string> run;       // the command after ./tito that prints them, with the first version in work/
};

/// Throws CommandError (3) `file:line: ...` for a wrong type, an unknown key, a row without a proof, and words that are
/// said to be printed nowhere.
std::vector<Row> parse_rows(const std::string& text, const std::string& file);

/// The rows of tests/labs/students/*.toml, in the order of the files' names.
std::vector<Row> load_rows(const Context& context);

/// The names in what `ctest -N` prints.
std::set<std::string> names_of_ctest(const std::string& listing);

struct KnownNames {
  std::set<std::string> tests, suite, versions;               // as in Row
  std::function<std::string(const std::string&)> text_of;     // of a file of the project; "" when there is none
  std::function<std::string(const std::string&)> said_about;  // what a student reads of a version
};

/// A line for each name of a row that is not known, for words that do not stand where the row says, and for an id that
/// comes twice.
std::vector<std::string> row_faults(const std::vector<Row>& rows, const KnownNames& known);

}  // namespace tinytorch::tito
