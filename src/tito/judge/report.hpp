// What a student reads after `tito test`: the table of tasks with their verdicts, and the failures.
#pragma once

#include "src/tito/judge/runner.hpp"
#include "src/tito/judge/score.hpp"
#include "src/tito/lab/lab.hpp"

#include <map>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// test -> what its failure comes from, as find_causes returns it.
using Causes = std::map<std::string, std::string>;

struct ReportOptions {
  std::uint64_t seed = 1;
  std::string stack = "work";
  bool all = false;   // every failure in full, not only the first
  bool part = false;  // only some of the tests ran: no points
};

/// The failure to show first; null when every test passes. It is of the first task in which something went wrong: tasks
/// build on each other. Its tests stand with plain behaviour first, so the first one counts, except that a wrong value
/// in a case comes before one without, then a crash, then a hang, and among equals tests of precision or of one dtype,
/// and values that are wrong only in their last digits, come last. An open hole is shown when nothing else failed.
const TestRecord* most_telling(const std::vector<TestRecord>& records);

/// One failure in full, as in
///   WRONG  2.2 linear_forward · bias_is_added_to_every_row · seed 5 · smallest case (2,1)x(1,1)
///     x = [[1],[0]]  W = [[0]]  b = [2]
///     expected [[2],[2]]   yours [[2],[0]]   first difference at [1,0]: expected 2, got 0
///     this is what you get when: the bias is added to the first row only
///     again: tito test 02 --only bias_is_added_to_every_row --seed 5
std::string failure_text(const Context& context, const Lab& lab, const TestRecord& record, const Causes& causes,
                         const ReportOptions& options);

/// A line per task that was judged: id, title, verdict, points.
std::string table_text(const Context& context, const LabScore& score, bool points);

/// The whole report of a run; its last line is the total, "37/100", or "3 of 4 tests pass" for a part.
std::string report_text(const Context& context, const Lab& lab, const LabScore& score,
                        const std::vector<TestRecord>& records, const Causes& causes, const ReportOptions& options);

/// The same for programs.
std::string report_json(const Lab& lab, const LabScore& score, const ReportOptions& options);

/// The same when nothing could be run: the verdict is COMPILE_ERROR.
std::string failure_json(const Lab& lab, const ReportOptions& options, double possible, const std::string& what);

}  // namespace tinytorch::tito
