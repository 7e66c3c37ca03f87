#include "src/tito/build/audit.hpp"

#include "src/tito/util/text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return text.substr(at, end - at);
}

// The outermost scope or name of a mangled name: "tinytorch", "std", "Helper"; "" for operators such as new.
std::string root_of(std::string_view mangled) {
  if (mangled.substr(0, 2) != "_Z") return std::string(mangled);
  mangled.remove_prefix(2);
  for (const std::string_view prefix : {"TV", "TI", "TS", "TT", "GV", "GR"}) {
    if (mangled.substr(0, 2) == prefix) {
      mangled.remove_prefix(2);
      break;
    }
  }
  while (!mangled.empty() && (mangled[0] == 'Z' || mangled[0] == 'N' || mangled[0] == 'L')) mangled.remove_prefix(1);
  while (!mangled.empty() && std::string_view("rVKRO").find(mangled[0]) != std::string_view::npos) {
    mangled.remove_prefix(1);
  }
  if (!mangled.empty() && mangled[0] == 'S') return "std";
  std::size_t length = 0, digits = 0;
  for (; digits < mangled.size() && std::isdigit(static_cast<unsigned char>(mangled[digits])) != 0; ++digits) {
    length = length * 10 + static_cast<std::size_t>(mangled[digits] - '0');
  }
  return std::string(mangled.substr(digits, length));
}

// True for a class whose members the unit defines. Then its nested `Impl` belongs to this unit alone.
bool defines_members_of(const AuditInput& input, const std::string& owner) {
  return std::any_of(input.expected.begin(), input.expected.end(), [&](const Symbol& symbol) {
    return symbol.strong() && demangled(symbol.mangled).rfind(owner + "::", 0) == 0;
  });
}

// True if each part of every tinytorch::a::b in the name is known from the headers.
bool from_headers(const std::string& name, const std::set<std::string>& names, const AuditInput& input) {
  static constexpr std::string_view scope = "tinytorch::";
  for (auto at = name.find(scope); at != std::string::npos; at = name.find(scope, at + 1)) {
    std::size_t next = at + scope.size();
    for (;;) {
      const std::string part(word_at(name, next));
      if (part == "Impl" && defines_members_of(input, name.substr(at, next - 2 - at))) break;
      if (!part.empty() && part != "operator" && names.count(part) == 0) return false;
      next += part.size();
      if (part.empty() || name.compare(next, 2, "::") != 0) break;
      next += 2;
    }
  }
  return true;
}

// Code of the standard library, of fmt and of the compiler is the same in every object: merging it is harmless.
bool is_foreign(const Symbol& symbol, const AuditInput& input, std::optional<std::set<std::string>>& names) {
  const std::string root = root_of(symbol.mangled);
  for (const char* shared : {"std", "fmt", "__gnu_cxx", "__cxxabiv1", "tinytorch"}) {
    if (root != shared) continue;
    const std::string name = demangled(symbol.mangled);
    if (name.find("tinytorch::") == std::string::npos) return false;
    if (!names) names = header_names(input.headers);
    return !from_headers(name, *names, input);
  }
  return root.rfind("__", 0) != 0 && root.rfind("DW.ref", 0) != 0;
}

bool contains(const std::vector<Symbol>& symbols, const std::string& mangled) {
  return std::any_of(symbols.begin(), symbols.end(), [&](const Symbol& symbol) { return symbol.mangled == mangled; });
}

// Strong symbols that the unit does not ask for.
std::vector<std::string> extras(const AuditInput& input) {
  std::vector<std::string> names;
  for (const Symbol& symbol : input.found) {
    if (symbol.strong() && !contains(input.expected, symbol.mangled)) names.push_back(demangled(symbol.mangled));
  }
  return names;
}

// What the student probably wrote instead of `name`: functions of the same name, else one whose name is nearly the
// same.
std::vector<std::string> instead_of(const std::string& name, const std::vector<std::string>& others) {
  std::vector<std::string> same, bases;
  for (const std::string& other : others) {
    if (base_name(other) == base_name(name)) same.push_back(other);
    bases.push_back(base_name(other));
  }
  const std::string near = same.empty() ? nearest(base_name(name), bases) : "";
  for (const std::string& other : others) {
    if (!near.empty() && base_name(other) == near) same.push_back(other);
  }
  return same;
}

std::string missing_line(const AuditInput& input, const std::string& name, const std::vector<std::string>& instead) {
  const std::string task = input.solution == nullptr ? "" : task_of(*input.solution, base_name(name));
  std::string have;
  for (const std::string& other : instead) have += (have.empty() ? "" : " and ") + fmt::format("`{}`", pretty(other));
  return fmt::format("{}: `{}` is missing; {}", task.empty() ? "unit " + input.unit : "task " + task, pretty(name),
                     have.empty() ? "nothing of that name is in " + input.file : "you have " + have);
}

// Functions start in the first column.
bool starts_definition(const std::string& line) { return !line.empty() && is_word(line.front()); }

// The whole word `base` stands before a parenthesis.
bool calls(const std::string& text, const std::string& base) {
  for (auto at = text.find(base); at != std::string::npos; at = text.find(base, at + 1)) {
    if ((at == 0 || !is_word(text[at - 1])) && at + base.size() < text.size() && text[at + base.size()] == '(') {
      return true;
    }
  }
  return false;
}

}  // namespace

void collect_names(std::string_view text, std::set<std::string>& names) {
  static const std::set<std::string_view> introducers = {"class", "struct", "enum", "union", "using", "namespace"};
  bool introduced = false;
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 2, "//") == 0) {
      i = std::min(text.find('\n', i), text.size());
    } else if (is_word(text[i])) {
      const std::string_view word = word_at(text, i);
      i += word.size();
      const auto next = text.find_first_not_of(" \n", i);
      const bool called = next != std::string_view::npos && (text[next] == '(' || text[next] == '<');
      if (introduced || called) names.emplace(word);
      const bool goes_on = introduced && text.compare(i, 2, "::") == 0;  // namespace tinytorch::optim
      introduced = goes_on || introducers.count(word) != 0;
    } else {
      ++i;
    }
  }
}

std::set<std::string> header_names(const std::vector<fs::path>& folders) {
  std::set<std::string> names;
  for (const fs::path& folder : folders) {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
      if (entry.path().extension() == ".hpp") collect_names(read_file(entry.path()), names);
    }
  }
  return names;
}

std::string task_of(const Source& solution, const std::string& base) {
  std::vector<std::string> before;  // the lines above the marker
  std::string last, given;          // the hole above; the hole above a given function called `base`
  bool next = false;                // such a function stands above every hole
  for (const Segment& segment : solution.segments) {
    if (segment.kind == Segment::Kind::hole) {
      std::string head;
      for (auto line = before.rbegin(); line != before.rend(); ++line) {
        head = *line + "\n" + head;
        if (starts_definition(*line)) break;
      }
      if (calls(head, base)) return segment.task;
      last = segment.task;
      if (next && given.empty()) given = last;
    } else {
      for (const std::string& line : segment.lines) {
        if (!starts_definition(line) || !calls(line, base)) continue;
        given = last;
        next = last.empty();
      }
    }
    before.insert(before.end(), segment.lines.begin(), segment.lines.end());
  }
  return given;
}

std::vector<std::string> audit(const AuditInput& input) {
  std::vector<std::string> problems;
  const std::vector<std::string> others = extras(input);
  std::set<std::string> explained;  // extras that were written instead of a missing function
  for (const Symbol& symbol : input.expected) {
    if (!symbol.strong() || contains(input.found, symbol.mangled)) continue;
    const std::string name = demangled(symbol.mangled);
    const std::vector<std::string> instead = instead_of(name, others);
    explained.insert(instead.begin(), instead.end());
    problems.push_back(missing_line(input, name, instead));
  }
  // By task: 1.9 comes before 1.10.
  std::ranges::sort(problems, {}, [](const std::string& line) { return std::pair(line.find(':'), line); });
  for (const std::string& name : others) {
    if (explained.count(name) != 0) continue;
    if (name == "main") {
      problems.push_back(input.file + ": the tests have a `main` of their own; take yours out");
      continue;
    }
    problems.push_back(
        fmt::format("{}: `{}` is visible to the whole program; put it in an anonymous namespace: namespace {{ ... }}",
                    input.file, pretty(name)));
  }
  std::optional<std::set<std::string>> names;
  for (const Symbol& symbol : input.found) {
    if (!symbol.weak() || contains(input.expected, symbol.mangled) || !is_foreign(symbol, input, names)) continue;
    problems.push_back(fmt::format(
        "{}: `{}` would silently replace another of its name, or be replaced; put it in an anonymous namespace",
        input.file, pretty(demangled(symbol.mangled))));
  }
  return problems;
}

std::string explain_undeclared(const std::string& compiler_error, const AuditInput& input) {
  // gcc:   error: 'Tensor tinytorch::raw::sum(int)' should have been declared inside 'tinytorch::raw'
  // clang: error: out-of-line definition of 'sum' does not match any declaration in namespace 'tinytorch::raw'
  const std::string error = compiler_error.substr(0, compiler_error.find('\n'));
  const bool undeclared = error.find("should have been declared inside") != std::string::npos ||
                          error.find("does not match any declaration in") != std::string::npos;
  const auto open = error.find('\''), close = error.find('\'', open + 1);
  if (!undeclared || close == std::string::npos) return "";
  std::string found = error.substr(open + 1, close - open - 1);
  const auto result_type = found.rfind(' ', found.find('('));
  if (found.find('(') != std::string::npos && result_type != std::string::npos) found.erase(0, result_type + 1);
  for (const Symbol& symbol : input.expected) {
    const std::string name = demangled(symbol.mangled);
    if (symbol.function() && base_name(name) == base_name(found)) return missing_line(input, name, {found});
  }
  return "";
}

}  // namespace tinytorch::tito
