#include "src/tito/lab/markers.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tinytorch::tito {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_blank(const std::string& line) { return trimmed(line).empty(); }

bool is_task(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dot != std::string_view::npos && digits(text.substr(0, dot)) && digits(text.substr(dot + 1));
}

struct Marker {
  bool begin = false;
  Segment::Kind kind = Segment::Kind::text;
  std::string task, comment;
};

[[noreturn]] void fail(const std::string& name, std::size_t line, const std::string& what) {
  throw MarkerError(name + ":" + std::to_string(line) + ": " + what);
}

/// The text of a whole-line comment, or nothing for any other line.
std::optional<std::string_view> comment_text(std::string_view line) {
  line = trimmed(line);
  if (line.substr(0, 2) != "//") return std::nullopt;
  return trimmed(line.substr(2));
}

/// "1.2: a view" -> task and comment. The word after BEGIN or END has been read already.
Marker read_begin(Segment::Kind kind, std::string_view rest, const std::string& name, std::size_t line) {
  rest = trimmed(rest);
  const std::size_t end = std::min(rest.find_first_of(": \t"), rest.size());
  const std::string_view task = rest.substr(0, end);
  if (!is_task(task)) fail(name, line, "the marker names no task (write `BEGIN SOLUTION 1.2: comment`)");
  std::string_view comment = rest.substr(end);
  if (!comment.empty() && comment.front() == ':') comment.remove_prefix(1);
  return {true, kind, std::string(task), std::string(trimmed(comment))};
}

/// Any line that looks like a marker is one: a misspelt marker must not become part of a skeleton.
std::optional<Marker> read_marker(std::string_view text, const std::string& name, std::size_t line) {
  const std::optional<std::string_view> comment = comment_text(text);
  const bool mentions =
      text.find("BEGIN SOLUTION") != std::string_view::npos || text.find("END SOLUTION") != std::string_view::npos ||
      text.find("BEGIN HELPER") != std::string_view::npos || text.find("END HELPER") != std::string_view::npos;
  if (!mentions) return std::nullopt;
  if (!comment) fail(name, line, "a marker needs a line of its own, as a // comment");
  const bool begin = comment->substr(0, 6) == "BEGIN ";
  const bool end = comment->substr(0, 4) == "END ";
  if (!begin && !end) fail(name, line, "a marker starts its comment: `// BEGIN SOLUTION 1.2: comment`");
  std::string_view rest = trimmed(comment->substr(begin ? 6 : 4));
  const bool hole = rest.substr(0, 8) == "SOLUTION";
  rest.remove_prefix(hole ? 8 : 6);
  const Segment::Kind kind = hole ? Segment::Kind::hole : Segment::Kind::helper;
  if (begin) return read_begin(kind, rest, name, line);
  if (!rest.empty() && blanks.find(rest.front()) == std::string_view::npos) fail(name, line, "unreadable marker");
  return Marker{false, kind, "", ""};
}

const char* noun(Segment::Kind kind) { return kind == Segment::Kind::hole ? "SOLUTION" : "HELPER"; }

void append(std::string& out, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) out += line + "\n";
}

std::string todo(const Segment& hole) {
  std::string line = hole.indent + todo_mark(hole.task) + ";";
  if (!hole.comment.empty()) line += "  // " + hole.comment;
  return line;
}

/// Joins the segments. `hole` writes a hole's lines; a helper is kept when `keeps` says so.
std::string render(const Source& source, const std::function<std::vector<std::string>(const Segment&)>& hole,
                   const std::function<bool(const Segment&)>& keeps) {
  std::vector<std::string> lines;
  bool after_helper = false;
  for (const Segment& segment : source.segments) {
    if (segment.kind == Segment::Kind::helper) {
      if (keeps(segment)) {
        lines.insert(lines.end(), segment.lines.begin(), segment.lines.end());
      } else {
        after_helper = true;
      }
      continue;
    }
    std::vector<std::string> added = segment.kind == Segment::Kind::hole ? hole(segment) : segment.lines;
    // A helper that is gone leaves one blank line at most.
    std::size_t skip = 0;
    if (after_helper && (lines.empty() || is_blank(lines.back()))) {
      while (skip < added.size() && is_blank(added[skip])) ++skip;
    }
    if (skip < added.size()) after_helper = false;
    lines.insert(lines.end(), added.begin() + static_cast<std::ptrdiff_t>(skip), added.end());
  }
  std::string out;
  append(out, lines);
  return out;
}

std::vector<std::string> body(const Segment& hole) { return hole.lines; }
bool always(const Segment&) { return true; }
bool never(const Segment&) { return false; }

}  // namespace

std::string todo_mark(std::string_view task) { return "TINYTORCH_TODO(\"" + std::string(task) + "\")"; }

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<Segment> Source::holes() const {
  std::vector<Segment> found;
  for (const Segment& segment : segments) {
    if (segment.kind == Segment::Kind::hole) found.push_back(segment);
  }
  return found;
}

std::string Source::task_at(std::size_t line) const {
  for (const Segment& segment : segments) {
    if (segment.kind != Segment::Kind::hole) continue;
    if (segment.first_line <= line && line <= segment.last_line) return segment.task;
  }
  return "";
}

Source parse_source(std::string_view text, const std::string& name) {
  Source source{name, {}};
  Segment current;
  current.first_line = 1;
  std::size_t number = 0;
  const auto close = [&](std::size_t last_line) {
    current.last_line = last_line;
    if (current.kind != Segment::Kind::text || !current.lines.empty()) source.segments.push_back(std::move(current));
    current = Segment{};
  };
  for (std::string& line : split_lines(text)) {
    ++number;
    const std::optional<Marker> marker = read_marker(line, name, number);
    const bool open = current.kind != Segment::Kind::text;
    if (!marker) {
      current.lines.push_back(std::move(line));
    } else if (marker->begin) {
      if (open) {
        fail(name, number,
             std::string("BEGIN inside the ") + noun(current.kind) + " block of line " +
                 std::to_string(current.first_line));
      }
      close(number - 1);
      current.kind = marker->kind;
      current.task = marker->task;
      current.comment = marker->comment;
      current.indent = line.substr(0, line.find_first_not_of(blanks));
      current.first_line = number;
    } else {
      if (!open || current.kind != marker->kind) {
        fail(name, number, std::string("END ") + noun(marker->kind) + " without its BEGIN");
      }
      close(number);
      current.first_line = number + 1;
    }
  }
  if (current.kind != Segment::Kind::text) {
    fail(name, current.first_line, std::string("BEGIN ") + noun(current.kind) + " is never closed");
  }
  close(number);
  return source;
}

void check_tasks(const Source& source, const std::set<std::string>& tasks) {
  for (const Segment& segment : source.segments) {
    if (segment.kind == Segment::Kind::text || tasks.count(segment.task) != 0) continue;
    fail(source.name, segment.first_line, "task " + segment.task + " is not in lab.toml");
  }
}

std::string solved(const Source& source) { return render(source, body, always); }

std::string skeleton(const Source& source) {
  return render(
      source, [](const Segment& hole) { return std::vector<std::string>{todo(hole)}; }, never);
}

std::string with_done(const Source& source, const std::set<std::string>& tasks) {
  const auto done = [&](const Segment& segment) { return tasks.count(segment.task) != 0; };
  const auto hole = [&](const Segment& segment) {
    return done(segment) ? segment.lines : std::vector<std::string>{todo(segment)};
  };
  return render(source, hole, done);
}

std::string with_holes_filled(const Source& source, const std::string& task,
                              const std::function<std::vector<std::string>(std::size_t)>& fill) {
  std::size_t count = 0;
  const auto hole = [&](const Segment& segment) { return segment.task == task ? fill(count++) : segment.lines; };
  return render(source, hole, always);
}

std::size_t hole_count(const Source& source, const std::string& task) {
  std::size_t count = 0;
  for (const Segment& segment : source.segments) {
    if (segment.kind == Segment::Kind::hole && segment.task == task) ++count;
  }
  return count;
}

}  // namespace tinytorch::tito
