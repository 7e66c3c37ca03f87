#include "src/data/formats/json.hpp"

#include "tinytorch/core/error.hpp"
#include "tinytorch/core/text.hpp"

#include <charconv>

#include <fmt/format.h>

namespace tinytorch::data {

using tinytorch::detail::text;

namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

}  // namespace

void JsonReader::fail(std::string_view what) const {
  throw FormatError(text({"[safetensors] ", name_, ": byte ", at_, " of the header: ", what}));
}

void JsonReader::skip_blanks() {
  while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
}

bool JsonReader::next_is(char letter) {
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != letter) return false;
  ++at_;
  return true;
}

void JsonReader::expect(char letter) {
  if (!next_is(letter)) fail(text({"'", letter, "' is missing"}));
}

bool JsonReader::another(char close, bool& first) {
  if (next_is(close)) return false;
  if (!first) expect(',');
  first = false;
  return true;
}

std::string JsonReader::string() {
  expect('"');
  const std::size_t start = at_;
  std::string out;
  while (at_ < text_.size() && text_[at_] != '"') {
    const char letter = text_[at_++];
    if (static_cast<unsigned char>(letter) < 0x20) fail("a control character in a string");
    if (letter == '\\')
      escape(out);
    else
      out += letter;
  }
  if (at_ == text_.size()) fail("a string without an end");
  if (!is_utf8(text_.substr(start, at_ - start))) fail("a string that is not UTF-8");
  ++at_;
  return out;
}

// Reads an escape after its backslash.
void JsonReader::escape(std::string& out) {
  if (at_ == text_.size()) fail("a string without an end");
  const char letter = text_[at_++];
  constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  if (const std::size_t which = letters.find(letter); which != std::string_view::npos) {
    out += meanings[which];
    return;
  }
  if (letter != 'u') fail("an unknown escape");
  std::uint32_t code = hex4();
  if (code >= 0xD800 && code < 0xDC00) {
    if (text_.substr(at_, 2) != "\\u") fail("half of a surrogate pair");
    at_ += 2;
    const std::uint32_t low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code >= 0xDC00 && code < 0xE000) {
    fail("half of a surrogate pair");
  }
  append_utf8(out, code);
}

std::uint32_t JsonReader::hex4() {
  const std::string_view digits = text_.substr(at_, 4);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) fail("an escape without four digits");
  at_ += 4;
  return code;
}

std::int64_t JsonReader::integer() {
  skip_blanks();
  const char* first = text_.data() + at_;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
  const bool leading_zero = end - first > 1 && *first == '0';
  if (error != std::errc() || value < 0 || *first == '-' || leading_zero) fail("an integer from 0 to 2^63 - 1 is due");
  at_ += static_cast<std::size_t>(end - first);
  return value;
}

void JsonReader::end() {
  skip_blanks();
  if (at_ != text_.size()) fail("something behind the end");
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\')
      (out += '\\') += letter;
    else if (static_cast<unsigned char>(letter) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(letter));
    else
      out += letter;
  }
  return out += '"';
}

// Source: RFC 3629, section 4.
bool is_utf8(std::string_view bytes) {
  std::size_t at = 0;
  const auto byte = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  while (at < bytes.size()) {
    const unsigned first = byte(at), second = byte(at + 1);
    std::size_t more = 0;
    if (first < 0x80) {
      ++at;
      continue;
    }
    unsigned low = 0x80, high = 0xBF;  // of the second byte
    if (first >= 0xC2 && first <= 0xDF) more = 1;
    if (first >= 0xE0 && first <= 0xEF) more = 2;
    if (first >= 0xF0 && first <= 0xF4) more = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (more == 0 || second < low || second > high) return false;
    for (std::size_t i = 2; i <= more; ++i)
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    at += 1 + more;
  }
  return true;
}

}  // namespace tinytorch::data
