#include "src/tito/dev/ops_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::json;

constexpr std::array<const char*, 4> columns = {"oracle", "edges", "gradient", "second_gradient"};

OpCell parse_cell(const Json& json) {
  OpCell cell;
  if (json.contains("reason")) {
    cell.reason = json.at("reason").get<std::string>();
    return cell;
  }
  cell.cases = json.at("cases").get<int>();
  const Json& error = json.at("error");
  cell.error = error.is_null() ? std::numeric_limits<double>::infinity() : error.get<double>();
  cell.passed = json.at("passed").get<bool>();
  return cell;
}

std::string short_name(const std::string& dtype) {
  if (dtype == "bool" || dtype == "boolean") return "b";
  const std::string digits = dtype.substr(dtype.find_first_of("0123456789"));
  return dtype.front() + digits;
}

// A footnote's mark for each reason: a, b, ..., z, aa, ...
std::string footnote(std::size_t number) {
  std::string text(1, static_cast<char>('a' + number % 26));
  return number < 26 ? text : footnote(number / 26 - 1) + text;
}

std::size_t note_of(const std::string& reason, std::vector<std::string>& notes) {
  const auto found = std::find(notes.begin(), notes.end(), reason);
  if (found != notes.end()) return static_cast<std::size_t>(found - notes.begin());
  notes.push_back(reason);
  return notes.size() - 1;
}

std::string cell_text(const OpCell& cell, std::vector<std::string>& notes) {
  if (!cell.ran()) return fmt::format("({})", footnote(note_of(cell.reason, notes)));
  const std::string error = std::isfinite(cell.error) ? fmt::format("{:.1e}", cell.error) : "wrong";
  return fmt::format("{:>3}  {:<7}{}", cell.cases, cell.error == 0.0 ? "exact" : error, cell.passed ? "" : "!");
}

}  // namespace

bool OpRow::passed() const {
  return std::all_of(cells.begin(), cells.end(), [](const OpCell& cell) {
    return cell.ran() ? cell.passed && cell.cases > 0 : cell.reason != "not run";
  });
}

std::vector<OpRow> parse_ops(const std::string& json) {
  std::vector<OpRow> rows;
  try {
    for (const Json& entry : Json::parse(json)) {
      OpRow row;
      row.op = entry.at("op").get<std::string>();
      row.dtypes = entry.at("dtypes").get<std::vector<std::string>>();
      for (std::size_t i = 0; i < columns.size(); ++i) row.cells[i] = parse_cell(entry.at(columns[i]));
      rows.push_back(std::move(row));
    }
  } catch (const Json::exception& error) {
    throw trouble(fmt::format("[ops] the tests wrote no table: {}", error.what()));
  }
  if (rows.empty()) throw trouble("[ops] the tests wrote an empty table");
  return rows;
}

std::string ops_text(const Context& context, const std::vector<OpRow>& rows) {
  std::vector<std::string> notes;
  const std::string head = fmt::format("{:<28}{:<14}{:<14}{:<14}{:<14}{}", "operation", "libtorch", "edges", "gradient",
                                       "its gradient", "dtypes");
  std::string text = paint(context, Style::heading, head) + "\n";
  std::size_t failed = 0;
  for (const OpRow& row : rows) {
    std::string line = fmt::format("{:<28}", row.op);
    for (const OpCell& cell : row.cells) line += fmt::format("{:<14}", cell_text(cell, notes));
    for (const std::string& dtype : row.dtypes) line += short_name(dtype) + " ";
    line.pop_back();
    text += paint(context, row.passed() ? Style::plain : Style::bad, line + (row.passed() ? "" : "  WRONG")) + "\n";
    failed += row.passed() ? 0 : 1;
  }
  text +=
      "\nCases run and the largest error: of results and gradients against libtorch's, relative to max(1, the largest\n"
      "value); of gradients, and of their gradients, against difference quotients in float64.\n";
  for (std::size_t i = 0; i < notes.size(); ++i) text += fmt::format("  ({}) {}\n", footnote(i), notes[i]);
  return text + fmt::format("{} operations, {} wrong\n", rows.size(), failed);
}

}  // namespace tinytorch::tito
