// A solution holds markers. This reads them and writes the skeleton, and every half-open version between the two.
//
//     // BEGIN SOLUTION 1.2: a view; no element moves      -> // BEGIN 1.2: a view; no element moves
//     ...                                                     TINYTORCH_TODO("1.2");
//     // END SOLUTION                                         // END 1.2
//     // BEGIN HELPER 1.8  ...  // END HELPER              -> nothing
//
// Pure functions on text: no file is opened here. lab/holes.hpp reads the fences that a skeleton keeps.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// A malformed marker, as "file:line: what".
struct MarkerError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Lines that stay as they are, a hole (one SOLUTION block), or a helper that the skeleton leaves out.
struct Segment {
  enum class Kind { text, hole, helper };
  Kind kind = Kind::text;
  std::string task;                // "1.2"; empty for text
  std::size_t first_line = 0;      // 1-based; for a hole or a helper the line of BEGIN ...
  std::size_t last_line = 0;       // ... and the line of END
  std::string indent;              // of the BEGIN marker
  std::string comment;             // what follows "1.2:" in the marker
  std::vector<std::string> lines;  // text: the lines; hole and helper: the lines between the markers
};

/// A solution file, cut into segments. Joined without their markers they are a complete file (see `solved`).
struct Source {
  std::string name;  // of the file: for messages, and to know its own header
  std::vector<Segment> segments;

  /// The holes in file order.
  std::vector<Segment> holes() const;
  /// The task whose hole or helper contains `line` (1-based), or "" outside of all.
  std::string task_at(std::size_t line) const;
};

/// Cuts a solution at its markers. Throws MarkerError when one is nested, unclosed, stray or without a task.
Source parse_source(std::string_view text, const std::string& name);

/// Throws MarkerError at the first hole or helper whose task is not among `tasks`.
void check_tasks(const Source& source, const std::set<std::string>& tasks);

// Where a TINYTORCH_TODO stands in what the functions below return, "src/course/holes.hpp" is included.

/// The file without its markers, with all holes filled.
std::string solved(const Source& source);

/// The file that students start from: every hole is a TINYTORCH_TODO between fences, every helper is left out.
std::string skeleton(const Source& source);

/// A student's file when `tasks` are done and no other: their holes are filled, between fences, and their helpers are
/// there.
std::string with_done(const Source& source, const std::set<std::string>& tasks);

/// The solution in which hole k of `task` (k counts within the task, in this file) holds the lines `fill(k)` instead.
std::string with_holes_filled(const Source& source, const std::string& task,
                              const std::function<std::vector<std::string>(std::size_t)>& fill);

/// How many holes `task` has in this file.
std::size_t hole_count(const Source& source, const std::string& task);

}  // namespace tinytorch::tito
