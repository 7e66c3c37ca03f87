#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The part of JSON that the header of a safetensors file needs: objects, lists, strings and integers. The caller reads
/// them one by one, in the order that it expects. A whole parser would be one more dependency, and would accept depths
/// and number formats that a hostile file could misuse. Private. Source: RFC 8259.
namespace tinytorch::data {

class JsonReader {
 public:
  /// `name` stands for the file in messages.
  JsonReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  /// Skips blanks. Skips `letter`, too, and returns true, if it comes next.
  bool next_is(char letter);
  /// As next_is; throws when `letter` does not come next.
  void expect(char letter);
  /// Whether the list or object has another item: reads the comma before it and returns true, or reads `close` and
  /// returns false. The caller sets `first` to true before the first item.
  bool another(char close, bool& first);
  /// A string; escapes become UTF-8. Throws for control characters, broken escapes and bytes that are not UTF-8.
  std::string string();
  /// An integer from 0 to 2^63 - 1, without sign, fraction or exponent.
  std::int64_t integer();
  /// Throws unless nothing but blanks is left.
  void end();
  /// Throws FormatError `[safetensors] name: byte 17 of the header: what`.
  [[noreturn]] void fail(std::string_view what) const;

 private:
  void skip_blanks();
  std::uint32_t hex4();
  void escape(std::string& out);

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
};

/// `text` as a JSON string with its quotes.
std::string json_string(std::string_view text);

/// Whether the bytes are UTF-8, without surrogates and overlong forms.
bool is_utf8(std::string_view bytes);

}  // namespace tinytorch::data
