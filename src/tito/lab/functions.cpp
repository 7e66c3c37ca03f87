#include "src/tito/lab/functions.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

namespace tinytorch::tito {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// The end of the quoted literal that opens at `at`; a backslash escapes.
std::size_t quoted_end(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

/// The end of R"tag(...)tag" whose quote stands at `at`.
std::size_t raw_string_end(std::string_view text, std::size_t at) {
  const std::size_t open = text.find('(', at);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(at + 1, open - at - 1)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

/// The end of the line, counting lines that a backslash continues.
std::size_t directive_end(std::string_view text, std::size_t at) {
  while (true) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    if (text[end - 1] != '\\') return end;
    at = end + 1;
  }
}

std::size_t word_end(std::string_view text, std::size_t at) {
  const bool number = is_digit(text[at]);
  std::size_t i = at + 1;
  while (i < text.size() && (is_word(text[i]) || (number && (text[i] == '\'' || text[i] == '.')))) ++i;
  return i;
}

/// If something that is no code begins at `at`: where it ends.
std::optional<std::size_t> not_code_end(std::string_view text, std::size_t at, bool line_start) {
  const std::string_view two = text.substr(at, 2);
  if (two == "//") return std::min(text.find('\n', at), text.size());
  if (two == "/*") {
    const std::size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  if (text[at] == '#' && line_start) return directive_end(text, at);
  if (text[at] == '"' || text[at] == '\'') return quoted_end(text, at);
  return std::nullopt;
}

std::size_t skip_blanks(std::string_view code, std::size_t at, std::size_t end) {
  while (at < end && std::isspace(static_cast<unsigned char>(code[at])) != 0) ++at;
  return at;
}

/// Just after the bracket that closes the one at `at`, or npos.
std::size_t closing(std::string_view code, std::size_t at, char open, char close) {
  int depth = 0;
  for (std::size_t i = at; i < code.size(); ++i) {
    if (code[i] == open) ++depth;
    if (code[i] == close && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool left = at == 0 || !is_word(text[at - 1]);
    const bool right = at + word.size() == text.size() || !is_word(text[at + word.size()]);
    if (left && right) return true;
  }
  return false;
}

/// One space between words, none elsewhere.
std::string normalised(std::string_view code) {
  std::string out;
  bool blank = false;
  for (const char c : code) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      blank = true;
      continue;
    }
    if (blank && !out.empty() && is_word(out.back()) && is_word(c)) out += ' ';
    blank = false;
    out += c;
  }
  return out;
}

/// The qualified name before the parameter list of a normalised signature.
std::string name_of(const std::string& signature) {
  const std::size_t symbol = signature.find("operator");
  if (symbol != std::string::npos) {
    const std::size_t call = signature.compare(symbol, 10, "operator()") == 0 ? symbol + 10 : symbol;
    return signature.substr(symbol, signature.find('(', call) - symbol);
  }
  const std::size_t end = signature.find('(');
  std::size_t begin = end;
  while (begin > 0 && (is_word(signature[begin - 1]) || signature[begin - 1] == ':' || signature[begin - 1] == '~')) {
    --begin;
  }
  return signature.substr(begin, end - begin);
}

enum class Scope { inside, function, initialiser, member_initialiser };

/// What the brace after `head` opens.
Scope classify(std::string_view head) {
  const std::size_t open = head.find('(');
  if (has_word(head, "namespace") || (has_word(head, "extern") && open == std::string_view::npos)) return Scope::inside;
  const bool record = has_word(head, "class") || has_word(head, "struct") || has_word(head, "union");
  if (open == std::string_view::npos) return record && !has_word(head, "enum") ? Scope::inside : Scope::initialiser;
  const std::size_t after = closing(head, open, '(', ')');
  if (after == std::string_view::npos) return Scope::initialiser;  // a brace inside the parameters
  for (std::size_t colon = head.find(':', after); colon != std::string_view::npos; colon = head.find(':', colon + 1)) {
    const bool scope = (colon > 0 && head[colon - 1] == ':') || head.substr(colon + 1, 1) == ":";
    if (scope) continue;
    const std::size_t last = head.find_last_not_of(" \t\n");
    return is_word(head[last]) || head[last] == '>' ? Scope::member_initialiser : Scope::function;
  }
  const bool assigned = head.find('=') < open && !has_word(head, "operator");
  return assigned ? Scope::initialiser : Scope::function;
}

}  // namespace

std::string code_only(std::string_view text) {
  std::string code(text);
  bool line_start = true;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    bool blank_out = false;
    if (is_word(text[i])) {
      end = word_end(text, i);
      const bool raw = text[end - 1] == 'R' && end < text.size() && text[end] == '"';
      if (raw) {
        end = raw_string_end(text, end);
        blank_out = true;
      }
    } else if (const auto skipped = not_code_end(text, i, line_start)) {
      end = *skipped;
      blank_out = true;
    }
    if (text[i] == '\n') {
      line_start = true;
    } else if (text[i] != ' ' && text[i] != '\t') {
      line_start = false;
    }
    for (std::size_t k = i; blank_out && k < end; ++k) {
      if (code[k] != '\n') code[k] = ' ';
    }
    i = end;
  }
  return code;
}

std::vector<FunctionText> find_functions(std::string_view text) {
  const std::string code = code_only(text);
  std::vector<FunctionText> found;
  std::size_t head = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i] == ';' || code[i] == '}') head = i + 1;
    if (code[i] != '{') continue;
    const Scope scope = classify(std::string_view(code).substr(head, i - head));
    if (scope == Scope::inside) {
      head = i + 1;
      continue;
    }
    const std::size_t end = closing(code, i, '{', '}');
    if (end == std::string::npos) break;
    if (scope == Scope::function) {
      FunctionText function;
      function.begin = skip_blanks(code, head, i);
      function.body = i;
      function.end = end;
      function.signature = normalised(std::string_view(code).substr(function.begin, i - function.begin));
      function.name = name_of(function.signature);
      found.push_back(std::move(function));
      head = end;
    }
    i = end - 1;
  }
  return found;
}

namespace {

const FunctionText* find_twin(const std::vector<FunctionText>& functions, const FunctionText& wanted) {
  const FunctionText* by_name = nullptr;
  std::size_t namesakes = 0;
  for (const FunctionText& function : functions) {
    if (function.signature == wanted.signature) return &function;
    if (function.name != wanted.name) continue;
    by_name = &function;
    ++namesakes;
  }
  return namesakes == 1 ? by_name : nullptr;
}

}  // namespace

Restored restore_functions(std::string_view text, std::string_view original, std::string_view mark) {
  struct Change {
    std::size_t begin, end;
    std::string_view replacement;
  };
  const std::vector<FunctionText> mine = find_functions(text);
  std::vector<Change> changes;
  Restored restored;
  for (const FunctionText& function : find_functions(original)) {
    const std::string_view body = original.substr(function.body, function.end - function.body);
    if (body.find(mark) == std::string_view::npos) continue;
    const FunctionText* twin = find_twin(mine, function);
    if (twin == nullptr) {
      restored.lost.push_back(function.name);
      continue;
    }
    restored.names.push_back(function.name);
    const bool same_signature = twin->signature == function.signature;
    changes.push_back({same_signature ? twin->body : twin->begin, twin->end,
                       same_signature ? body : original.substr(function.begin, function.end - function.begin)});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.begin > b.begin; });
  restored.text = text;
  for (const Change& change : changes) {
    restored.text.replace(change.begin, change.end - change.begin, change.replacement);
  }
  return restored;
}

}  // namespace tinytorch::tito
