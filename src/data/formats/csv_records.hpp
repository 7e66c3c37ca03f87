#pragma once

#include "tinytorch/core/function_ref.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

/// The records of a text with separators, as RFC 4180 describes them. Private.
namespace tinytorch::data {

struct CsvField {
  std::string_view text;  // without the quotes around it
  std::int64_t line, column;
  bool quoted;
};

/// Calls use(fields) for each record, from the first to the last; the fields live until it returns. A field in quotes
/// may hold separators, line breaks, and a quote as two. Unix and DOS line ends. A byte order mark at the start and
/// lines without a character are left out. Throws FormatError for a quote that is never closed, or that ends before the
/// field does; `name` stands for the file in its message.
void for_each_record(std::string_view text, std::string_view name, char separator,
                     FunctionRef<void(const std::vector<CsvField>&)> use);

/// A number as people write it, with blanks around it and perhaps a plus: "NaN", "1e-3", "+5". One too small for T
/// becomes the nearest T. Throws ParseError `[csv] digits.csv:3:7: "abc" is not a number`. T: float, double, int64.
template <class T>
T csv_number(const CsvField& field, std::string_view name);

}  // namespace tinytorch::data
