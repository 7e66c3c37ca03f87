// Tells when a file of a folder has been saved.
#pragma once

#include "src/tito/util/context.hpp"

#include <map>

namespace tinytorch::tito {

// Uses inotify where the system has it, else compares the files' times. An editor may write the file, rename another
// over it, or do both: events within `debounce_ms` of one another are one change.
class FolderWatch {
 public:
  static constexpr int debounce_ms = 200;
  enum class Means { automatic, polling };

  // Throws CommandError (3) when the folder can't be read.
  explicit FolderWatch(fs::path folder, Means means = Means::automatic);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Becomes readable at an event; -1 when times are looked at.
  int descriptor() const { return inotify_; }

  // True when a `.cpp` of the folder changed since the last call; then waits until nothing changes for debounce_ms.
  bool changed();

 private:
  struct State {
    fs::file_time_type time;
    std::uintmax_t size = 0;
    bool operator==(const State&) const = default;
  };
  std::map<fs::path, State> states() const;
  bool wait_for_event(int milliseconds) const;
  void drain() const;

  fs::path folder_;
  int inotify_ = -1;
  std::map<fs::path, State> seen_;
};

}  // namespace tinytorch::tito
