// The numbers that a lesson states, and the commands that print them.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// A phrase of the lesson and one that a command prints, with the same numbers: each `{}` stands for a number, `{*}`
/// for any text.
struct Figure {
  std::string lesson;
  std::string prints;
  bool timed = false;  // differs from run to run: it must be printed, its value is not compared
};

struct FigureSource {
  std::string command;  // the words after ./tito
  std::vector<Figure> figures;
};

/// modules/NN_name/figures.toml.
struct Figures {
  std::vector<std::string> given;  // phrases of the lesson whose numbers nobody measured: sizes, formulas
  std::vector<FigureSource> sources;
};

/// Throws CommandError (3) `file:line: [figures] what`.
Figures parse_figures(const std::string& text, const std::string& file);

/// The numbers where `phrase` stands in `text`, one for each `{}`; any blanks and line ends count as one blank.
/// Empty when it stands nowhere.
std::vector<std::string> numbers_at(const std::string& text, const std::string& phrase);

/// True when `printed`, rounded to as many places as the lesson writes, is the lesson's number. Commas group thousands.
bool same_figure(const std::string& lesson, const std::string& printed);

/// A line for each number of the lesson that no command prints. Every number in the sections "Measure" and "Done
/// when" must be a figure or given; code between backquotes, names such as P1 and full marks hold none. `output_of`
/// runs a command.
std::vector<std::string> figure_problems(const std::string& lesson, const Figures& figures,
                                         const std::function<std::string(const std::string&)>& output_of);

}  // namespace tinytorch::tito
