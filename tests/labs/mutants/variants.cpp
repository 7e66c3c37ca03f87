#include "tests/labs/mutants/variants.hpp"

#include "src/tito/lab/holes.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

constexpr std::size_t most_changed_lines = 3;

CommandError broken(const std::string& mutant, const std::string& what) {
  return trouble(fmt::format("[mutants] {}: {}", mutant, what));
}

struct Place {
  std::size_t file, line;  // both from 0
};

// Where the lines stand, blanks at both ends of each left out.
std::vector<Place> find_lines(const std::vector<std::string>& wanted,
                              const std::vector<std::vector<std::string>>& files) {
  std::vector<Place> places;
  for (std::size_t file = 0; file < files.size(); ++file) {
    for (std::size_t line = 0; line + wanted.size() <= files[file].size(); ++line) {
      const bool same =
          std::equal(wanted.begin(), wanted.end(), files[file].begin() + static_cast<std::ptrdiff_t>(line),
                     [](const std::string& a, const std::string& b) { return trim(a) == trim(b); });
      if (same) places.push_back({file, line});
    }
  }
  return places;
}

std::string indent_of(const std::string& line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

void replace_lines(std::vector<std::string>& lines, std::size_t at, const Mutant::Hunk& hunk) {
  const std::string indent = indent_of(lines[at]);
  const auto first = lines.begin() + static_cast<std::ptrdiff_t>(at);
  const auto next = lines.erase(first, first + static_cast<std::ptrdiff_t>(hunk.before.size()));
  std::vector<std::string> after;
  for (const std::string& line : hunk.after) after.push_back(indent + trim(line));
  lines.insert(next, after.begin(), after.end());
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

const UnitSource& source_of(const std::vector<UnitSource>& solution, const std::string& unit) {
  const auto at = std::find_if(solution.begin(), solution.end(), [&](const UnitSource& u) { return u.unit == unit; });
  if (at == solution.end()) throw trouble(fmt::format("[mutants] unit {} has no solution", unit));
  return *at;
}

}  // namespace

std::size_t Mutant::changed_lines() const {
  std::size_t lines = 0;
  for (const Hunk& hunk : hunks) lines += std::max(hunk.before.size(), hunk.after.size());
  return lines;
}

namespace {

// The hunks, and each other line by the word before its colon.
Mutant parse_hunks(const std::string& text, const std::string& name, std::map<std::string, std::string>& heads) {
  Mutant mutant;
  mutant.name = name;
  for (const std::string& line : split_lines(text)) {
    const std::string content = line.size() > 1 ? trim(line.substr(1)) : "", word = line.substr(0, line.find(':'));
    if (const auto head = heads.find(word); head != heads.end() && word.size() < line.size()) {
      if (!head->second.empty()) throw broken(name, fmt::format("two lines `{}:`", word));
      head->second = trim(line.substr(word.size() + 1));
    } else if (line.rfind("-", 0) == 0) {
      const bool new_hunk = mutant.hunks.empty() || !mutant.hunks.back().after.empty();
      if (new_hunk) mutant.hunks.emplace_back();
      mutant.hunks.back().before.push_back(content);
    } else if (line.rfind("+", 0) == 0) {
      if (mutant.hunks.empty()) throw broken(name, "a `+` line before any `-` line");
      mutant.hunks.back().after.push_back(content);
    } else if (!trim(line).empty() && line[0] != '#') {
      throw broken(name, fmt::format("`{}` begins with neither `{}:` nor `-` nor `+`", line, heads.begin()->first));
    }
  }
  if (mutant.hunks.empty()) throw broken(name, "there is no `-` line");
  return mutant;
}

}  // namespace

Mutant parse_mutant(const std::string& text, const std::string& name) {
  std::map<std::string, std::string> heads{{"hint", ""}, {"include", ""}};
  Mutant mutant = parse_hunks(text, name, heads);
  mutant.hint = heads["hint"];
  mutant.include = heads["include"];
  if (mutant.hint.empty()) throw broken(name, "there is no `hint:` line");
  if (mutant.changed_lines() > most_changed_lines) throw broken(name, "more than three changed lines");
  return mutant;
}

Mutant parse_wrong(const std::string& text, const std::string& name) {
  std::map<std::string, std::string> heads{{"what", ""}, {"true", ""}, {"include", ""}};
  Mutant wrong = parse_hunks(text, name, heads);
  wrong.hint = heads["what"];
  wrong.include = heads["include"];
  if (wrong.hint.empty()) throw broken(name, "there is no `what:` line");
  for (const std::string& mutant : split(heads["true"], ','))
    if (!trim(mutant).empty()) wrong.like.push_back(trim(mutant));
  return wrong;
}

Variant apply_mutant(const Mutant& mutant, const std::vector<UnitSource>& solution) {
  std::vector<std::vector<std::string>> files;
  for (const UnitSource& unit : solution) files.push_back(split_lines(unit.text));
  Variant variant;
  variant.name = mutant.name;
  variant.hint = mutant.hint;
  std::optional<std::size_t> file;
  std::vector<std::pair<std::size_t, const Mutant::Hunk*>> edits;
  for (const Mutant::Hunk& hunk : mutant.hunks) {
    const std::vector<Place> places = find_lines(hunk.before, files);
    if (places.size() != 1) {
      throw broken(mutant.name,
                   fmt::format("`{}` matches {} times in the solution, not once", hunk.before.front(), places.size()));
    }
    if (file && *file != places.front().file) throw broken(mutant.name, "it changes two files");
    file = places.front().file;
    edits.emplace_back(places.front().line, &hunk);
    const std::string task = solution[*file].source.task_at(places.front().line + 1);
    if (task.empty()) throw broken(mutant.name, fmt::format("`{}` lies outside every hole", hunk.before.front()));
    if (variant.task.empty()) variant.task = task;
  }
  std::sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [line, hunk] : edits) replace_lines(files[*file], line, *hunk);
  if (!mutant.include.empty()) {
    const auto first = std::find_if(files[*file].begin(), files[*file].end(),
                                    [](const std::string& line) { return line.starts_with("#include"); });
    files[*file].insert(first == files[*file].end() ? files[*file].begin() : first,
                        "#include <" + mutant.include + ">");
  }
  variant.unit = solution[*file].unit;
  variant.text = joined(files[*file]);
  return variant;
}

std::vector<Variant> lazy_variants(const Lab& lab, const std::vector<UnitSource>& solution) {
  std::vector<Variant> variants;
  for (const Task& task : lab.tasks) {
    const Source& source = source_of(solution, task.unit).source;
    const std::size_t holes = hole_count(source, task.id);
    std::vector<std::vector<std::string>> entries = task.lazy;
    entries.emplace_back(holes, "throw Error(\"lazy\");");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].size() != holes) {
        throw trouble(fmt::format("[mutants] lazy entry {} of task {} has {} statements for {} holes", i + 1, task.id,
                                  entries[i].size(), holes));
      }
      Variant variant;
      const bool throws = i + 1 == entries.size();
      variant.name = fmt::format("lazy {} ({})", task.id, throws ? "throws" : entries[i].front());
      variant.task = task.id;
      variant.unit = task.unit;
      variant.text =
          with_holes_filled(source, task.id, [&](std::size_t k) { return std::vector<std::string>{entries[i][k]}; });
      variants.push_back(std::move(variant));
    }
  }
  return variants;
}

std::vector<Variant> hole_variants(const Lab& lab, const std::vector<UnitSource>& solution) {
  std::vector<Variant> variants;
  for (const Task& task : lab.tasks) {
    const Source& source = source_of(solution, task.unit).source;
    std::vector<std::vector<std::string>> filled;
    for (const Segment& hole : source.holes()) {
      if (hole.task == task.id) filled.push_back(hole.lines);
    }
    for (std::size_t open = 0; open < filled.size(); ++open) {
      Variant variant;
      variant.name = fmt::format("hole {} ({})", task.id, open + 1);
      variant.task = task.id;
      variant.unit = task.unit;
      const std::string todo = todo_mark(task.id) + ";";
      variant.text = with_holes_filled(
          source, task.id, [&](std::size_t k) { return k == open ? std::vector<std::string>{todo} : filled[k]; });
      variants.push_back(std::move(variant));
    }
    if (filled.empty()) throw trouble(fmt::format("[mutants] task {} has no hole in {}", task.id, task.unit));
  }
  return variants;
}

}  // namespace tinytorch::tito
