#include "src/tito/build/ninja.hpp"

#include "src/tito/build/cache.hpp"
#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// "../../include/tinytorch/core/tensor.hpp:12:3: error: ...", as gcc and clang write it.
bool names_error(const std::string& line) {
  if (line.starts_with("ninja: ")) return false;
  return line.find(": error: ") != std::string::npos || line.find(": fatal error: ") != std::string::npos;
}

// The compiler runs in the build folder; whoever reads its error stands in the checkout.
std::string from_root(const Context& context, const std::string& error) {
  const fs::path file = error.substr(0, error.find(':'));
  const fs::path whole = (context.build() / file).lexically_normal();
  return fs::exists(whole) ? shown(context, whole) + error.substr(file.string().size()) : error;
}

// Files of the course that differ from the last commit; none outside a repository.
std::vector<std::string> changed_files(const Context& context) {
  if (!in_path("git")) return {};
  ProcessOptions git;
  git.argv = {"git", "-C", context.root.string(), "diff", "--name-only", "HEAD", "--", "include", "src", "tests"};
  const ProcessResult result = run_process(git);
  return result.ok() ? split_lines(result.out) : std::vector<std::string>{};
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
  if (!result.ok()) throw trouble(explain_build_failure(context, on_failure, result.out));
}

}  // namespace

std::string explain_build_failure(const Context& context, const std::string& failure, const std::string& output) {
  const std::vector<std::string> lines = split_lines(output);
  const auto error = std::find_if(lines.begin(), lines.end(), names_error);
  if (error == lines.end()) {
    constexpr std::size_t most = 3000;
    return failure + ":\n" + (output.size() <= most ? output : "..." + output.substr(output.size() - most));
  }
  const fs::path log = context.build() / "build.log";
  write_file(log, output);
  std::string text = failure + ":\n" + from_root(context, *error);
  for (const std::string& file : changed_files(context)) {
    text += fmt::format("\n{} is changed; `git checkout HEAD -- {}` puts it back", file, file);
  }
  return text + "\nAll that was printed is in " + shown(context, log);
}

void run_ninja(const Context& context, const Stacks& stacks, const std::vector<fs::path>& files) {
  std::set<std::string> targets;
  for (const fs::path& file : files) {
    const fs::path relative = file.lexically_relative(stacks.build);
    const bool inside = !relative.empty() && *relative.begin() != "..";
    targets.insert(inside ? relative.string() : file.string());
  }
  if (targets.empty() || context.built) return;
  fs::create_directories(cache_dir(context));
  // One ninja at a time in a build folder: a second tito waits here.
  const Descriptor lock = lock_file(cache_dir(context) / ".lock", true);
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
