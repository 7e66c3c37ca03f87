#include "tinytorch/data/formats/csv.hpp"

#include "src/data/formats/csv_records.hpp"
#include "src/data/formats/input.hpp"

#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

template <class T>
T number_or_missing(const CsvField& field, std::string_view name, const CsvOptions& options) {
  if (options.missing && field.text.find_first_not_of(" \t") == std::string_view::npos)
    return static_cast<T>(*options.missing);
  return csv_number<T>(field, name);
}

template <class T>
Tensor parse_table(std::string_view bytes, std::string_view name, const CsvOptions& options) {
  std::vector<T> values;
  std::int64_t rows = 0, fields = 0;
  bool skip = options.header;
  for_each_record(bytes, name, options.separator, [&](const std::vector<CsvField>& record) {
    if (std::exchange(skip, false)) return;
    const auto found = static_cast<std::int64_t>(record.size());
    for (const CsvField& field : record) values.push_back(number_or_missing<T>(field, name, options));
    if (rows == 0) fields = found;
    if (found != fields)
      throw FormatError(
          text({"[csv] ", name, ":", record[0].line, ": ", found, " fields where the first line has ", fields}));
    ++rows;
  });
  Tensor table = empty({rows, fields}, options.dtype);
  if (!values.empty()) std::memcpy(table.data(), values.data(), values.size() * sizeof(T));
  return table;
}

}  // namespace

Tensor parse_csv(std::string_view bytes, std::string_view name, const CsvOptions& options) {
  if (options.dtype == DType::int64 && options.missing && *options.missing != std::nearbyint(*options.missing))
    throw ValueError(text({"[csv] int64 does not hold ", *options.missing, ", which stands for a missing field"}));
  switch (options.dtype) {
    case DType::float32:
      return parse_table<float>(bytes, name, options);
    case DType::float64:
      return parse_table<double>(bytes, name, options);
    case DType::int64:
      return parse_table<std::int64_t>(bytes, name, options);
    default:
      throw DTypeError(text({"[csv] reads float32, float64 and int64, not ", options.dtype}));
  }
}

Tensor read_csv(const std::filesystem::path& file, const CsvOptions& options) {
  Input input(file, "csv");
  return parse_csv(input.rest(), input.name(), options);
}

}  // namespace tinytorch::data
