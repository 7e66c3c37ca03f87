#include "tests/labs/figures.hpp"

#include "src/tito/lab/markers.hpp"
#include "src/tito/lab/toml_reader.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <regex>
#include <sstream>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

const char* const number_pattern = R"((-?[0-9][0-9,]*(?:\.[0-9]+)?))";

std::string one_blank(const std::string& text) {
  std::istringstream words(text);
  std::string joined;
  for (std::string word; words >> word;) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

std::regex pattern_of(const std::string& phrase) {
  std::string pattern;
  for (std::size_t i = 0; i < phrase.size(); ++i) {
    if (phrase.compare(i, 2, "{}") == 0) {
      pattern += number_pattern;
      i += 1;
    } else if (phrase.compare(i, 3, "{*}") == 0) {
      pattern += ".*?";
      i += 2;
    } else {
      if (std::string_view(".*+?()[]{}|^$\\").find(phrase[i]) != std::string_view::npos) pattern += '\\';
      pattern += phrase[i];
    }
  }
  return std::regex(pattern);
}

double value_of(std::string number) {
  number.erase(std::remove(number.begin(), number.end(), ','), number.end());
  return std::stod(number);
}

// The section under `## title`, in one line; "" when there is none.
std::string section(const std::string& lesson, const std::string& title) {
  const std::size_t begin = lesson.find("\n## " + title);
  if (begin == std::string::npos) return "";
  const std::size_t body = std::min(lesson.find('\n', begin + 1), lesson.size());
  return one_blank(lesson.substr(body, lesson.find("\n## ", body) - body));
}

// Overwrites in `left` each place where `pattern` matches in `text`, so that what stays is what nothing covers.
void cover(const std::string& text, const std::regex& pattern, std::string& left) {
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
    left.replace(static_cast<std::size_t>(at->position()), static_cast<std::size_t>(at->length()),
                 static_cast<std::size_t>(at->length()), '.');
  }
}

std::string uncovered_numbers(const std::string& lesson, const Figures& figures) {
  std::string problems;
  for (const char* title : {"Measure", "Done when"}) {
    const std::string text = section(lesson, title);
    std::string left = text;
    for (const FigureSource& source : figures.sources) {
      for (const Figure& figure : source.figures) cover(text, pattern_of(figure.lesson), left);
    }
    for (const std::string& phrase : figures.given) cover(text, pattern_of(phrase), left);
    cover(text, std::regex("`[^`]*`|100/100"), left);
    cover(text, std::regex(R"(\b[A-Za-z][A-Za-z0-9_]*)"), left);
    static const std::regex number("[0-9][0-9,.]*");
    for (std::sregex_iterator at(left.begin(), left.end(), number), end; at != end; ++at) {
      const auto begin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, at->position() - 30));
      problems += fmt::format("\"{}\" says {}, and figures.toml names no command that prints it: ...{}...\n", title,
                              at->str(), text.substr(begin, 60));
    }
  }
  return problems;
}

std::string figure_problem(const std::string& lesson, const Figure& figure, const std::string& command,
                           const std::string& output) {
  const std::vector<std::string> said = numbers_at(lesson, figure.lesson), shown = numbers_at(output, figure.prints);
  if (said.empty()) return fmt::format("the lesson does not say `{}`", figure.lesson);
  if (shown.empty()) return fmt::format("`./tito {}` does not print `{}`", command, figure.prints);
  if (said.size() != shown.size())
    return fmt::format("`{}` and `{}` hold different numbers of numbers", figure.lesson, figure.prints);
  if (figure.timed) return "";
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (same_figure(said[i], shown[i])) continue;
    return fmt::format("the lesson says {} in `{}`, `./tito {}` prints {}", said[i], figure.lesson, command, shown[i]);
  }
  return "";
}

}  // namespace

Figures parse_figures(const std::string& text, const std::string& file) {
  const toml::table parsed = parse_toml(text, file, "figures");
  const TomlReader reader(parsed, file, "figures");
  reader.only({"given", "from"});
  Figures figures;
  figures.given = reader.texts("given");
  for (const TomlReader& from : reader.tables("from")) {
    from.only({"command", "figure"});
    FigureSource source{from.text("command"), {}};
    for (const TomlReader& figure : from.tables("figure")) {
      figure.only({"lesson", "prints", "timed"});
      source.figures.push_back({figure.text("lesson"), figure.text("prints"), figure.flag("timed", false)});
      if (source.figures.back().lesson.find("{}") == std::string::npos) figure.fail("`lesson` holds no {}");
    }
    if (source.figures.empty()) from.fail("a command without a [[from.figure]]");
    figures.sources.push_back(std::move(source));
  }
  return figures;
}

std::vector<std::string> numbers_at(const std::string& text, const std::string& phrase) {
  const std::string line = one_blank(text);
  std::smatch match;
  if (!std::regex_search(line, match, pattern_of(phrase))) return {};
  return {std::next(match.begin()), match.end()};
}

bool same_figure(const std::string& lesson, const std::string& printed) {
  const std::size_t point = lesson.find('.');
  const auto places = point == std::string::npos ? 0 : static_cast<double>(lesson.size() - point - 1);
  const double unit = std::pow(10.0, -places);
  return std::abs(value_of(lesson) - value_of(printed)) <= unit * 0.5000001;
}

std::vector<std::string> figure_problems(const std::string& lesson, const Figures& figures,
                                         const std::function<std::string(const std::string&)>& output_of) {
  std::vector<std::string> problems;
  for (std::string& line : split_lines(uncovered_numbers(lesson, figures))) {
    if (!line.empty()) problems.push_back(std::move(line));
  }
  for (const std::string& phrase : figures.given) {
    if (!std::regex_search(one_blank(lesson), pattern_of(phrase)))
      problems.push_back(fmt::format("the lesson does not say what figures.toml gives: `{}`", phrase));
  }
  for (const FigureSource& source : figures.sources) {
    const std::string output = output_of(source.command);
    for (const Figure& figure : source.figures) {
      std::string problem = figure_problem(lesson, figure, source.command, output);
      if (!problem.empty()) problems.push_back(std::move(problem));
    }
  }
  return problems;
}

}  // namespace tinytorch::tito
