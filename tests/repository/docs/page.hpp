#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Markdown pages, as far as tests of the documentation need to understand them.
namespace tinytorch::docs {

/// A fenced block: ```cpp ... ```.
struct Block {
  std::string language;  ///< the first word after the fence
  std::string mark;      ///< the words after it
  std::string text;
  int line = 0;  ///< of the fence
};

struct Page {
  std::filesystem::path file;  ///< relative to the root
  std::vector<Block> blocks;
  std::string prose;  ///< the text without its fenced blocks
};

/// Throws std::runtime_error for a block that never ends.
Page parse_page(const std::filesystem::path& file, std::string_view text);

/// Every page of the project; hidden folders, build/ and work/ left out.
std::vector<Page> all_pages();

/// What stands between single backticks.
std::vector<std::string> code_spans(const Page& page);

/// The targets of links and pictures: [text](target), <img src="target">, <source srcset="target">.
std::vector<std::string> link_targets(const Page& page);

/// The anchors of the page's headings, as GitHub makes them: "Two commands" -> "two-commands".
std::vector<std::string> anchors(const Page& page);

/// The command lines for ./tito that the page shows, in blocks, indented lines and code spans: "test 01 --fresh".
std::vector<std::string> tito_commands(const Page& page);

}  // namespace tinytorch::docs
