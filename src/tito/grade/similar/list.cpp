#include "src/tito/grade/similar/list.hpp"

#include "src/tito/grade/plain.hpp"
#include "src/tito/grade/results/csv.hpp"
#include "src/tito/grade/results/pages.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

std::string percent(double share) { return std::to_string(std::lround(share * 100)); }

// The two numbers of a pair, one for each student.
std::string both(double first, double second) { return percent(first) + " % / " + percent(second) + " %"; }

std::string student_link(const std::string& id, const Roster& roster) {
  return fmt::format("<a href=\"{}/feedback.html\">{}</a>", html(encoded_name(file_name_of(id))),
                     html(student_of(roster, id)));
}

std::string where(const SimilarPair& pair) {
  if (pair.run.tokens == 0) return "";
  return fmt::format("{} tokens, {}:{} and :{}", pair.run.tokens, pair.file, pair.run.first_line, pair.run.second_line);
}

}  // namespace

std::string similar_csv(const std::vector<SimilarPair>& pairs, const Roster& roster) {
  std::string text =
      csv_row({"first", "second", "shared_percent", "first_in_solution_percent", "second_in_solution_percent",
               "first_in_skeleton_percent", "second_in_skeleton_percent", "longest_equal_run"});
  for (const SimilarPair& pair : pairs) {
    text += csv_row({student_of(roster, pair.first), student_of(roster, pair.second), percent(pair.shared),
                     percent(pair.first_is_reference), percent(pair.second_is_reference),
                     percent(pair.first_is_skeleton), percent(pair.second_is_skeleton), where(pair)});
  }
  return text;
}

std::string similar_page(const Lab& lab, const std::vector<SimilarPair>& pairs, const Roster& roster) {
  std::string body =
      "<p>Pairs that share half of their code or more, with names, numbers and layout left out of account, and without "
      "what the skeleton gives. A list to look at: it says nothing about how it came about, and changes no mark. Code "
      "that is mostly in the public solution is alike for that reason.</p>\n";
  if (pairs.empty())
    return page_of(fmt::format("Lab {} {}: similar code", lab.number, lab.title), body + "<p>None.</p>\n");
  body +=
      "<div class=\"scroll\"><table>\n<tr><th scope=\"col\">First</th><th scope=\"col\">Second</th><th "
      "scope=\"col\">Shared</th><th scope=\"col\">In the solution</th><th scope=\"col\">In the skeleton</th><th "
      "scope=\"col\">Longest equal run</th></tr>\n";
  for (const SimilarPair& pair : pairs) {
    body += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"number\">{} %</td><td class=\"number\">{}</td>",
                        student_link(pair.first, roster), student_link(pair.second, roster), percent(pair.shared),
                        both(pair.first_is_reference, pair.second_is_reference));
    body += fmt::format("<td class=\"number\">{}</td><td>{}</td></tr>\n",
                        both(pair.first_is_skeleton, pair.second_is_skeleton), html(where(pair)));
  }
  return page_of(fmt::format("Lab {} {}: similar code", lab.number, lab.title), body + "</table></div>\n");
}

std::size_t write_similar(const Lab& lab, const std::vector<Submission>& submissions, const Roster& roster,
                          const fs::path& results) {
  const std::vector<SimilarPair> pairs =
      similar_pairs(submissions, take_in(lab.dir / "skeleton", lab), take_in(lab.dir / "solution", lab));
  write_file(results / "similar.csv", similar_csv(pairs, roster));
  write_file(results / "similar.html", similar_page(lab, pairs, roster));
  return pairs.size();
}

}  // namespace tinytorch::tito
