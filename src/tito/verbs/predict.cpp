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
  std::string only;     // this question; the other guesses stay
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

/// Reads one line. On a terminal it asks again after a line that is no answer; elsewhere such a line costs this guess
/// alone, and `slip` says what is wrong with it.
Guess read_guess(std::istream& in, const Prediction& prediction, bool ask, std::string& slip) {
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
      slip = error.what();
      if (!ask) return {prediction.id, std::nullopt, 0};
      fmt::print("  {}\n", slip);
    }
  }
}

/// The lab's predictions, or the one asked for by name.
std::vector<Prediction> asked(const Lab& lab, const std::string& only) {
  if (lab.predictions.empty()) throw usage_error(lab.folder + " has no predictions");
  std::vector<Prediction> chosen;
  for (const Prediction& prediction : lab.predictions) {
    if (only.empty() || prediction.id == only) chosen.push_back(prediction);
  }
  if (chosen.empty()) throw usage_error(lab.folder + " has no question " + only);
  return chosen;
}

/// Puts the guess in the place of an earlier one for the same question.
void set_guess(Guesses& guesses, const Guess& guess) {
  for (Guess& earlier : guesses.guesses) {
    if (earlier.id != guess.id) continue;
    earlier = guess;
    return;
  }
  guesses.guesses.push_back(guess);
}

/// The guesses to begin with: none, or the earlier ones when one question alone is answered again.
Guesses first_guesses(const Context& context, const Lab& lab, const PredictOptions& options) {
  Guesses guesses;
  if (!options.only.empty()) {
    if (const std::optional<Guesses> earlier = load_guesses(context, lab)) guesses = *earlier;
  }
  const bool again = !guesses.guesses.empty();
  if (again && options.seed && *options.seed != guesses.seed)
    throw usage_error(fmt::format("your other guesses are for seed {}", guesses.seed));
  if (!again) guesses.seed = options.seed ? *options.seed : student_seed(context);
  guesses.when = now_text();
  return guesses;
}

/// Asks the questions. Returns those whose answer was none.
std::vector<std::string> ask_all(const Context& context, const std::vector<Prediction>& questions,
                                 const std::map<std::string, Parameters>& parameters, std::istream& in, bool ask,
                                 Guesses& guesses) {
  std::vector<std::string> slips;
  for (const Prediction& prediction : questions) {
    const auto found = parameters.find(prediction.id);
    print_question(context, prediction,
                   question_text(prediction, found == parameters.end() ? Parameters{} : found->second));
    std::string slip;
    const Guess guess = read_guess(in, prediction, ask, slip);
    set_guess(guesses, guess);
    if (ask) continue;
    fmt::print("  your guess: {}{}\n", guess.value ? value_text(*guess.value) : "none",
               slip.empty() ? "" : "; " + slip);
    if (!slip.empty()) slips.push_back(prediction.id);
  }
  return slips;
}

int predict(const Context& context, const PredictOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  const std::vector<Prediction> questions = asked(lab, options.only);
  std::ifstream file;
  if (!options.answers.empty()) {
    file.open(options.answers);
    if (!file) throw usage_error("can't read " + options.answers);
  }
  std::istream& in = options.answers.empty() ? std::cin : file;
  const bool ask = options.answers.empty() && isatty(STDIN_FILENO) == 1;

  Guesses guesses = first_guesses(context, lab, options);
  fmt::print("{}  {} question{}, seed {}\n", lab.folder, questions.size(), questions.size() == 1 ? "" : "s",
             guesses.seed);
  const std::vector<std::string> slips =
      ask_all(context, questions, ask_parameters(context, lab, guesses.seed), in, ask, guesses);
  const auto given = static_cast<std::size_t>(std::count_if(
      guesses.guesses.begin(), guesses.guesses.end(), [](const Guess& guess) { return guess.value.has_value(); }));
  if (given == 0) {
    fmt::print("\nNo guess was given, nothing is kept. One line for each question, on a terminal or in a file.\n");
    return exit_not_all;
  }
  const fs::path kept = context.work / lab.folder / "predictions.json";
  if (fs::exists(kept)) fmt::print("\nyour earlier guesses: {}\n", shown(context, back_up(context, kept)));
  save_guesses(context, lab, guesses);
  fmt::print("\n{} of {} guesses kept in {}\n", given, lab.predictions.size(), shown(context, kept));
  for (const std::string& id : slips)
    fmt::print("Answer {} again:\n  ./tito predict {} --only {}\n", id, lab.number, id);
  fmt::print("{}easure:\n  ./tito measure {}\n", slips.empty() ? "Now m" : "Then m", lab.number);
  return given == lab.predictions.size() ? exit_ok : exit_not_all;
}

}  // namespace

void add_predict(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("predict", "Asks for guesses before you measure, with numbers of your own");
  const auto options = std::make_shared<PredictOptions>();
  add_lab_argument(*verb, options->lab);
  verb->add_option("--answers", options->answers, "Reads the guesses from this file, one line for each question");
  verb->add_option("--only", options->only, "Asks this question alone (P2); your other guesses stay");
  verb->add_option("--seed", options->seed, "Other numbers than yours (work/.tito/seed)");
  verb->footer(
      "Example:\n  ./tito predict 01                        asks on the terminal\n"
      "  ./tito predict 01 --only P2              asks for one guess again\n"
      "  printf '4096\\n8 a\\n' | tito predict 01  a number, and a reason's letter where reasons are offered");
  verb->callback([&context, options] { context.exit_code = predict(context, *options); });
}

}  // namespace tinytorch::tito
