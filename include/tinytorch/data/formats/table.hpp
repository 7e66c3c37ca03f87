#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Tables whose columns have names, such as people export them: numbers, texts, fields that are missing.
///
///     const data::Table cars = data::read_table("cars.csv");
///     const Tensor x = cars.numbers({"weight", "power"}, {.missing = data::Missing::mean});  // (rows, 2)
///     const data::Categories origin = cars.categories("origin");  // numbers 0..k-1, and their texts
namespace tinytorch::data {

struct TableOptions {
  char separator = ',';
  bool header = true;  ///< the first line holds the names; without it they are "0", "1", ...
  std::vector<std::string> missing = {"", "NA", "N/A", "NaN", "nan", "null", "?"};  ///< fields that say "nothing"
};

/// What becomes of a missing number.
enum class Missing {
  error,  ///< ParseError with line and column
  value,  ///< NumberOptions::value
  mean    ///< the mean of the numbers of its column
};

struct NumberOptions {
  DType dtype = DType::float32;  ///< float32, float64 or int64
  Missing missing = Missing::error;
  double value = 0.0;  ///< for Missing::value
};

/// The texts of a column as numbers: the text of code k is names[k]. The names are in alphabetical order.
struct Categories {
  Tensor codes;  ///< (rows) int64; -1 where the field is missing
  std::vector<std::string> names;
};

/// The columns of a table. All functions that take a name throw ValueError for one that no column has, with a name that
/// is nearly the same.
class Table {
 public:
  /// `source` stands for the file in messages. Throws as read_table.
  Table(std::string_view text, std::string source, const TableOptions& options = {});

  std::int64_t rows() const { return rows_; }
  /// In the order of the file.
  const std::vector<std::string>& names() const { return names_; }
  /// How many fields of the column are missing.
  std::int64_t missing(std::string_view name) const;
  /// Whether each field that is not missing is a number.
  bool is_number(std::string_view name) const;

  /// (rows). Throws ParseError `[csv] cars.csv:3:7: "abc" is not a number`, and for a missing field unless the options
  /// say what it becomes; ValueError for the mean of a column without numbers.
  Tensor numbers(std::string_view name, const NumberOptions& options = {}) const;
  /// The columns side by side: (rows, names).
  Tensor numbers(const std::vector<std::string>& names, const NumberOptions& options = {}) const;
  Tensor numbers(std::initializer_list<std::string_view> names, const NumberOptions& options = {}) const {
    return numbers(std::vector<std::string>(names.begin(), names.end()), options);
  }
  /// The fields as they are in the file, without quotes; "" where one is missing.
  std::vector<std::string> texts(std::string_view name) const;
  Categories categories(std::string_view name) const;
  /// The codes of these names, as another table had them: a test part gets those of the training part. Throws
  /// ValueError with the line for a text that is none of them.
  Tensor codes(std::string_view name, std::span<const std::string> names) const;

 private:
  struct Field {
    std::string text;
    std::int64_t line = 0, column = 0;
    bool missing = false;
  };
  const std::vector<Field>& column(std::string_view name) const;

  std::string source_;
  std::int64_t rows_ = 0;
  std::vector<std::string> names_;
  std::vector<std::vector<Field>> columns_;
};

/// Reads a plain or gzip-compressed file: RFC 4180, also with DOS line ends, a byte order mark and blank lines. Throws
/// FileError when it can't be opened; FormatError for a line with another number of fields than the first, for a name
/// that stands twice, for a quote that is never closed, and for damaged compression.
Table read_table(const std::filesystem::path& file, const TableOptions& options = {});

}  // namespace tinytorch::data
