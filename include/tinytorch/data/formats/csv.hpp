#pragma once

#include "tinytorch/core/tensor.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

/// Tables of numbers as text, such as examples/data/digits.csv.gz: 64 pixels and a digit per line.
///
///     const Tensor table = data::read_csv("digits.csv.gz");  // (1797, 65)
///     const Tensor pixels = table.slice(1, 0, 64), digits = table.select(1, 64).to(DType::int64);
///     const Tensor scores = data::read_csv("scores.tsv", {.separator = '\t', .header = true});
namespace tinytorch::data {

struct CsvOptions {
  char separator = ',';
  bool header = false;              ///< the first line holds names and is skipped
  DType dtype = DType::float32;     ///< float32, float64 or int64
  std::optional<double> missing{};  ///< what an empty field is; without a value it is an error
};

/// A table of numbers, one row per line: (lines, fields). Reads plain and gzip-compressed files with Unix or DOS line
/// ends, numbers in quotes, a byte order mark and blank lines, which it leaves out. The last line may lack its line
/// end. An empty file gives (0, 0). Tables with texts: see table.hpp. Throws FileError when the file can't be opened,
/// ParseError `[csv] digits.csv:3:7: "abc" is not a number` with line and column, FormatError when a line has another
/// number of fields than the first and for damaged compression.
Tensor read_csv(const std::filesystem::path& file, const CsvOptions& options = {});

/// As above, for text in memory. `name` stands for the file in messages.
Tensor parse_csv(std::string_view text, std::string_view name, const CsvOptions& options = {});

}  // namespace tinytorch::data
