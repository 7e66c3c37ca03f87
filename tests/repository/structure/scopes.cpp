#include "tests/repository/structure/scopes.hpp"

#include "tests/repository/structure/source_tree.hpp"

#include <regex>

namespace tinytorch::structure {

namespace {

enum class Scope { surroundings, type, function };

bool has_word(const std::string& text, const std::string& word) {
  return std::regex_search(text, std::regex("\\b" + word + "\\b"));
}

/// Without preprocessor lines, continued ones included.
std::string without_directives(const std::string& code) {
  std::string kept;
  bool directive = false;
  for (const std::string& line : lines(code)) {
    const std::size_t first = line.find_first_not_of(' ');
    directive = directive || (first != std::string::npos && line[first] == '#');
    if (!directive) kept += line + "\n";
    directive = directive && line.ends_with('\\');
  }
  return kept;
}

/// What a brace opens, from the text between the last `;`, `{` or `}` and it.
Scope opened_by(const std::string& head, Scope around) {
  static const std::regex type(R"(^\s*(template\s*<[^()]*>\s*)?(class|struct|union|enum)\b[^()=]*$)");
  if (around == Scope::function) return Scope::function;
  if (has_word(head, "namespace")) return Scope::surroundings;
  if (std::regex_search(head, type)) return Scope::type;
  return head.find('(') != std::string::npos ? Scope::function : around;
}

bool makes_state(const std::string& head, Scope scope) {
  if (has_word(head, "constexpr") || has_word(head, "namespace") || has_word(head, "using")) return false;
  if (scope == Scope::function) return has_word(head, "static") || has_word(head, "thread_local");
  static const std::regex name(R"(\boperator\s*[^\s\w(]+)");  // of operator==, whose = starts no value
  const std::string named = std::regex_replace(head, name, "operator_");
  const bool function = named.substr(0, named.find('=')).find('(') != std::string::npos;
  if (function) return false;
  return has_word(head, "inline") || has_word(head, "thread_local") ||
         (scope == Scope::surroundings && has_word(head, "static"));
}

std::string one_line(const std::string& text) {
  static const std::regex blanks(R"(\s+)");
  const std::string line = std::regex_replace(text, blanks, " ");
  return line.starts_with(' ') ? line.substr(1) : line;
}

}  // namespace

std::vector<std::string> hidden_state(std::string_view header) {
  std::vector<std::string> found;
  std::vector<Scope> scopes{Scope::surroundings};
  std::string head;
  for (const char c : without_directives(code_of(header))) {
    if (c != ';' && c != '{' && c != '}') {
      head += c;
      continue;
    }
    if (c != '}' && makes_state(head, scopes.back())) found.push_back(one_line(head));
    if (c == '{') scopes.push_back(opened_by(head, scopes.back()));
    if (c == '}' && scopes.size() > 1) scopes.pop_back();
    head.clear();
  }
  return found;
}

}  // namespace tinytorch::structure
