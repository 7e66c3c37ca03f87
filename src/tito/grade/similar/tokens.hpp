// C++ text as tokens. Made for code that compiles, safe for any bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

enum class TokenKind { word, number, text, symbol };

struct Token {
  TokenKind kind = TokenKind::symbol;
  std::string text;
  std::size_t offset = 0;  // of its first character
};

/// The tokens of C++ code; comments and preprocessor lines have none.
std::vector<Token> tokens_of(std::string_view code);

}  // namespace tinytorch::tito
