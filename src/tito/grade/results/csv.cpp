#include "src/tito/grade/results/csv.hpp"

#include "src/tito/util/context.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tinytorch::tito {

std::vector<std::string> next_csv_row(const std::string& text, std::size_t& at) {
  std::vector<std::string> fields(1);
  for (bool quoted = false; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' && quoted && text.compare(at, 2, "\"\"") == 0) {
      fields.back() += text[++at];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c == '\n' && !quoted) {
      ++at;
      break;
    } else if (c != '\r' || quoted) {
      fields.back() += c;
    }
  }
  return fields;
}

std::string csv_field(const std::string& text) {
  std::string field = text;
  const bool formula = !field.empty() && std::string_view("=+-@\t\r").find(field.front()) != std::string_view::npos;
  if (formula) field.insert(0, "'");
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_row(const std::vector<std::string>& fields) {
  std::vector<std::string> written;
  written.reserve(fields.size());
  for (const std::string& field : fields) written.push_back(csv_field(field));
  return fmt::format("{}\n", fmt::join(written, ","));
}

std::vector<CsvRow> read_csv_table(const std::string& text, const std::string& name,
                                   const std::vector<std::string>& columns) {
  std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // a mark that some table programs write first
  const std::vector<std::string> head = next_csv_row(text, at);
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    const auto found = std::find(head.begin(), head.end(), column);
    if (found == head.end()) {
      throw usage_error(
          fmt::format("{}:1: there is no column {}; needed are {}", name, column, fmt::join(columns, ", ")));
    }
    places.push_back(static_cast<std::size_t>(found - head.begin()));
  }
  std::vector<CsvRow> rows;
  for (int line = 2; at < text.size(); ++line) {
    const std::vector<std::string> row = next_csv_row(text, at);
    if (row.size() == 1 && row.front().empty()) continue;
    CsvRow read{line, {}};
    for (const std::size_t place : places) {
      if (place >= row.size())
        throw usage_error(
            fmt::format("{}:{}: {} fields, and the first line has {}", name, line, row.size(), head.size()));
      read.fields.push_back(row[place]);
    }
    rows.push_back(std::move(read));
  }
  return rows;
}

}  // namespace tinytorch::tito
