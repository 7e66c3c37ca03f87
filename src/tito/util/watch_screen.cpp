#include "src/tito/util/watch_screen.hpp"

#include "src/tito/lab/markers.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// Letters of other scripts and signs such as `·` are several bytes; a colour is none.
std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      i = std::min(text.find('m', i), text.size());
      continue;
    }
    columns += (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U ? 1 : 0;
  }
  return columns;
}

std::string hint_text(const Context& context, const WatchState& state) {
  const WatchFailure& failure = state.failures[state.shown];
  if (failure.hints.empty()) return "there is no hint for task " + failure.task + "\n";
  const auto rung = static_cast<std::size_t>(state.rung);
  return fmt::format("hint {} of {} for task {}\n\n{}\n", rung + 1, failure.hints.size(), failure.task,
                     wrap(failure.hints[rung], static_cast<std::size_t>(std::max(40, context.columns - 4)), "  "));
}

// The line in parts of at most `width` columns, broken at blanks; the parts after the first are indented further. A
// word that is longer than a line is left whole. Colours take no columns.
std::vector<std::string> broken(const std::string& line, std::size_t width) {
  const std::string indent(std::min(line.find_first_not_of(' '), width / 2) + 4, ' ');
  std::vector<std::string> parts{""};
  std::size_t used = 0;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t start = std::min(line.find_first_not_of(' ', at), line.size());
    const std::size_t end = std::min(line.find(' ', start), line.size());
    const std::size_t columns = columns_of(line.substr(at, end - at));
    if (used > 0 && used + columns > width) {
      parts.push_back(indent + line.substr(start, end - start));
      used = columns_of(parts.back());
    } else {
      parts.back() += line.substr(at, end - at);
      used += columns;
    }
    at = end;
  }
  return parts;
}

std::string body(const Context& context, const WatchState& state) {
  if (state.view == WatchState::View::list || (state.failures.empty() && state.note.empty())) return state.table;
  if (state.failures.empty()) return state.note;
  if (state.view == WatchState::View::hint) return hint_text(context, state);
  return fmt::format("{} of {}\n\n{}", state.shown + 1, state.failures.size(), state.failures[state.shown].text);
}

}  // namespace

WatchState on_key(WatchState state, char key) {
  const std::size_t count = state.failures.size();
  if (key == 'q') state.quit = true;
  if (key == 'l')
    state.view = state.view == WatchState::View::list ? WatchState::View::failure : WatchState::View::list;
  if (count == 0) return state;
  if (key == 'n' || key == 'p') {
    state.shown = (state.shown + (key == 'n' ? 1 : count - 1)) % count;
    state.view = WatchState::View::failure;
    state.rung = 0;
  }
  if (key == 'h') {
    const int rungs = static_cast<int>(state.failures[state.shown].hints.size());
    state.rung = state.view == WatchState::View::hint ? std::min(state.rung + 1, std::max(0, rungs - 1)) : state.rung;
    state.view = WatchState::View::hint;
  }
  return state;
}

WatchState after_run(const WatchState& before, WatchState now) {
  if (before.failures.empty()) return now;
  const std::string& task = before.failures[before.shown].task;
  const auto same = std::find_if(now.failures.begin(), now.failures.end(),
                                 [&](const WatchFailure& failure) { return failure.task == task; });
  if (same != now.failures.end()) now.shown = static_cast<std::size_t>(same - now.failures.begin());
  if (before.view == WatchState::View::list) now.view = before.view;
  return now;
}

std::string screen(const Context& context, const WatchState& state, int rows) {
  const std::string keys =
      state.failures.empty() ? "l list   q quit" : "n next   p previous   h hint   l list   q quit";
  std::vector<std::string> lines{paint(context, Style::heading, state.title), ""};
  const auto width = static_cast<std::size_t>(std::max(40, context.columns));
  for (const std::string& line : split_lines(body(context, state)))
    for (std::string& part : broken(line, width)) lines.push_back(std::move(part));
  const auto room = static_cast<std::size_t>(std::max(4, rows - 2));
  if (lines.size() > room) {
    lines.resize(room - 1);
    lines.push_back(paint(context, Style::faint, "  ... `./tito test` shows the rest"));
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text + "\n" + paint(context, Style::faint, keys);
}

}  // namespace tinytorch::tito
