#include "src/data/formats/csv_records.hpp"

#include "src/data/formats/bytes.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <string>
#include <type_traits>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string place_of(const CsvField& field, std::string_view name) {
  return text({"[csv] ", name, ":", field.line, ":", field.column});
}

// Reads fields from the front of the text to its end.
class CsvScanner {
 public:
  CsvScanner(std::string_view all, std::string_view name, char separator)
      : text_(all), name_(name), separator_(separator) {
    if (text_.starts_with(byte_order_mark)) at_ = begin_ = byte_order_mark.size();
  }

  // Fills `fields` with the next record. Returns false at the end of the text.
  bool next(std::vector<CsvField>& fields) {
    fields.clear();
    unquoted_.clear();
    while (skip_line_end()) {
    }
    if (at_ == text_.size()) return false;
    while (true) {
      fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_field() : plain_field());
      if (at_ == text_.size() || skip_line_end()) return true;
      ++at_;  // the separator
    }
  }

 private:
  bool skip_line_end() {
    if (at_ == text_.size()) return false;
    const std::size_t length = text_[at_] == '\n' ? 1 : text_.substr(at_, 2) == "\r\n" ? 2 : 0;
    at_ += length;
    if (length == 0) return false;
    ++line_;
    begin_ = at_;
    return true;
  }
  CsvField field_from(std::size_t first) const {
    return {{}, line_, static_cast<std::int64_t>(first - begin_) + 1, false};
  }

  CsvField plain_field() {
    CsvField field = field_from(at_);
    const std::size_t first = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
    field.text = text_.substr(first, at_ - first);
    if (at_ > first && (at_ == text_.size() || text_[at_] == '\n') && text_[at_ - 1] == '\r') {
      field.text.remove_suffix(1);
      if (at_ < text_.size()) --at_;
    }
    return field;
  }

  CsvField quoted_field() {
    CsvField field = field_from(at_);
    field.quoted = true;
    const std::size_t first = ++at_;
    bool doubled = false;
    while (true) {
      while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_++] != '\n') continue;
        ++line_;
        begin_ = at_;
      }
      if (at_ == text_.size()) throw FormatError(place_of(field, name_) + ": the quote is never closed");
      if (text_.substr(at_, 2) != "\"\"") break;
      doubled = true;
      at_ += 2;
    }
    field.text = text_.substr(first, at_ - first);
    ++at_;
    if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_.substr(at_, 2) != "\r\n")
      throw FormatError(place_of(field, name_) + ": the field goes on behind its closing quote");
    if (doubled) field.text = unquoted_.emplace_back(with_single_quotes(field.text));
    return field;
  }

  static std::string with_single_quotes(std::string_view doubled) {
    std::string single;
    for (std::size_t i = 0; i < doubled.size(); i += doubled[i] == '"' ? 2 : 1) single += doubled[i];
    return single;
  }

  std::string_view text_, name_;
  char separator_;
  std::size_t at_ = 0, begin_ = 0;  // begin_: of the line
  std::int64_t line_ = 1;
  std::deque<std::string> unquoted_;
};

std::string_view without_blanks(std::string_view text) {
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

}  // namespace

void for_each_record(std::string_view text, std::string_view name, char separator,
                     FunctionRef<void(const std::vector<CsvField>&)> use) {
  CsvScanner scanner(text, name, separator);
  std::vector<CsvField> fields;
  while (scanner.next(fields)) use(fields);
}

template <class T>
T csv_number(const CsvField& field, std::string_view name) {
  std::string_view number = without_blanks(field.text);
  if (number.size() > 1 && number[0] == '+' && number[1] != '-') number.remove_prefix(1);
  T value{};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::result_out_of_range && is_tiny(number, value)) return value;
  if (error == std::errc::result_out_of_range && end == number.data() + number.size())
    throw ParseError(text({place_of(field, name), ": \"", shown(number), "\" is out of range"}));
  if (error != std::errc() || end != number.data() + number.size())
    throw ParseError(text({place_of(field, name), ": \"", shown(number), "\" is not a number"}));
  return value;
}
template float csv_number(const CsvField&, std::string_view);
template double csv_number(const CsvField&, std::string_view);
template std::int64_t csv_number(const CsvField&, std::string_view);

}  // namespace tinytorch::data
