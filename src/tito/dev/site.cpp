#include "src/tito/dev/site.hpp"

#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <regex>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

std::string below(const fs::path& root, const fs::path& file) { return file.lexically_relative(root).generic_string(); }

void add_pages(const fs::path& root, const fs::path& folder, std::set<std::string>& pages) {
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".md") pages.insert(below(root, entry.path()));
}

// Where a link of the page leads in the site.
std::string site_target(const std::string& page, const std::string& target, SiteLinks& links) {
  const std::string path = target.substr(0, target.find('#'));
  if (path.empty() || path.find(':') != std::string::npos) return target;
  const std::string file = (fs::path(page).parent_path() / path).lexically_normal().generic_string();
  if (links.pages.contains(file) || !fs::is_regular_file(links.root / file)) return target;
  constexpr std::string_view headers = "include/";
  if (file.starts_with(headers)) {
    const auto known = links.reference.find(file.substr(headers.size()));
    if (known != links.reference.end())
      return fs::path(known->second).lexically_relative(fs::path(page).parent_path()).generic_string();
  }
  links.files.insert(file);
  return site_name(path);
}

// The first sentence of the comment that stands right before the header's namespace; empty when there is none.
std::string first_sentence(const std::string& header) {
  std::string comment;
  bool goes_on = false, first_paragraph = true;
  for (const std::string& line : split_lines(header)) {
    if (line.starts_with("namespace")) break;
    if (!line.starts_with("///")) {
      goes_on = false;
      continue;
    }
    if (!goes_on) {
      comment.clear();
      first_paragraph = true;
    }
    goes_on = true;
    first_paragraph = first_paragraph && line.size() > 4 && line[4] != ' ';
    if (first_paragraph) comment += (comment.empty() ? "" : " ") + line.substr(4);
  }
  const std::size_t end = comment.find(". ");
  return end == std::string::npos ? comment : comment.substr(0, end + 1);
}

}  // namespace

std::string site_name(const std::string& file) {
  const std::string end = fs::path(file).extension();
  return end == ".svg" || end == ".png" ? file : file + ".txt";
}

std::set<std::string> site_pages(const fs::path& root) {
  std::set<std::string> pages{"README.md", "VISION.md", "CONTRIBUTING.md", "CHANGELOG.md"};
  add_pages(root, root / "docs", pages);
  for (const auto& lab : fs::directory_iterator(root / "modules"))
    if (fs::exists(lab.path() / "README.md")) pages.insert(below(root, lab.path() / "README.md"));
  return pages;
}

std::map<std::string, std::string> reference_pages(const std::string& tag_file, const fs::path& include) {
  static const std::regex file(
      R"re(<compound kind="file">\s*<name>([^<]+)</name>\s*<path>([^<]*)</path>\s*<filename>([^<]+)</filename>)re");
  std::map<std::string, std::string> pages;
  for (std::sregex_iterator at(tag_file.begin(), tag_file.end(), file), end; at != end; ++at) {
    const fs::path header = fs::path((*at)[2].str()) / (*at)[1].str();
    const std::string page = (*at)[3];
    pages[below(include, header)] = "api/" + page + (page.ends_with(".html") ? "" : ".html");
  }
  return pages;
}

std::string site_text(const std::string& page, const std::string& text, SiteLinks& links) {
  static const std::regex link(R"re((\]\(|src="|srcset=")([^)"\s]+))re");
  std::string out;
  bool in_code = false;
  for (const std::string& line : split_lines(text)) {
    const bool fence = line.find("```") < 4;
    if (fence) in_code = !in_code;
    std::size_t done = 0;
    for (std::sregex_iterator at(line.begin(), line.end(), link), end; !in_code && !fence && at != end; ++at) {
      const auto place = static_cast<std::size_t>(at->position(2));
      out += line.substr(done, place - done) + site_target(page, (*at)[2], links);
      done = place + static_cast<std::size_t>(at->length(2));
    }
    out += line.substr(done) + "\n";
  }
  return out;
}

std::string reference_text(const fs::path& root, const std::map<std::string, std::string>& reference) {
  std::string text =
      "# Reference of the headers\n\nThe comment above a function is its contract. "
      "[All of it](api/index.html), or header by header:\n";
  std::map<std::string, std::string> rows;  // by folder
  for (const auto& [header, page] : reference) {
    rows[fs::path(header).parent_path().generic_string()] +=
        fmt::format("| [{}]({}) | {} |\n", fs::path(header).filename().generic_string(), page,
                    first_sentence(read_file(root / "include" / header)));
  }
  for (const auto& [folder, lines] : rows)
    text += fmt::format("\n## {}\n\n| header | what it holds |\n| --- | --- |\n{}", folder, lines);
  return text;
}

}  // namespace tinytorch::tito
