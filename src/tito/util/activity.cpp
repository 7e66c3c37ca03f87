#include "src/tito/util/activity.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include <fmt/format.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace tinytorch::tito {
namespace {

std::string line_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// The letter behind "PID (NAME)" in the stat file of a thread: R runs, S sleeps, Z has ended, ... (proc(5)).
char state_of(const std::filesystem::path& thread) {
  const std::string line = line_of(thread / "stat");
  const std::size_t name_end = line.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= line.size() ? 'R' : line[name_end + 2];
}

// The syscall file holds the number of the call in which the thread sleeps, then its arguments. The fourth argument of
// futex is its time limit (futex(2)).
bool waits_without_limit(const std::filesystem::path& thread) {
#ifdef __linux__
  std::istringstream line(line_of(thread / "syscall"));
  std::string call, arguments[4];
  line >> call >> arguments[0] >> arguments[1] >> arguments[2] >> arguments[3];
  return call == std::to_string(SYS_futex) && arguments[3] == "0x0";
#else
  return thread.empty();
#endif
}

}  // namespace

Activity activity_of(pid_t process) {
  std::error_code missing;
  const std::filesystem::path folder = "/proc/" + std::to_string(process) + "/task";
  if (!std::filesystem::exists("/proc/self/task", missing)) return Activity::asleep;
  bool any = false, stuck = true;
  for (const auto& thread : std::filesystem::directory_iterator(folder, missing)) {
    const char state = state_of(thread.path());
    if (state == 'Z' || state == 'X') continue;
    if (state != 'S') return Activity::busy;
    any = true;
    stuck = stuck && waits_without_limit(thread.path());
  }
  return !any ? Activity::busy : stuck ? Activity::stuck : Activity::asleep;
}

Children children_of(pid_t process) {
  std::error_code missing;
  Children all;
  const std::filesystem::path folder = "/proc/" + std::to_string(process) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(folder, missing)) {
    std::ifstream list(thread.path() / "children");
    for (pid_t child = 0; list >> child;) {
      const char state = state_of("/proc/" + std::to_string(child));
      if (state == 'Z' || state == 'X') continue;
      const Children below = children_of(child);
      all.work = all.work || below.work || activity_of(child) == Activity::busy;
      all.seconds += processor_seconds(child) + below.seconds;
    }
  }
  return all;
}

double processor_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Budget::Budget(pid_t process, double seconds)
    : process_(process), seconds_(seconds), start_(processor_seconds(process)) {}

std::string Budget::exceeded() {
  constexpr double sleep_factor = 10, stuck_factor = 0.25;
  constexpr double longest_nap = 0.05;  // seconds between two looks: a busy machine may keep us from looking, and then
                                        // nobody knows what the process did meanwhile
  const double used = processor_seconds(process_) - start_;
  if (used > seconds_) return fmt::format("no end within {:g} s of processor time", seconds_);
  const auto now = Time::now();
  const double since = std::min(std::chrono::duration<double>(now - looked_).count(), longest_nap);
  const Activity activity = activity_of(process_);
  if (activity != Activity::busy && was_ != Activity::busy) {
    const Children children = children_of(process_);
    slept_ += children.work ? std::clamp(children.seconds - children_, 0.0, since) : since;
    children_ = children.seconds;
  }
  stuck_ = activity == Activity::stuck && was_ == Activity::stuck && used == used_ ? stuck_ + since : 0;
  was_ = activity;
  used_ = used;
  looked_ = now;
  if (stuck_ > stuck_factor * seconds_)
    return "waits for ever: every thread waits for a lock, a condition or another thread, and none is left to wake it";
  if (slept_ > sleep_factor * seconds_)
    return fmt::format("waits for ever: it has slept for {:g} s", sleep_factor * seconds_);
  return "";
}

}  // namespace tinytorch::tito
