#include "src/tito/build/ninja.hpp"

#include "src/tito/build/cache.hpp"
#include "src/tito/util/process.hpp"

#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace tinytorch::tito {
namespace {

// One ninja at a time in a build folder: a second tito waits here until the first has closed its descriptor.
Descriptor locked(const fs::path& file) {
  Descriptor lock(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
  if (!lock.open() || ::flock(lock.get(), LOCK_EX) != 0) throw trouble(file.string() + " can't be locked");
  return lock;
}

// Runs `command`. Its "[12/80]" is shown on one line of a terminal, once elsewhere.
void run_with_progress(const Context& context, ProcessOptions command, const std::string& on_failure) {
  command.merged = true;
  bool shown_before = false;
  const auto show = [&](std::string_view line) {
    const auto end = line.find(']');
    if (!line.starts_with("[") || end == std::string_view::npos) return;
    const std::string text = fmt::format("{} building what your files are linked with", line.substr(0, end + 1));
    if (context.terminal) fmt::print(stderr, "\r\033[K{}", text);
    if (!context.terminal && !shown_before) fmt::print(stderr, "{}\n", text);
    std::fflush(stderr);
    shown_before = true;
  };
  const ProcessResult result = run_process(command, show);
  if (shown_before && context.terminal) fmt::print(stderr, "\r\033[K");
  if (result.ok()) return;
  constexpr std::size_t most = 3000;
  const std::string& out = result.out;
  const std::string tail = out.size() <= most ? out : "..." + out.substr(out.size() - most);
  throw trouble(fmt::format("{}:\n{}", on_failure, tail));
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
  const Descriptor lock = locked(cache_dir(context) / ".lock");
  ProcessOptions command;
  command.argv = {"ninja", "-C", stacks.build.string()};
  command.argv.insert(command.argv.end(), targets.begin(), targets.end());
  command.environment = {"NINJA_STATUS=[%f/%t] "};
  run_with_progress(context, command, fmt::format("the build in {} failed", shown(context, stacks.build)));
}

Stacks load_or_configure(const Context& context) {
  if (!fs::exists(context.build() / "stacks.json") && fs::exists(context.root / "CMakePresets.json")) {
    ProcessOptions command;
    command.directory = context.root;
    command.argv = {"cmake", "--preset", context.preset};
    fmt::print(stderr, "configuring build/{}, once; the library is built for it, too, which takes some minutes\n",
               context.preset);
    run_with_progress(context, command, fmt::format("`cmake --preset {}` failed", context.preset));
  }
  return load_stacks(context);
}

}  // namespace tinytorch::tito
