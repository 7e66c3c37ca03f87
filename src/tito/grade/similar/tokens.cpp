#include "src/tito/grade/similar/tokens.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tinytorch::tito {
namespace {

bool is_letter_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The end of a quoted text that begins at `at`.
std::size_t end_of_quoted(std::string_view code, std::size_t at) {
  std::size_t end = at + 1;
  while (end < code.size() && code[end] != code[at]) end += code[end] == '\\' ? 2 : 1;
  return std::min(end + 1, code.size());
}

// The end of a number that begins at `at`: 1, 0x1F, 1'000, 1e-3, 2.5F.
std::size_t end_of_number(std::string_view code, std::size_t at) {
  std::size_t end = at;
  while (end < code.size()) {
    const char c = code[end];
    const bool exponent_sign = (c == '-' || c == '+') && (code[end - 1] == 'e' || code[end - 1] == 'E');
    if (!is_letter_of_word(c) && c != '.' && c != '\'' && !exponent_sign) break;
    ++end;
  }
  return end;
}

std::size_t length_of_symbol(std::string_view rest) {
  constexpr std::array<std::string_view, 23> symbols{
      "<<=", ">>=", "...", "->", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=",
      "|=",  "^=",  "==",  "!=", "<=", ">=", "&&", "||", "::", "<<", ">>"};
  for (const std::string_view symbol : symbols) {
    if (rest.starts_with(symbol)) return symbol.size();
  }
  return 1;
}

}  // namespace

std::vector<Token> tokens_of(std::string_view code) {
  std::vector<Token> tokens;
  bool line_begins = true;
  for (std::size_t at = 0; at < code.size();) {
    const char c = code[at];
    const std::string_view rest = code.substr(at);
    if (c == '\n') line_begins = true;
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (rest.starts_with("//") || (c == '#' && line_begins)) {
      at = std::min(code.find('\n', at), code.size());
    } else if (rest.starts_with("/*")) {
      at = std::min(code.find("*/", at), code.size() - 2) + 2;
    } else {
      const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
      const TokenKind kind = c == '"' || c == '\''  ? TokenKind::text
                             : digit                ? TokenKind::number
                             : is_letter_of_word(c) ? TokenKind::word
                                                    : TokenKind::symbol;
      std::size_t end = at + 1;
      if (kind == TokenKind::text) end = end_of_quoted(code, at);
      if (kind == TokenKind::number) end = end_of_number(code, at);
      if (kind == TokenKind::word)
        end =
            at + static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_letter_of_word) - rest.begin());
      if (kind == TokenKind::symbol) end = at + length_of_symbol(rest);
      tokens.push_back({kind, std::string(code.substr(at, end - at)), at});
      at = end;
      line_begins = false;
    }
  }
  return tokens;
}

}  // namespace tinytorch::tito
