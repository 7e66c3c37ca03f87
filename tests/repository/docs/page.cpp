#include "tests/repository/docs/page.hpp"

#include "tests/repository/structure/source_tree.hpp"

#include <cctype>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace tinytorch::docs {

namespace {

using structure::lines;

std::vector<std::string> all_matches(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

bool is_shell(const Block& block) { return block.language == "sh" || block.language.empty(); }

/// "test 01 --fresh" from "$ ./tito test 01 --fresh    # a new seed"; "" for another line.
std::string tito_command(const std::string& line) {
  static const std::regex pattern(R"(^\s*(?:\$ )?(?:\./)?tito (\S[^#|&;]*?)\s*(?:$|  .*$|[#|&;].*$))");
  std::smatch match;
  return std::regex_match(line, match, pattern) ? match[1].str() : "";
}

}  // namespace

Page parse_page(const std::filesystem::path& file, std::string_view text) {
  Page page{file, {}, ""};
  bool inside = false;
  int number = 0;
  for (const std::string& line : lines(text)) {
    ++number;
    if (line.starts_with("```")) {
      inside = !inside;
      if (!inside) continue;
      Block block;
      std::istringstream words(line.substr(3));
      words >> block.language >> std::ws;
      std::getline(words, block.mark);
      block.line = number;
      page.blocks.push_back(block);
    } else if (inside) {
      page.blocks.back().text += line + "\n";
    } else {
      page.prose += line + "\n";
    }
  }
  if (inside) throw std::runtime_error(file.string() + ": a block never ends");
  return page;
}

std::vector<Page> all_pages() {
  std::vector<Page> pages;
  for (const auto& file : structure::files(".", {".md"})) pages.push_back(parse_page(file, structure::read(file)));
  return pages;
}

std::vector<std::string> code_spans(const Page& page) {
  static const std::regex span("`([^`\n]+)`");
  return all_matches(page.prose, span);
}

std::vector<std::string> link_targets(const Page& page) {
  static const std::regex link(R"re(\]\(([^)\s]+)(?:\s[^)]*)?\))re");
  static const std::regex source(R"re((?:src|srcset)="([^"]+)")re");
  std::vector<std::string> targets = all_matches(page.prose, link);
  for (const std::string& target : all_matches(page.prose, source)) targets.push_back(target);
  return targets;
}

std::vector<std::string> anchors(const Page& page) {
  std::vector<std::string> found;
  for (const std::string& line : lines(page.prose)) {
    if (!line.starts_with('#')) continue;
    std::string anchor;
    for (const char c : line.substr(std::min(line.find(' '), line.size() - 1) + 1)) {
      const auto letter = static_cast<unsigned char>(c);
      if (c == ' ') anchor += '-';
      if (std::isalnum(letter) || letter >= 0x80 || c == '-' || c == '_') {
        anchor += static_cast<char>(std::tolower(letter));
      }
    }
    found.push_back(anchor);
  }
  return found;
}

std::vector<std::string> tito_commands(const Page& page) {
  std::vector<std::string> commands;
  const auto take = [&](const std::string& line) {
    if (std::string command = tito_command(line); !command.empty()) commands.push_back(command);
  };
  for (const Block& block : page.blocks) {
    if (!is_shell(block)) continue;
    for (const std::string& line : lines(block.text)) take(line);
  }
  for (const std::string& line : lines(page.prose)) {
    if (line.starts_with("    ")) take(line);
  }
  for (const std::string& span : code_spans(page)) take(span);
  return commands;
}

}  // namespace tinytorch::docs
