// The part of build.hpp that talks to CMake and ninja.
#include "src/tito/build/build.hpp"
#include "src/tito/build/compile.hpp"
#include "src/tito/util/process.hpp"

#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

// One ninja at a time in a build folder: a second tito waits here.
class BuildLock {
 public:
  explicit BuildLock(const fs::path& file) : descriptor_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX) != 0) throw trouble(file.string() + " can't be locked");
  }
  ~BuildLock() { ::close(descriptor_); }
  BuildLock(const BuildLock&) = delete;
  BuildLock& operator=(const BuildLock&) = delete;

 private:
  int descriptor_;
};

// Shows "[12/80] building ..." on one line of a terminal, and a single line elsewhere.
class Progress {
 public:
  Progress(const Context& context, std::string what) : terminal_(context.terminal), what_(std::move(what)) {}
  ~Progress() {
    if (shown_ && terminal_) fmt::print(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void see(const std::string& output) {
    const auto bracket = output.rfind("\n[");
    const auto start = bracket == std::string::npos ? (output.rfind('[', 0) == 0 ? 0 : std::string::npos) : bracket + 1;
    if (start == std::string::npos) return;
    const auto end = output.find(']', start);
    if (end == std::string::npos) return;
    const std::string count = output.substr(start, end + 1 - start);
    if (terminal_) {
      fmt::print(stderr, "\r\033[K{} {}", count, what_);
    } else if (!shown_) {
      fmt::print(stderr, "{} {}\n", count, what_);
    }
    std::fflush(stderr);
    shown_ = true;
  }

 private:
  bool terminal_, shown_ = false;
  std::string what_;
};

int run_with_progress(const SpawnOptions& options, Progress& progress, std::string& output) {
  Child child(options);
  for (;;) {
    Child::Arrived arrived;
    const bool open = child.read(arrived, 50);
    output += arrived.out;
    if (!arrived.out.empty()) progress.see(output);
    if (arrived.out.empty() && child.finished()) return child.status();
    if (!open) ::usleep(1000);
  }
}

std::string tail(const std::string& text) {
  constexpr std::size_t most = 3000;
  return text.size() <= most ? text : "..." + text.substr(text.size() - most);
}

}  // namespace

void run_ninja(const Context& context, const Stacks& stacks, const std::vector<fs::path>& files) {
  std::set<std::string> targets;
  for (const fs::path& file : files) {
    const fs::path relative = file.lexically_relative(stacks.build);
    const bool inside = !relative.empty() && *relative.begin() != "..";
    targets.insert(inside ? relative.string() : file.string());
  }
  if (targets.empty() || context.built) return;
  fs::create_directories(cache_dir(context));
  const BuildLock lock(cache_dir(context) / ".lock");
  SpawnOptions options;
  options.merged = true;
  options.argv = {"ninja", "-C", stacks.build.string()};
  options.argv.insert(options.argv.end(), targets.begin(), targets.end());
  options.environment = {"NINJA_STATUS=[%f/%t] "};
  Progress progress(context, "building what your files are linked with");
  std::string output;
  if (run_with_progress(options, progress, output) != 0) {
    throw trouble(fmt::format("the build in {} failed:\n{}", shown(context, stacks.build), tail(output)));
  }
}

Stacks load_or_configure(const Context& context) {
  const fs::path file = context.build() / "stacks.txt";
  if (!fs::exists(file) && fs::exists(context.root / "CMakePresets.json")) {
    SpawnOptions options;
    options.merged = true;
    options.directory = context.root;
    options.argv = {"cmake", "--preset", context.preset};
    fmt::print(stderr, "configuring build/{}, once\n", context.preset);
    Progress progress(context, "");
    std::string output;
    if (run_with_progress(options, progress, output) != 0) {
      throw trouble(fmt::format("`cmake --preset {}` failed:\n{}", context.preset, tail(output)));
    }
  }
  return load_stacks(context);
}

}  // namespace tinytorch::tito
