// Files of comma-separated values (RFC 4180): gradebooks that table programs open, rosters that they write.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// The fields of the row that begins at `at`, which then moves to the next row.
std::vector<std::string> next_csv_row(const std::string& text, std::size_t& at);

/// A field as it stands in a file. A text that a table program would take for a formula gets an apostrophe in front.
std::string csv_field(const std::string& text);

/// A row with its end.
std::string csv_row(const std::vector<std::string>& fields);

/// A row of a table, with the fields that were asked for.
struct CsvRow {
  int line = 0;
  std::vector<std::string> fields;
};

/// The rows of a table whose first line names its columns. `columns` may stand in any order; others are ignored. `name`
/// is the file's. Throws CommandError (2) with the line for a column that is not there and for a row that is too short.
std::vector<CsvRow> read_csv_table(const std::string& text, const std::string& name,
                                   const std::vector<std::string>& columns);

}  // namespace tinytorch::tito
