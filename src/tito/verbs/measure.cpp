// tito measure 01: measures the student's own build, and prints each result beside the guess.
#include "src/tito/build/build.hpp"
#include "src/tito/judge/measure_program.hpp"
#include "src/tito/lab/predictions.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace tinytorch::tito {

namespace {

struct MeasureOptions {
  std::string lab;
  std::string stack;
  std::string out;
  std::optional<std::uint64_t> seed;
};

using FileTimes = std::map<fs::path, fs::file_time_type>;

FileTimes file_times(const fs::path& folder) {
  FileTimes times;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
    if (entry.is_regular_file(none)) times[entry.path()] = entry.last_write_time(none);
  }
  return times;
}

std::string with_unit(double value, const std::string& unit) {
  return value_text(value) + (unit.empty() ? "" : " " + unit);
}

std::string factor_text(double factor) {
  return factor < 100 ? fmt::format("{:.2g}", factor) : value_text(std::round(factor));
}

/// "RIGHT", "OFF by a factor of 3.2" or "OFF".
std::string verdict(const Context& context, const Prediction& prediction, double guess, double truth) {
  if (within(prediction, guess, truth)) return paint(context, Style::good, "RIGHT");
  const bool comparable = guess > 0 && truth > 0;
  const double factor = comparable ? std::max(guess / truth, truth / guess) : 0;
  const std::string text = factor >= 1.05 ? "OFF by a factor of " + factor_text(factor) : "OFF";
  return paint(context, Style::warning, text);
}

void print_reason(const Prediction& prediction, const Measured& measured, const Guess* guess) {
  const auto reason = [&](int why) {
    return why >= 1 && why <= static_cast<int>(prediction.why.size())
               ? reason_letter(why) + ", " + prediction.why[static_cast<std::size_t>(why) - 1]
               : std::string("none");
  };
  if (!prediction.why.empty()) {
    fmt::print("    the reason   {}{}\n", reason(measured.why),
               measured.why == 0 ? ": the second measurement does not decide" : "");
    if (guess != nullptr && guess->why != 0) {
      fmt::print("    your reason  {}: {}\n", reason(guess->why),
                 guess->why == measured.why ? "the evidence supports it" : "the evidence does not support it");
    }
  }
  if (!measured.evidence.empty()) fmt::print("{}\n", wrap("evidence: " + measured.evidence, 96, "    "));
}

/// What a question was answered with: by the stack that is measured and, when that is the student's, by the solution.
struct Answer {
  const Measured* own;
  const Measured* solution;  // null when the solution itself is measured
};

void print_truths(const Context& context, const Prediction& prediction, const Answer& answer, const Guess* guess) {
  const std::string& unit = answer.own->unit.empty() ? prediction.unit : answer.own->unit;
  const bool guessed = guess != nullptr && guess->value;
  std::string line = guessed ? "guess " + with_unit(*guess->value, unit) : "no guess";
  if (answer.solution == nullptr)
    line += "   truth " + with_unit(answer.own->truth, unit);
  else
    line += "   yours " + with_unit(answer.own->truth, unit) + "   solution " + with_unit(answer.solution->truth, unit);
  line += "   " + tolerance_text(prediction.tolerance);
  if (guessed) line += "   " + verdict(context, prediction, *guess->value, answer.own->truth);
  fmt::print("    {}\n", line);
}

void print_measured(const Context& context, const Prediction& prediction, const std::string& question,
                    const Answer& answer, const Guess* guess) {
  fmt::print("\n{}\n{}\n", paint(context, Style::heading, prediction.id), wrap(question, 96, "  "));
  print_truths(context, prediction, answer, guess);
  print_reason(prediction, *answer.own, guess);
  if (answer.solution == nullptr) return;
  if (!answer.solution->evidence.empty() && answer.solution->evidence != answer.own->evidence)
    fmt::print("{}\n", wrap("the solution: " + answer.solution->evidence, 96, "    "));
  if (!prediction.hidden_by.empty() && !within(prediction, answer.own->truth, answer.solution->truth))
    fmt::print("{}\n", wrap("your code hides the effect: " + prediction.hidden_by, 96, "    "));
}

void print_files(const Context& context, const fs::path& folder, const FileTimes& before) {
  bool first = true;
  for (const auto& [path, time] : file_times(folder)) {
    const auto old = before.find(path);
    if (old != before.end() && old->second == time) continue;
    if (first) fmt::print("\n");
    first = false;
    fmt::print("wrote {}\n", shown(context, path));
  }
}

/// Runs the program. When the student's code fails before it answers anything, this throws CommandError (1), which also
/// says how to measure the reference.
ProcessResult run_or_explain(const Context& context, const Lab& lab, const std::string& stack,
                             const std::vector<std::string>& arguments) {
  const bool student = stack.rfind("work", 0) == 0;
  const std::string other =
      student ? "; `./tito measure " + lab.number + " --stack solution` measures the reference" : "";
  try {
    ProcessResult result = run_measure(context, lab, stack, arguments);
    if (result.ok() || (student && !result.out.empty())) return result;
    throw CommandError(student ? exit_not_all : exit_trouble,
                       "measure_" + lab.number + " on stack " + stack + ": " + ending(result) + other);
  } catch (const BuildFailure& failure) {
    throw CommandError(student ? exit_not_all : exit_trouble, failure.what() + other);
  }
}

struct Answers {
  std::map<std::string, Measured> by_id;  // of the predictions
  std::string stopped;                    // how the program ended before it had answered all, or ""
};

/// An open hole of the student's ends the program: the answers before it are kept.
Answers measured_on(const Context& context, const Lab& lab, const std::string& stack, const std::string& seed,
                    const fs::path& out) {
  fs::create_directories(out);
  const ProcessResult result =
      run_or_explain(context, lab, stack, {"--seed", seed, "--measure", "--out", out.string()});
  Answers measured{{}, result.ok() ? "" : ending(result)};
  for (Measured& one : parse_measured(result.out)) {
    if (stack == "solution" || stack == "library") one.evidence = of_another(one.evidence, "the " + stack);
    measured.by_id[one.id] = std::move(one);
  }
  for (const Prediction& prediction : lab.predictions) {
    if (result.ok() && measured.by_id.count(prediction.id) == 0)
      throw trouble("measure_" + lab.number + " says nothing about " + prediction.id);
  }
  return measured;
}

int measure(const Context& context, const MeasureOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  const std::optional<Guesses> guesses = load_guesses(context, lab);
  const std::string stack = options.stack.empty() ? measured_stack(context, lab) : options.stack;
  std::uint64_t seed = guesses ? guesses->seed : student_seed(context);
  if (options.seed) seed = *options.seed;
  const bool started = fs::exists(context.work / lab.folder);
  fs::path out = started ? context.work / lab.folder : context.build() / "measure" / lab.folder;
  if (!options.out.empty()) out = fs::absolute(options.out);
  fs::create_directories(out);
  const FileTimes before = file_times(out);

  const std::string seed_text = std::to_string(seed);
  const auto parameters =
      parse_parameters(run_or_explain(context, lab, "solution", {"--seed", seed_text, "--parameters"}).out);
  fmt::print("{} on stack {}, seed {}\n", lab.folder, stack, seed);
  if (!guesses) fmt::print("No guesses are kept; `./tito predict {}` before measuring teaches more.\n", lab.number);
  std::fflush(stdout);
  const auto [measured, stopped] = measured_on(context, lab, stack, seed_text, out);
  std::map<std::string, Measured> reference;
  if (stack.rfind("work", 0) == 0)
    reference = measured_on(context, lab, "solution", seed_text, context.build() / "measure" / lab.folder).by_id;
  const bool same_numbers = guesses && guesses->seed == seed;
  std::vector<std::string> waiting;
  for (const Prediction& prediction : lab.predictions) {
    if (measured.count(prediction.id) == 0) {
      waiting.push_back(prediction.id);
      continue;
    }
    const auto numbers = parameters.find(prediction.id);
    const Answer answer{&measured.at(prediction.id), reference.empty() ? nullptr : &reference.at(prediction.id)};
    print_measured(context, prediction,
                   question_text(prediction, numbers == parameters.end() ? Parameters{} : numbers->second), answer,
                   same_numbers ? guesses->find(prediction.id) : nullptr);
  }
  print_files(context, out, before);
  if (waiting.empty()) return exit_ok;
  fmt::print(
      "\nnot measured: {}; your build ended before ({}). `./tito measure {} --stack solution` measures the reference\n",
      joined(waiting, ", "), stopped, lab.number);
  return exit_not_all;
}

}  // namespace

void add_measure(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("measure", "Measures on your build and compares with your guesses");
  const auto options = std::make_shared<MeasureOptions>();
  add_lab_argument(*verb, options->lab);
  verb->add_option("--stack", options->stack, "What is measured: work:01 when you have started it, else solution");
  verb->add_option("--out", options->out, "Folder for the files it writes; work/NN_name when you have started it");
  verb->add_option("--seed", options->seed, "Other numbers than those of your guesses");
  verb->footer(
      "Example:\n  ./tito measure 01                     your code and the solution, beside your guesses\n"
      "  ./tito measure 01 --stack solution    the reference");
  verb->callback([&context, options] { context.exit_code = measure(context, *options); });
}

}  // namespace tinytorch::tito
