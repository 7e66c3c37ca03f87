#include "tinytorch/data/formats/table.hpp"

#include "src/data/formats/bytes.hpp"
#include "src/data/formats/csv_records.hpp"
#include "src/data/formats/input.hpp"
#include "tinytorch/core/config.hpp"
#include "tinytorch/core/text.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

bool is_blank(std::string_view field) { return field.find_first_not_of(" \t") == std::string_view::npos; }

std::string trimmed_text(std::string_view field) {
  if (is_blank(field)) return {};
  const std::size_t first = field.find_first_not_of(" \t"), last = field.find_last_not_of(" \t");
  return std::string(field.substr(first, last - first + 1));
}

}  // namespace

Table::Table(std::string_view bytes, std::string source, const TableOptions& options) : source_(std::move(source)) {
  for_each_record(bytes, source_, options.separator, [&](const std::vector<CsvField>& record) {
    if (names_.empty()) {
      for (std::size_t i = 0; i < record.size(); ++i)
        names_.push_back(options.header ? trimmed_text(record[i].text) : std::to_string(i));
      columns_.resize(names_.size());
      std::set<std::string> seen;
      for (const std::string& name : names_)
        if (!seen.insert(name).second)
          throw FormatError(
              text({"[csv] ", source_, ":", record[0].line, ": two columns have the name '", shown(name), "'"}));
      if (options.header) return;
    }
    if (record.size() != names_.size())
      throw FormatError(text({"[csv] ", source_, ":", record[0].line, ": ", record.size(),
                              " fields where the first line has ", names_.size()}));
    for (std::size_t i = 0; i < record.size(); ++i) {
      Field field{record[i].quoted ? std::string(record[i].text) : trimmed_text(record[i].text), record[i].line,
                  record[i].column, false};
      field.missing = !record[i].quoted &&
                      std::find(options.missing.begin(), options.missing.end(), field.text) != options.missing.end();
      if (field.missing) field.text.clear();
      columns_[i].push_back(std::move(field));
    }
    ++rows_;
  });
}

const std::vector<Table::Field>& Table::column(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return columns_[static_cast<std::size_t>(found - names_.begin())];
  const std::optional<std::string> nearest = config::nearest_key(name, names_);
  std::string hint = nearest ? text({"; did you mean '", shown(*nearest), "'?"}) : "";
  if (names_.empty()) hint = ": it is empty";
  const bool joined = names_.size() == 1 && names_[0].find_first_of(";\t|") != std::string::npos;
  if (joined) hint = text({"; its only column is '", shown(names_[0]), "': set TableOptions::separator"});
  throw ValueError(text({"[table] ", source_, " has no column '", shown(name), "'", hint}));
}

std::int64_t Table::missing(std::string_view name) const {
  const std::vector<Field>& fields = column(name);
  return std::count_if(fields.begin(), fields.end(), [](const Field& field) { return field.missing; });
}

bool Table::is_number(std::string_view name) const {
  const std::vector<Field>& fields = column(name);
  return std::all_of(fields.begin(), fields.end(), [&](const Field& field) {
    if (field.missing) return true;
    try {
      csv_number<double>({field.text, field.line, field.column, false}, source_);
      return true;
    } catch (const ParseError&) {
      return false;
    }
  });
}

Tensor Table::numbers(std::string_view name, const NumberOptions& options) const {
  const std::vector<Field>& fields = column(name);
  if (options.dtype == DType::int64) {
    const Tensor whole = empty({rows_}, DType::int64);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].missing && options.missing != Missing::value)
        throw ParseError(text({"[csv] ", source_, ":", fields[i].line, ":", fields[i].column, ": '", shown(name),
                               "' is missing, and no integer is given for it"}));
      whole.data<std::int64_t>()[i] =
          fields[i].missing
              ? scalar(options.value, DType::float64).item<std::int64_t>()
              : csv_number<std::int64_t>({fields[i].text, fields[i].line, fields[i].column, false}, source_);
    }
    return whole;
  }
  if (options.dtype != DType::float32 && options.dtype != DType::float64)
    throw DTypeError(text({"[csv] reads float32, float64 and int64, not ", options.dtype}));
  const Tensor column_of = empty({rows_}, DType::float64);
  double* out = column_of.data<double>();
  double total = 0;
  std::int64_t present = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (field.missing) {
      if (options.missing == Missing::error)
        throw ParseError(text({"[csv] ", source_, ":", field.line, ":", field.column, ": '", shown(name),
                               "' is missing; NumberOptions::missing says what it becomes"}));
      out[i] = options.value;
      continue;
    }
    out[i] = csv_number<double>({field.text, field.line, field.column, false}, source_);
    total += out[i];
    ++present;
  }
  if (options.missing == Missing::mean && present < rows_) {
    if (present == 0)
      throw ValueError(text({"[table] ", source_, ": no mean, since '", shown(name), "' has no number"}));
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (fields[i].missing) out[i] = total / static_cast<double>(present);
  }
  return column_of.to(options.dtype);
}

Tensor Table::numbers(const std::vector<std::string>& names, const NumberOptions& options) const {
  const Tensor table = empty({rows_, static_cast<std::int64_t>(names.size())}, options.dtype);
  for (std::size_t i = 0; i < names.size(); ++i)
    table.select(1, static_cast<std::int64_t>(i)).copy_(numbers(names[i], options));
  return table;
}

std::vector<std::string> Table::texts(std::string_view name) const {
  std::vector<std::string> all;
  for (const Field& field : column(name)) all.push_back(field.text);
  return all;
}

Categories Table::categories(std::string_view name) const {
  std::set<std::string> distinct;
  for (const Field& field : column(name))
    if (!field.missing) distinct.insert(field.text);
  const std::vector<std::string> sorted(distinct.begin(), distinct.end());
  return {codes(name, sorted), sorted};
}

Tensor Table::codes(std::string_view name, std::span<const std::string> names) const {
  const Tensor all = empty({rows_}, DType::int64);
  std::int64_t* out = all.data<std::int64_t>();
  for (const Field& field : column(name)) {
    const auto found = std::find(names.begin(), names.end(), field.text);
    if (!field.missing && found == names.end())
      throw ValueError(text({"[table] ", source_, ":", field.line, ":", field.column, ": '", shown(field.text),
                             "' is none of the ", names.size(), " names of '", shown(name), "'"}));
    *out++ = field.missing ? -1 : found - names.begin();
  }
  return all;
}

Table read_table(const std::filesystem::path& file, const TableOptions& options) {
  Input input(file, "csv");
  return Table(input.rest(), input.name(), options);
}

}  // namespace tinytorch::data
