// Wrong versions of a solution: written by hand, lazy, or with one hole left open. Pure functions on text.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/lab/markers.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// A mutant file: "hint: ..." and then lines to find (`- `) and lines to put there (`+ `).
///     hint: the upper middle value is taken for the median
///     - return (values[n / 2 - 1] + values[n / 2]) / 2;
///     + return values[n / 2];
/// "include: sstream" before the lines adds that header of the standard library to the file.
struct Mutant {
  std::string name;  // "m01_upper_median"
  std::string hint;
  struct Hunk {
    std::vector<std::string> before, after;
  };
  std::vector<Hunk> hunks;
  std::string include;  // "sstream", or none

  std::vector<std::string> like;  // of a file in wrong/: the mutants whose hint is true of it as well

  std::size_t changed_lines() const;
};

/// Throws CommandError (3): no hint, nothing to find, more than three changed lines.
Mutant parse_mutant(const std::string& text, const std::string& name);

/// A file of wrong/, a wrong version as a student writes it, with any number of lines:
///     what: the exception of a worker is swallowed
///     true: m12_swallowed, m14_lost
///     - lines to find
///     + lines to put there
/// `what` becomes the hint, `true` the mutants that it is like.
Mutant parse_wrong(const std::string& text, const std::string& name);

/// One file of a solution with its unit.
struct UnitSource {
  std::string unit;  // "core/strides"
  std::string text;  // with its markers
  Source source;     // the same, parsed
};

/// A solution with one change: the text of one unit, the others stay.
struct Variant {
  std::string name;  // "m01_upper_median", "lazy 1.2 (1)", "hole 1.2 (1)"
  std::string task;  // the task that it breaks
  std::string unit;
  std::string text;
  std::string hint;
};

/// The hunks' lines are found by text, blanks at both ends left out, and must match exactly once in all files together,
/// inside a hole or a helper. Throws CommandError (3) otherwise.
Variant apply_mutant(const Mutant& mutant, const std::vector<UnitSource>& solution);

/// Each entry of each task's `lazy`, and one more that throws an Error.
std::vector<Variant> lazy_variants(const Lab& lab, const std::vector<UnitSource>& solution);

/// Each hole of each task left open, the rest of the solution in place.
std::vector<Variant> hole_variants(const Lab& lab, const std::vector<UnitSource>& solution);

}  // namespace tinytorch::tito
