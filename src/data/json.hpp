#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// As much of JSON as the header of a safetensors file needs: objects whose values the caller expects, strings and
/// integers. A whole parser would bring a dependency that the library doesn't have, and depths and number formats that
/// a hostile file could play with; here the caller's own loops are the grammar. Private. Source: RFC 8259.
namespace tinytorch::data {

class JsonReader {
 public:
  /// `name` stands for the file in messages.
  JsonReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  /// Moves behind blanks and `letter`, if it comes next.
  bool next_is(char letter);
  /// The same; throws when it doesn't.
  void expect(char letter);
  /// Between the items of a list or object that ends with `close`: false at the end, true when another item follows.
  /// `first` is true before the first item.
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

/// Whether the bytes are UTF-8 (no surrogates, no detours).
bool is_utf8(std::string_view bytes);

}  // namespace tinytorch::data
