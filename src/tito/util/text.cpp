#include "src/tito/util/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace tinytorch::tito {

std::size_t typing_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment: rows for the last two letters of `a` and the current one.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(current);
  }
  return last[b.size()];
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = typing_distance(word, candidate);
    if (3 * distance > std::max<std::size_t>(candidate.size(), 3)) continue;
    if (!best.empty() && distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string fill_in(std::string text, const std::vector<std::pair<std::string, std::string>>& names) {
  for (const auto& [name, value] : names) {
    const std::string hole = "{" + name + "}";
    for (std::size_t at = text.find(hole); at != std::string::npos; at = text.find(hole, at + value.size())) {
      text.replace(at, hole.size(), value);
    }
  }
  return text;
}

std::string wrap(std::string_view text, std::size_t width, const std::string& indent) {
  std::string out = indent;
  std::size_t used = 0;
  while (true) {
    const std::size_t first = text.find_first_not_of(" \n");
    if (first == std::string_view::npos) return out;
    text.remove_prefix(first);
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    if (used > 0 && used + 1 + word.size() > width) {
      out += "\n" + indent;
      used = 0;
    }
    if (used > 0) {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
  }
}

std::string wrap_paragraphs(std::string_view text, std::size_t width, const std::string& indent) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const bool code = line.substr(0, 2) == "  ";
    out += code ? indent + std::string(line) : wrap(line, width, indent);
    if (end == std::string_view::npos || end + 1 == text.size()) return out;
    out += '\n';
    text.remove_prefix(end + 1);
  }
}

std::string number_text(double value) { return fmt::format("{:g}", value); }

}  // namespace tinytorch::tito
