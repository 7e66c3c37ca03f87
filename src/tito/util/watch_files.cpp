#include "src/tito/util/watch_files.hpp"

#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace tinytorch::tito {

FolderWatch::FolderWatch(fs::path folder, Means means) : folder_(std::move(folder)) {
  if (!fs::is_directory(folder_)) throw trouble(folder_.string() + " is no folder that could be watched");
  seen_ = states();
  if (means == Means::polling) return;
  inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_ < 0) return;
  constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MODIFY;
  if (::inotify_add_watch(inotify_, folder_.c_str(), events) < 0) {
    ::close(inotify_);
    inotify_ = -1;
  }
}

FolderWatch::~FolderWatch() {
  if (inotify_ >= 0) ::close(inotify_);
}

std::map<fs::path, FolderWatch::State> FolderWatch::states() const {
  std::map<fs::path, State> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.path().extension() != ".cpp") continue;
    State state;
    state.time = fs::last_write_time(entry.path(), error);
    if (error) continue;  // it was renamed just now
    state.size = fs::file_size(entry.path(), error);
    found[entry.path()] = state;
  }
  return found;
}

bool FolderWatch::wait_for_event(int milliseconds) const {
  pollfd waiting{inotify_, POLLIN, 0};
  return ::poll(&waiting, 1, milliseconds) > 0;
}

void FolderWatch::drain() const {
  char buffer[4096];
  while (::read(inotify_, buffer, sizeof buffer) > 0) {
  }
}

bool FolderWatch::changed() {
  if (inotify_ >= 0) drain();
  if (states() == seen_) return false;
  for (auto before = states();;) {
    if (inotify_ >= 0) {
      const bool more = wait_for_event(debounce_ms);
      drain();
      if (more) continue;
    } else {
      ::usleep(debounce_ms * 1000);
    }
    auto now = states();
    const bool quiet = now == before;
    before = std::move(now);
    if (quiet) break;
  }
  seen_ = states();
  return true;
}

}  // namespace tinytorch::tito
