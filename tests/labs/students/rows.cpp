#include "tests/labs/students/rows.hpp"

#include "src/tito/lab/toml_reader.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

namespace tinytorch::tito {

namespace {

// Any blanks and line ends count as one blank.
std::string in_one_line(const std::string& text) {
  std::string line;
  std::istringstream words(text);
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

void add_unknown(const Row& row, const char* kind, const std::vector<std::string>& names,
                 const std::set<std::string>& known, std::vector<std::string>& faults) {
  for (const std::string& name : names)
    if (!known.contains(name)) faults.push_back(fmt::format("{} names the {} {}: there is none", row.id, kind, name));
}

}  // namespace

std::vector<Row> parse_rows(const std::string& text, const std::string& file) {
  const toml::table parsed = parse_toml(text, file, "students");
  const TomlReader reader(parsed, file, "students");
  reader.only({"row"});
  std::vector<Row> rows;
  for (const TomlReader& entry : reader.tables("row")) {
    entry.only({"id", "does", "before", "now", "tests", "suite", "versions", "prints", "in", "run"});
    Row row{entry.text("id"),     entry.text("does"),   entry.text("before"),    entry.text("now"),
            entry.texts("tests"), entry.texts("suite"), entry.texts("versions"), entry.text("prints", ""),
            entry.text("in", ""), entry.texts("run")};
    if (row.tests.empty() && row.suite.empty() && row.versions.empty())
      entry.fail("a row has `tests`, `suite` or `versions`: " + row.id);
    const bool somewhere = !row.in.empty() || !row.run.empty() || !row.versions.empty();
    if (row.prints.empty() ? !row.in.empty() || !row.run.empty() : !somewhere)
      entry.fail("`prints` stands in a file, in what is said of a version, or in what a command prints: " + row.id);
    if (!row.run.empty() && row.versions.empty()) entry.fail("`run` is run on the first of `versions`: " + row.id);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> load_rows(const Context& context) {
  const fs::path folder = context.root / "tests" / "labs" / "students";
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".toml") files.insert(entry.path());
  std::vector<Row> rows;
  for (const fs::path& file : files) {
    for (Row& row : parse_rows(read_file(file), file.lexically_relative(context.root).string()))
      rows.push_back(std::move(row));
  }
  return rows;
}

std::set<std::string> names_of_ctest(const std::string& listing) {
  std::set<std::string> names;
  for (const std::string& line : split_lines(listing)) {
    const std::string text = trim(line);
    const std::size_t colon = text.find(": ");
    if (text.starts_with("Test ") && colon != std::string::npos) names.insert(text.substr(colon + 2));
  }
  return names;
}

std::vector<std::string> row_faults(const std::vector<Row>& rows, const KnownNames& known) {
  std::vector<std::string> faults;
  std::set<std::string> ids;
  for (const Row& row : rows) {
    if (!ids.insert(row.id).second) faults.push_back(row.id + " comes twice");
    add_unknown(row, "test", row.tests, known.tests, faults);
    add_unknown(row, "test of a lab", row.suite, known.suite, faults);
    add_unknown(row, "wrong version", row.versions, known.versions, faults);
    if (row.prints.empty() || !row.run.empty()) continue;
    const std::string text = row.in.empty() ? known.said_about(row.versions.front()) : known.text_of(row.in);
    if (in_one_line(text).find(in_one_line(row.prints)) == std::string::npos) {
      const std::string where = row.in.empty() ? "what is said of " + row.versions.front() : row.in;
      faults.push_back(fmt::format("{}: \"{}\" does not stand in {}", row.id, row.prints, where));
    }
  }
  return faults;
}

}  // namespace tinytorch::tito
