#include "src/tito/lab/holes.hpp"

#include "src/tito/lab/markers.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace tinytorch::tito {

namespace {

constexpr std::string_view todo_begin = "TINYTORCH_TODO(\"";

struct Fence {
  bool begin = false;
  std::string task;
  std::size_t line = 0;  // from 1
};

/// The fence in this line; blanks around it and after the slashes may be what the student's editor made of them.
std::optional<Fence> read_fence(const std::string& line, std::size_t number) {
  std::string text = trim(line);
  if (text.rfind("//", 0) != 0) return std::nullopt;
  text = trim(text.substr(2));
  const bool begin = text.rfind("BEGIN ", 0) == 0, end = text.rfind("END ", 0) == 0;
  if (!begin && !end) return std::nullopt;
  const std::string task = leading_task(trim(text.substr(begin ? 6 : 4)));
  if (task.empty()) return std::nullopt;
  return Fence{begin, task, number};
}

std::vector<Fence> all_fences(std::string_view text) {
  std::vector<Fence> fences;
  std::size_t number = 0;
  for (const std::string& line : split_lines(text)) {
    if (const auto fence = read_fence(line, ++number)) fences.push_back(*fence);
  }
  return fences;
}

[[noreturn]] void fail_fence(const std::string& file, std::size_t line, const std::string& what) {
  throw FenceError(file + ":" + std::to_string(line) + ": " + what);
}

/// The line where the first of the task's fences that `text` lacks should stand: below the last fence before it that
/// is there, or the file's first line.
std::size_t place_of_missing(std::string_view text, std::string_view original, const std::string& task) {
  const std::vector<Fence> found = all_fences(text);
  auto next = found.begin();
  std::size_t line = 1;
  for (const Fence& wanted : all_fences(original)) {
    const auto at = std::find_if(next, found.end(), [&](const Fence& fence) {
      return fence.begin == wanted.begin && fence.task == wanted.task;
    });
    if (at == found.end()) {
      if (wanted.task == task) return line;
      continue;
    }
    line = at->line;
    next = at + 1;
  }
  return line;
}

}  // namespace

std::string leading_task(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string task(text.substr(0, end));
  const bool whole = end == text.size() || text[end] == ':' || text[end] == ' ';
  const std::size_t dot = task.find('.');
  const bool two_numbers = dot != std::string::npos && dot > 0 && dot + 1 < task.size() && task.rfind('.') == dot;
  return whole && two_numbers ? task : "";
}

std::string todo_mark(std::string_view task) { return std::string(todo_begin) + std::string(task) + "\")"; }

std::string begin_fence(std::string_view task, std::string_view comment) {
  return "// BEGIN " + std::string(task) + (comment.empty() ? "" : ": " + std::string(comment));
}

std::string end_fence(std::string_view task) { return "// END " + std::string(task); }

std::vector<Fenced> find_fences(std::string_view text, const std::string& task, const std::string& file) {
  std::vector<Fenced> places;
  std::size_t open = 0;  // the line of the BEGIN fence whose END has not come yet
  const auto unclosed = [&] {
    fail_fence(file, open, "the line `" + end_fence(task) + "` that should follow is missing");
  };
  for (const Fence& fence : all_fences(text)) {
    const bool ours = fence.task == task;
    if (open != 0 && (!ours || fence.begin)) unclosed();
    if (!ours) continue;
    if (fence.begin) {
      open = fence.line;
    } else if (open != 0) {
      places.push_back({open, fence.line});
      open = 0;
    } else {
      fail_fence(file, fence.line, "the line `" + begin_fence(task, "") + "` that should stand above is missing");
    }
  }
  if (open != 0) unclosed();
  return places;
}

std::vector<OpenHole> open_holes(std::string_view text) {
  std::vector<OpenHole> holes;
  std::size_t number = 0;
  for (const std::string& line : split_lines(text)) {
    ++number;
    const std::size_t at = line.find(todo_begin);
    if (at == std::string::npos || line.find("//") < at) continue;
    const std::size_t begin = at + todo_begin.size();
    holes.push_back({line.substr(begin, line.find('"', begin) - begin), number});
  }
  return holes;
}

std::string with_holes_reset(std::string_view text, std::string_view original, const std::string& task,
                             const std::string& file) {
  const std::vector<Fenced> mine = find_fences(text, task, file), wanted = find_fences(original, task, file);
  if (mine.size() < wanted.size()) {
    fail_fence(file, place_of_missing(text, original, task),
               "the lines `" + begin_fence(task, "") + "` and `" + end_fence(task) + "` are missing below this line");
  }
  if (mine.size() > wanted.size()) {
    fail_fence(file, mine[wanted.size()].begin, "the line `" + begin_fence(task, "") + "` is here once too often");
  }
  std::vector<std::string> lines = split_lines(text);
  const std::vector<std::string> originals = split_lines(original);
  for (std::size_t i = mine.size(); i-- > 0;) {  // from the end, so that the lines before keep their numbers
    const auto line = [](auto& of, std::size_t number) { return of.begin() + static_cast<std::ptrdiff_t>(number); };
    lines.erase(line(lines, mine[i].begin), line(lines, mine[i].end - 1));
    lines.insert(line(lines, mine[i].begin), line(originals, wanted[i].begin), line(originals, wanted[i].end - 1));
  }
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

}  // namespace tinytorch::tito
