#include "src/tito/grade/plain.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// The length of the UTF-8 character at `at`, 0 for bytes that are none. Source: RFC 3629, section 4.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at), second = byte(at + 1);
  const auto follows = [&](std::size_t i) { return (byte(at + i) & 0xC0U) == 0x80U; };
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && follows(1)) return 2;
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  if (overlong || no_character) return 0;
  if (first >= 0xE0 && first <= 0xEF && follows(1) && follows(2)) return 3;
  if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3)) return 4;
  return 0;
}

// The controls U+0080 to U+009F, and the marks U+202A to U+202E and U+2066 to U+2069 that turn the direction of text.
bool is_hidden(std::string_view character) {
  return (character >= "\xC2\x80" && character <= "\xC2\x9F") ||
         (character >= "\xE2\x80\xAA" && character <= "\xE2\x80\xAE") ||
         (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9");
}

// At most `most` characters of `text`, those for which `fine` is false replaced.
template <class Fine>
std::string cleaned(std::string_view text, std::size_t most, const Fine& fine) {
  std::string plain;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size() && characters < most; ++characters) {
    const std::size_t length = character_length(text, at);
    const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
    plain += length > 0 && !is_hidden(character) && fine(text[at]) ? character : "?";
    at += character.size();
  }
  return plain;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::string plain_text(std::string_view text) {
  return cleaned(text, text.size(), [](char c) { return !is_control(c) || c == '\n' || c == '\t'; });
}

std::string plain_name(std::string_view name) {
  const std::string plain = cleaned(name, 100, [](char c) { return !is_control(c) && c != '/'; });
  return plain.empty() ? "?" : plain;
}

std::string encoded_name(std::string_view name) {
  std::string encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.');
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

std::string decoded_name(std::string_view encoded) {
  std::string name;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    unsigned byte = 0;
    const char* const digits = encoded.data() + at + 1;
    const bool coded = encoded[at] == '%' && at + 2 < encoded.size() &&
                       std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    name += coded ? static_cast<char>(byte) : encoded[at];
    at += coded ? 2 : 0;
  }
  return name;
}

std::string plain_path(std::string_view path) {
  return cleaned(path, 100, [](char c) { return !is_control(c); });
}

}  // namespace tinytorch::tito
