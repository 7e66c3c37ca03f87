// What `tito watch` shows and what its keys do, as pure functions. The loop that calls them is in verbs/watch.cpp.
#pragma once

#include "src/tito/util/context.hpp"

#include <string>
#include <vector>

namespace tinytorch::tito {

// One failure of a run.
struct WatchFailure {
  std::string task;                // "1.3"
  std::string text;                // as `tito test` prints it
  std::vector<std::string> hints;  // of the task, three rungs
};

struct WatchState {
  enum class View { failure, hint, list };

  std::string title;  // "01_tensor  37/100  14:25:07"
  std::string table;  // a line per task
  std::string note;   // instead of failures: a compile error, or that all is well
  std::vector<WatchFailure> failures;
  std::size_t shown = 0;  // of failures
  int rung = 0;           // of the hint
  View view = View::failure;
  bool quit = false;
};

// n next, p previous, h hint (again: the next rung), l list, q quit; any other key changes nothing.
WatchState on_key(WatchState state, char key);

// After a new run: the same task's failure stays in view, or the first one.
WatchState after_run(const WatchState& before, WatchState now);

// At most `rows` lines, the last of which names the keys.
std::string screen(const Context& context, const WatchState& state, int rows);

}  // namespace tinytorch::tito
