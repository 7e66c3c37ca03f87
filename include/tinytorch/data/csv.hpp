#pragma once

#include "tinytorch/core/tensor.hpp"

#include <filesystem>
#include <string_view>

namespace tinytorch::data {

struct CsvOptions {
  char separator = ',';
  bool header = false;           ///< the first line holds names and is skipped
  DType dtype = DType::float32;  ///< float32, float64 or int64
};

/// A table of numbers: one row per line, (lines, fields). Reads plain and gzip-compressed files, Unix and DOS line
/// ends; a last line without an end counts, an empty file gives (0, 0). Throws FileError when it can't be opened,
/// ParseError `[csv] digits.csv:3:7: "abc" is not a number` with line and column, FormatError for a line with more or
/// fewer fields than the first and for damaged compression.
Tensor read_csv(const std::filesystem::path& file, const CsvOptions& options = {});

/// The same for text in memory; `name` stands for the file in messages.
Tensor parse_csv(std::string_view text, std::string_view name, const CsvOptions& options = {});

}  // namespace tinytorch::data
