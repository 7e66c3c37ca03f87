// The numbers that a lesson states, and the commands that print them.
#pragma once

#include "src/tito/dev/lab_check.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tinytorch::tito {

// The same numbers in the lesson and in what a command prints: each `{}` stands for one, `{*}` for anything between.
struct Figure {
  std::string lesson;
  std::string prints;
  bool timed = false;  // differs from run to run: it must be printed, and nothing more is compared
};

struct FigureSource {
  std::string command;  // the words after ./tito
  std::vector<Figure> figures;
};

// modules/NN_name/figures.toml.
struct Figures {
  std::vector<std::string> given;  // phrases of the lesson whose numbers nobody measured: sizes, formulas
  std::vector<FigureSource> sources;
};

// Throws CommandError (3) `file:line: [figures] what`.
Figures parse_figures(const std::string& text, const std::string& file);

// The numbers where `phrase` stands in `text`, one for each `{}`; any blanks and line ends count as one blank.
// Empty when it stands nowhere.
std::vector<std::string> numbers_at(const std::string& text, const std::string& phrase);

// True when `printed`, rounded to as many places as the lesson writes, is the lesson's number. Commas group thousands.
bool same_figure(const std::string& lesson, const std::string& printed);

// Whatever of the lesson's numbers no command prints, a line each. Every number in the sections "Measure" and "Done
// when" must be a figure or given; code between backquotes, names such as P1 and full marks hold none. `output_of` runs
// a command.
std::vector<std::string> figure_problems(const std::string& lesson, const Figures& figures,
                                         const std::function<std::string(const std::string&)>& output_of);

// Each number of the lesson is what the command that it names prints.
void check_figures(const LabCheck& check);

}  // namespace tinytorch::tito
