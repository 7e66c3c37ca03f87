#include "src/tito/lab/markers.hpp"

#include "src/tito/lab/holes.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tinytorch::tito {

namespace {

constexpr std::string_view blanks = " \t";

bool is_blank(const std::string& line) { return trim(line).empty(); }

struct Marker {
  bool begin = false;
  Segment::Kind kind = Segment::Kind::text;
  std::string task, comment;
};

[[noreturn]] void fail(const std::string& name, std::size_t line, const std::string& what) {
  throw MarkerError(name + ":" + std::to_string(line) + ": " + what);
}

/// "1.2: a view" -> task and comment. The word after BEGIN has been read already.
Marker read_begin(Segment::Kind kind, const std::string& rest, const std::string& name, std::size_t line) {
  const std::string task = leading_task(rest);
  if (task.empty()) fail(name, line, "the marker names no task (write `BEGIN SOLUTION 1.2: comment`)");
  std::string comment = trim(rest.substr(task.size()));
  if (!comment.empty() && comment.front() == ':') comment = trim(comment.substr(1));
  return {true, kind, task, comment};
}

/// Any line that looks like a marker is one: a misspelt marker must not become part of a skeleton.
std::optional<Marker> read_marker(const std::string& text, const std::string& name, std::size_t line) {
  const auto mentions = [&](const char* mark) { return text.find(mark) != std::string::npos; };
  if (!mentions("BEGIN SOLUTION") && !mentions("END SOLUTION") && !mentions("BEGIN HELPER") && !mentions("END HELPER"))
    return std::nullopt;
  const std::string whole = trim(text);
  if (whole.rfind("//", 0) != 0) fail(name, line, "a marker needs a line of its own, as a // comment");
  const std::string comment = trim(whole.substr(2));
  const bool begin = comment.rfind("BEGIN ", 0) == 0, end = comment.rfind("END ", 0) == 0;
  if (!begin && !end) fail(name, line, "a marker starts its comment: `// BEGIN SOLUTION 1.2: comment`");
  const std::string noun_first = trim(comment.substr(begin ? 6 : 4));
  const bool hole = noun_first.rfind("SOLUTION", 0) == 0;
  const std::string rest = noun_first.substr(hole ? 8 : 6);
  const Segment::Kind kind = hole ? Segment::Kind::hole : Segment::Kind::helper;
  if (begin) return read_begin(kind, trim(rest), name, line);
  if (!rest.empty() && blanks.find(rest.front()) == std::string_view::npos) fail(name, line, "unreadable marker");
  return Marker{false, kind, "", ""};
}

const char* noun(Segment::Kind kind) { return kind == Segment::Kind::hole ? "SOLUTION" : "HELPER"; }

void append(std::string& out, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) out += line + "\n";
}

/// The hole as the skeleton has it, with `lines` between its fences.
std::vector<std::string> fenced(const Segment& hole, const std::vector<std::string>& lines) {
  std::vector<std::string> all{hole.indent + begin_fence(hole.task, hole.comment)};
  all.insert(all.end(), lines.begin(), lines.end());
  all.push_back(hole.indent + end_fence(hole.task));
  return all;
}

std::vector<std::string> todo(const Segment& hole) { return fenced(hole, {hole.indent + todo_mark(hole.task) + ";"}); }

bool is_quoted_include(const std::string& line) { return line.rfind("#include \"", 0) == 0; }

/// Includes the header of TINYTORCH_TODO where clang-format wants it: in the order of the alphabet, after the block of
/// the file's own header ("tinytorch/nn/loss.hpp" in loss.cpp).
void include_holes(std::vector<std::string>& lines, const std::string& file) {
  const std::string line = "#include \"src/course/holes.hpp\"";
  if (std::find(lines.begin(), lines.end(), line) != lines.end()) return;
  const std::string stem = file.substr(file.rfind('/') + 1, file.rfind('.') - file.rfind('/') - 1);
  const auto is_own = [&](const std::string& include) {
    return include.find("/" + stem + ".hpp\"") != std::string::npos;
  };
  auto at = std::find_if(lines.begin(), lines.end(),
                         [&](const std::string& other) { return is_quoted_include(other) && !is_own(other); });
  if (at != lines.end()) {
    while (at != lines.end() && is_quoted_include(*at) && *at < line) ++at;
    lines.insert(at, line);
    return;
  }
  at = std::find_if(lines.begin(), lines.end(), is_quoted_include);
  if (at != lines.end()) {
    lines.insert(at + 1, {"", line});
  } else {
    at = std::find_if(lines.begin(), lines.end(),
                      [](const std::string& other) { return other.rfind("#include", 0) == 0; });
    if (at == lines.end()) at = lines.begin();
    lines.insert(at, {line, ""});
  }
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
    // Where a helper is left out, at most one blank line stays.
    std::size_t skip = 0;
    if (after_helper && (lines.empty() || is_blank(lines.back()))) {
      while (skip < added.size() && is_blank(added[skip])) ++skip;
    }
    if (skip < added.size()) after_helper = false;
    lines.insert(lines.end(), added.begin() + static_cast<std::ptrdiff_t>(skip), added.end());
  }
  std::string out;
  append(out, lines);
  if (open_holes(out).empty()) return out;
  include_holes(lines, source.name);
  out.clear();
  append(out, lines);
  return out;
}

std::vector<std::string> body(const Segment& hole) { return hole.lines; }
bool always(const Segment&) { return true; }
bool never(const Segment&) { return false; }

}  // namespace

std::vector<Segment> Source::holes() const {
  std::vector<Segment> found;
  for (const Segment& segment : segments) {
    if (segment.kind == Segment::Kind::hole) found.push_back(segment);
  }
  return found;
}

std::string Source::task_at(std::size_t line) const {
  for (const Segment& segment : segments) {
    if (segment.kind == Segment::Kind::text) continue;
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

std::string skeleton(const Source& source) { return render(source, todo, never); }

std::string with_done(const Source& source, const std::set<std::string>& tasks) {
  const auto done = [&](const Segment& segment) { return tasks.count(segment.task) != 0; };
  const auto hole = [&](const Segment& segment) {
    return done(segment) ? fenced(segment, segment.lines) : todo(segment);
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
