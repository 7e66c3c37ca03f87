// Guess before you measure: a lab's questions with the student's numbers in them, their guesses, and the true values.
#pragma once

#include "src/tito/lab/lab.hpp"
#include "src/tito/util/context.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tinytorch::tito {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// Reads `measure_NN --parameters`: lines {"id":"P1","parameters":{"rows":12}}. Throws CommandError (3).
std::map<std::string, Parameters> parse_parameters(std::string_view lines);

/// The question with its numbers filled in; {name:s} is the s of a plural: nothing when the number is 1. Throws
/// CommandError (3) when a {name} stays open.
std::string question_text(const Prediction& prediction, const Parameters& parameters);

struct Guess {
  std::string id;
  std::optional<double> value;
  int why = 0;  // which reason, from 1; 0: none given
};

/// Understands "4096", "16,777,216", "2.5e6", "12 b", "P3 12 b": a number, then the letter of a reason.
/// Blank: no guess. Throws CommandError (2) with what is wrong.
Guess parse_guess(std::string_view text, const Prediction& prediction);

struct Guesses {
  std::uint64_t seed = 0;
  std::string when;
  std::vector<Guess> guesses;

  const Guess* find(std::string_view id) const;  // null when there is none
};

/// work/NN_name/predictions.json. Nothing when there is none; throws CommandError (3) when it can't be understood.
std::optional<Guesses> load_guesses(const Context& context, const Lab& lab);
void save_guesses(const Context& context, const Lab& lab, const Guesses& guesses);

struct Measured {
  std::string id;
  double truth = 0;
  std::string unit;
  int why = 0;  // the reason that the second experiment supports, from 1; 0: none
  std::string evidence;
};

/// Reads `measure_NN --measure`: lines {"id":"P1","truth":123,"unit":"bytes","why":1,"evidence":"one line"}.
/// Throws CommandError (3).
std::vector<Measured> parse_measured(std::string_view lines);

/// The evidence as it reads when the code that was measured is another's: "your matmul" is "the solution's matmul".
std::string of_another(std::string evidence, const std::string& owner);

/// True when the guess is within the prediction's tolerance (a share of the truth; 0 is exact).
bool within(const Prediction& prediction, double guess, double truth);

/// "exact", "within 25 %": a tolerance as a person says it.
std::string tolerance_text(double tolerance);

/// 16777216 -> "16,777,216"; 2.5 -> "2.5".
std::string value_text(double value);

/// "a" for reason 1.
std::string reason_letter(int why);

}  // namespace tinytorch::tito
