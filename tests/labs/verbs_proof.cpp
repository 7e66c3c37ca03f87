// The verbs as a student meets them: tito, run on a work folder made for the purpose.
#include "src/tito/lab/markers.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/verbs.hpp"
#include "tests/labs/mutants/judge.hpp"
#include "tests/labs/proofs.hpp"
#include "tests/labs/sample.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <sys/wait.h>

namespace tinytorch::tito {

namespace {

struct Answer {
  int exit_code = -1;
  std::string text;

  bool says(const std::string& what) const { return text.find(what) != std::string::npos; }
  std::string last_line() const {
    const std::vector<std::string> lines = split_lines(text);
    return lines.empty() ? "" : lines.back();
  }
};

Answer call(const Context& context, const std::vector<std::string>& arguments) {
  const ProcessResult result = run_process(tito_command(context, arguments, 300));
  return {WIFEXITED(result.status) && !result.timed_out() ? WEXITSTATUS(result.status) : -1, result.out};
}

std::string expected(const Answer& answer, int exit_code, const std::string& last_line) {
  if (answer.exit_code == exit_code && (last_line.empty() || answer.last_line() == last_line)) return "";
  return fmt::format("expected exit code {} and the last line '{}'; exit code {} and\n{}", exit_code, last_line,
                     answer.exit_code, answer.text);
}

std::string help_faults(const Context& context) {
  std::string faults;
  for (const Verb& verb : all_verbs) {
    const Answer answer = call(context, {verb.name, "--help"});
    if (answer.exit_code != exit_ok || !answer.says("Example"))
      faults += std::string(verb.name) + " --help has no example\n";
  }
  return faults;
}

/// A lab's folder in work/, filled by a check.
class StudentFolder {
 public:
  StudentFolder(const Context& context, const Stacks& stacks, const Lab& lab)
      : context_(context), lab_(lab), solution_(solution_sources(stacks, lab)) {}

  void clear() const { fs::remove_all(context_.work); }
  fs::path file(const std::string& unit) const { return context_.work / lab_.folder / lab_.find_unit(unit)->file(); }
  void write_solution() const {
    for (const UnitSource& unit : solution_) write_file(file(unit.unit), solved(unit.source));
  }
  /// The solution with `lines` in the first task's holes.
  void write_with_first_task(const std::vector<std::string>& lines, const std::string& head = "") const {
    write_solution();
    const Task& task = lab_.tasks.front();
    for (const UnitSource& unit : solution_) {
      if (unit.unit != task.unit) continue;
      write_file(file(unit.unit), head + with_holes_filled(unit.source, task.id, [&](std::size_t) { return lines; }));
    }
  }

 private:
  const Context& context_;
  const Lab& lab_;
  std::vector<UnitSource> solution_;
};

std::string fresh_start_fault(const Context& context, const Lab& lab, const StudentFolder& folder) {
  folder.clear();
  if (call(context, {"test", lab.number}).exit_code == exit_ok) return "a lab that was never started passes";
  const std::string start = expected(call(context, {"start", lab.number}), exit_ok, "");
  return start.empty() ? expected(call(context, {"test", lab.number}), exit_not_all, "0/100") : start;
}

// `status NN` speaks of that lab, also when a lab before it is open.
std::string status_fault(const Context& context, const Lab& lab, const StudentFolder& folder) {
  folder.clear();
  call(context, {"start", lab.number});
  call(context, {"start", lab.number == "00" ? "01" : "00"});
  const Answer answer = call(context, {"status", lab.number});
  const std::string next = fmt::format("Next: {} {}", lab.tasks.front().id, lab.tasks.front().title);
  if (answer.exit_code == exit_ok && answer.says(next)) return "";
  return fmt::format("expected '{}'\n{}", next, answer.text);
}

std::string called_exit_fault(const Context& context, const Lab& lab, const StudentFolder& folder) {
  folder.write_with_first_task({"std::exit(0);"}, "#include <cstdlib>\n");
  const Answer answer = call(context, {"test", lab.number});
  if (answer.exit_code != exit_not_all || !answer.says("CRASH") || answer.last_line() == "0/100") {
    return "expected exit code 1, CRASH, and points for the other tasks\n" + answer.text;
  }
  return "";
}

std::string compile_error_fault(const Context& context, const Lab& lab, const StudentFolder& folder,
                                const std::vector<std::string>& lines, const std::string& head = "") {
  folder.write_with_first_task(lines, head);
  const Answer answer = call(context, {"test", lab.number});
  const std::string file = folder.file(lab.tasks.front().unit).filename().string();
  if (answer.exit_code != exit_not_all || !answer.says(file + ":") || !answer.says("error")) {
    return "expected exit code 1 and the compiler's error with file and line\n" + answer.text;
  }
  return "";
}

// A header beside the student's file, first empty, then broken: a verdict from before the change would be a lie.
std::string own_header_fault(const Context& context, const Lab& lab, const StudentFolder& folder) {
  folder.write_solution();
  const fs::path file = folder.file(lab.tasks.front().unit), header = file.parent_path() / "own.hpp";
  write_file(file, "#include \"own.hpp\"\n" + read_file(file));
  write_file(header, "#pragma once\n");
  const std::string fine = expected(call(context, {"test", lab.number}), exit_ok, "100/100");
  write_file(header, "#error changed\n");
  return fine.empty() ? expected(call(context, {"test", lab.number}), exit_not_all, "0/100") : fine;
}

// One syntax error is said once, not for each task.
std::string compile_status_fault(const Context& context, const Lab& lab, const StudentFolder& folder) {
  folder.write_with_first_task({"this is no C++"});
  call(context, {"test", lab.number});
  const Answer answer = call(context, {"status", lab.number});
  const std::size_t first = answer.text.find("COMPILE_ERROR");
  const bool once = first != std::string::npos && answer.text.find("COMPILE_ERROR", first + 1) == std::string::npos;
  return once ? "" : "expected COMPILE_ERROR once\n" + answer.text;
}

// A slip costs the guess it is in, and no other.
std::string slip_fault(const Context& context, const Lab& lab) {
  std::string answers;
  for (std::size_t i = 0; i < lab.predictions.size(); ++i) answers += i == 1 ? "a lot\n" : "12\n";
  const fs::path file = context.work / "answers.txt";
  write_file(file, answers);
  const Answer answer = call(context, {"predict", lab.number, "--answers", file.string()});
  const std::string kept = fmt::format("{} of {} guesses kept", lab.predictions.size() - 1, lab.predictions.size());
  const std::string again = fmt::format("./tito predict {} --only {}", lab.number, lab.predictions.at(1).id);
  return answer.says(kept) && answer.says(again) ? "" : "expected '" + kept + "' and '" + again + "'\n" + answer.text;
}

// Right code may hide the effect that a prediction asks about: then both answers are shown.
std::string side_by_side_fault(const Context& context, const Lab& lab, const StudentFolder& folder) {
  folder.write_solution();
  const Answer answer = call(context, {"measure", lab.number});
  const bool both = answer.says("   yours ") && answer.says("   solution ");
  return answer.exit_code == exit_ok && both ? "" : "expected `yours` beside `solution`\n" + answer.text;
}

// A hole of the last part may stop the measurement. What was answered before it is shown all the same.
std::string open_end_fault(const Context& context, const Lab& lab, const StudentFolder& folder) {
  folder.write_solution();
  const std::string& unit = lab.tasks.back().unit;
  const fs::path skeleton = context.root / "modules" / lab.folder / "skeleton" / lab.find_unit(unit)->file();
  write_file(folder.file(unit), read_file(skeleton));
  const Answer answer = call(context, {"measure", lab.number});
  const bool whole = answer.exit_code == exit_ok && !answer.says("not measured");
  const bool part = answer.exit_code == exit_not_all && answer.says("--stack solution");
  return whole || part ? "" : "expected all answers, or those before the hole\n" + answer.text;
}

}  // namespace

void prove_help(const Context& context) { expect_none("every verb's --help has an example", help_faults(context)); }

void prove_misspelt(const Context& context) {
  expect_none("a misspelt verb is a usage error", expected(call(context, {"tset"}), exit_usage, ""));
}

void prove_verbs_on(const LabProof& proof) {
  const Context& context = proof.context;
  const Lab& lab = proof.lab;
  const StudentFolder folder(context, proof.stacks, lab);
  expect_none("start, then test: 0/100, exit 1", fresh_start_fault(context, lab, folder));
  folder.write_solution();
  expect_none("the solution in work/: 100/100, exit 0",
              expected(call(context, {"test", lab.number}), exit_ok, "100/100"));
  std::vector<Claim> claims{
      {"status names the lab's own task as the next one", [&] { return status_fault(context, lab, folder); }},
      {"exit(0) in a function is a CRASH, the rest is judged", [&] { return called_exit_fault(context, lab, folder); }},
      {"a syntax error is shown with file and line",
       [&] { return compile_error_fault(context, lab, folder, {"this is no C++"}); }},
      {"status says once that the files did not compile", [&] { return compile_status_fault(context, lab, folder); }},
      {"a slip costs one guess", [&] { return slip_fault(context, lab); }},
      {"a header that does not exist is shown with file and line",
       [&] { return compile_error_fault(context, lab, folder, {}, "#include \"no/such.hpp\"\n"); }},
      {"a header of the student's own counts", [&] { return own_header_fault(context, lab, folder); }}};
  if (!lab.predictions.empty())
    claims.push_back(
        {"measure shows what it answers before an open hole", [&] { return open_end_fault(context, lab, folder); }});
  if (std::ranges::any_of(lab.predictions, [](const Prediction& one) { return !one.hidden_by.empty(); }))
    claims.push_back({"measure shows the student's answer and the solution's",
                      [&] { return side_by_side_fault(context, lab, folder); }});
  const auto name_of = [&](const Claim& claim) { return lab.number + claim.sentence; };
  for (const Claim& claim : sampled(std::move(claims), sample_of_this_run(), name_of))
    expect_none(claim.sentence, claim.find_fault());
}

}  // namespace tinytorch::tito
