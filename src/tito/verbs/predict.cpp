// tito predict 01: the lab's questions with the student's own numbers; the guesses are kept for `tito measure`.
#include "src/tito/judge/measure_program.hpp"
#include "src/tito/lab/predictions.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"
#include "src/tito/verbs/common.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

namespace tinytorch::tito {

namespace {

struct PredictOptions {
  std::string lab;
  std::string answers;  // a file instead of stdin
  std::optional<std::uint64_t> seed;
};

std::map<std::string, Parameters> ask_parameters(const Context& context, const Lab& lab, std::uint64_t seed) {
  const ProcessResult result = run_measure(context, lab, "solution", {"--seed", std::to_string(seed), "--parameters"});
  if (!result.ok()) throw trouble("measure_" + lab.number + " --parameters: " + ending(result));
  return parse_parameters(result.out);
}

void print_question(const Context& context, const Prediction& prediction, const std::string& text) {
  fmt::print("\n{}\n{}\n", paint(context, Style::heading, prediction.id), wrap(text, 96, "  "));
  fmt::print("  in {}, {}{}\n", prediction.unit, tolerance_text(prediction.tolerance),
             prediction.graded ? "" : ", not graded: it depends on the machine");
  if (prediction.why.empty()) return;
  fmt::print("  because of\n");
  for (std::size_t i = 0; i < prediction.why.size(); ++i) {
    fmt::print("    {}  {}\n", reason_letter(static_cast<int>(i) + 1), prediction.why[i]);
  }
}

/// Reads one line. On a terminal it asks again after a line that is no answer.
Guess read_guess(std::istream& in, const Prediction& prediction, bool ask) {
  while (true) {
    if (ask) fmt::print("  your guess{}: ", prediction.why.empty() ? "" : " and its reason, such as `12 a`");
    std::fflush(stdout);
    std::string line;
    do {
      if (!std::getline(in, line)) return {prediction.id, std::nullopt, 0};
    } while (!line.empty() && line.front() == '#');
    try {
      return parse_guess(line, prediction);
    } catch (const CommandError& error) {
      if (!ask) throw;
      fmt::print("  {}\n", error.what());
    }
  }
}

int predict(const Context& context, const PredictOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  if (lab.predictions.empty()) throw usage_error(lab.folder + " has no predictions");
  std::ifstream file;
  if (!options.answers.empty()) {
    file.open(options.answers);
    if (!file) throw usage_error("can't read " + options.answers);
  }
  std::istream& in = options.answers.empty() ? std::cin : file;
  const bool ask = options.answers.empty() && isatty(STDIN_FILENO) == 1;

  Guesses guesses;
  guesses.seed = options.seed ? *options.seed : student_seed(context);
  guesses.when = now_text();
  const std::map<std::string, Parameters> parameters = ask_parameters(context, lab, guesses.seed);
  fmt::print("{}  {} questions, seed {}\n", lab.folder, lab.predictions.size(), guesses.seed);
  std::size_t given = 0;
  for (const Prediction& prediction : lab.predictions) {
    const auto found = parameters.find(prediction.id);
    print_question(context, prediction,
                   question_text(prediction, found == parameters.end() ? Parameters{} : found->second));
    guesses.guesses.push_back(read_guess(in, prediction, ask));
    const Guess& guess = guesses.guesses.back();
    given += guess.value ? 1 : 0;
    if (!ask) fmt::print("  your guess: {}\n", guess.value ? value_text(*guess.value) : "none");
  }
  if (given == 0) {
    fmt::print("\nNo guess was given, nothing is kept. One line for each question, on a terminal or in a file.\n");
    return exit_not_all;
  }
  const fs::path kept = context.work / lab.folder / "predictions.json";
  if (fs::exists(kept)) fmt::print("\nyour earlier guesses: {}\n", shown(context, back_up(context, kept)));
  save_guesses(context, lab, guesses);
  fmt::print("\n{} of {} guesses kept in {}\nNow measure:\n  ./tito measure {}\n", given, guesses.guesses.size(),
             shown(context, kept), lab.number);
  return given == guesses.guesses.size() ? exit_ok : exit_not_all;
}

}  // namespace

void add_predict(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("predict", "Asks for guesses before you measure, with numbers of your own");
  const auto options = std::make_shared<PredictOptions>();
  add_lab_argument(*verb, options->lab);
  verb->add_option("--answers", options->answers, "Reads the guesses from this file, one line for each question");
  verb->add_option("--seed", options->seed, "Other numbers than yours (work/.tito/seed)");
  verb->footer(
      "Example:\n  tito predict 01                        asks on the terminal\n"
      "  printf '4096\\n8 a\\n' | tito predict 01  a number, and a reason's letter where reasons are offered");
  verb->callback([&context, options] { context.exit_code = predict(context, *options); });
}

}  // namespace tinytorch::tito
