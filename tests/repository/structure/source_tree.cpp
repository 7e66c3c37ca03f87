#include "tests/repository/structure/source_tree.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace tinytorch::structure {

namespace {

/// Folders that hold nothing of ours.
bool is_foreign(const fs::path& folder) {
  constexpr std::array<std::string_view, 3> generated{"build", "work", "dist"};
  const std::string name = folder.filename().string();
  const bool at_root = folder.lexically_normal().parent_path() == root().lexically_normal();  // src/tito/build is ours
  return name.starts_with('.') || (at_root && std::find(generated.begin(), generated.end(), name) != generated.end());
}

/// Where the comment or literal that starts at `at` ends (one past it), or `at` when none starts there.
std::size_t end_of_blank(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return std::min(text.find("*/", at + 2), text.size() - 2) + 2;
  if (rest.starts_with("R\"")) {
    const std::size_t open = text.find('(', at);
    const std::string close = ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"";
    return std::min(text.find(close, open), text.size() - close.size()) + close.size();
  }
  const bool digit_separator = at > 0 && text[at] == '\'' && std::isdigit(static_cast<unsigned char>(text[at - 1]));
  if ((text[at] != '"' && text[at] != '\'') || digit_separator) return at;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[at] || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace

fs::path root() { return TINYTORCH_SOURCE_DIR; }

std::vector<fs::path> files(const fs::path& folder, std::initializer_list<std::string_view> extensions) {
  std::vector<fs::path> found;
  for (auto entry = fs::recursive_directory_iterator(root() / folder); entry != fs::recursive_directory_iterator();
       ++entry) {
    if (entry->is_directory() && is_foreign(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && std::find(extensions.begin(), extensions.end(),
                                                     entry->path().extension().string()) != extensions.end()) {
      found.push_back(entry->path().lexically_normal().lexically_relative(root()));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string read(const fs::path& file) {
  std::ifstream stream(root() / file, std::ios::binary);
  if (!stream) throw std::runtime_error("can't read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> all;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

std::string code_of(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_blank(text, at);
    for (std::size_t i = at; i < end; ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    at = std::max(end, at + 1);
  }
  return code;
}

std::vector<std::string> quoted_includes(std::string_view text) {
  static const std::regex include(R"re(^\s*#\s*include\s*"([^"]+)".*)re");
  std::vector<std::string> named;
  for (const std::string& line : lines(text)) {
    if (std::smatch match; std::regex_match(line, match, include)) named.push_back(match[1]);
  }
  return named;
}

std::vector<fs::path> includes(const fs::path& file) {
  std::vector<fs::path> meant;
  for (const std::string& name : quoted_includes(read(file))) {
    for (const fs::path& candidate : {fs::path("include") / name, fs::path(name), file.parent_path() / name}) {
      if (!fs::exists(root() / candidate)) continue;
      meant.push_back(candidate.lexically_normal());
      break;
    }
  }
  return meant;
}

}  // namespace tinytorch::structure
