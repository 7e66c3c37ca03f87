#include "tinytorch/data/formats/csv.hpp"

#include "src/data/formats/bytes.hpp"
#include "src/data/formats/input.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

// A position in the text, for messages.
struct Place {
  std::string_view name;
  std::int64_t line;
  std::int64_t column;
};

std::string to_string(const Place& place) { return text({place.name, ":", place.line, ":", place.column}); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whether a number that T can't hold is only too small for it: then the nearest T is 0, or has few digits.
template <class T>
bool is_tiny(std::string_view number, T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    long double wide = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), wide);
    if (end != number.data() + number.size()) return false;
    if (error == std::errc::result_out_of_range)
      return number.find("e-") != number.npos || number.find("E-") != number.npos;
    value = static_cast<T>(wide);
    return std::abs(wide) < 1;
  }
  return false;
}

template <class T>
T parse_number(std::string_view field, const Place& place) {
  std::string_view number = trimmed(field);
  if (number.size() > 1 && number[0] == '+' && number[1] != '-') number.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::result_out_of_range && is_tiny(number, value)) return value;
  if (error == std::errc::result_out_of_range && end == number.data() + number.size())
    throw ParseError(text({"[csv] ", to_string(place), ": \"", shown(number), "\" is out of range"}));
  if (error != std::errc() || end != number.data() + number.size())
    throw ParseError(text({"[csv] ", to_string(place), ": \"", shown(number), "\" is not a number"}));
  return value;
}

// Calls f(field, column) for each field of a line; columns count characters from 1.
template <class F>
std::int64_t for_each_field(std::string_view line, char separator, F f) {
  std::int64_t fields = 0;
  std::size_t first = 0;
  while (true) {
    const std::size_t end = std::min(line.find(separator, first), line.size());
    f(line.substr(first, end - first), static_cast<std::int64_t>(first) + 1);
    ++fields;
    if (end == line.size()) return fields;
    first = end + 1;
  }
}

template <class T>
Tensor parse_table(std::string_view bytes, std::string_view name, const CsvOptions& options) {
  std::vector<T> values;
  std::int64_t rows = 0, fields = 0, line_number = 0;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    ++line_number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (options.header && line_number == 1) continue;
    const std::int64_t found =
        for_each_field(line, options.separator, [&](std::string_view field, std::int64_t column) {
          values.push_back(parse_number<T>(field, {name, line_number, column}));
        });
    if (rows == 0) fields = found;
    if (found != fields)
      throw FormatError(
          text({"[csv] ", name, ":", line_number, ": ", found, " fields where the first line has ", fields}));
    ++rows;
  }
  Tensor table = empty({rows, fields}, options.dtype);
  if (!values.empty()) std::memcpy(table.data(), values.data(), values.size() * sizeof(T));
  return table;
}

}  // namespace

Tensor parse_csv(std::string_view bytes, std::string_view name, const CsvOptions& options) {
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
