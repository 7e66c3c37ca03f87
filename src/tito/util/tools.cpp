#include "src/tito/util/tools.hpp"

#include <cstdlib>
#include <string>

#include <unistd.h>

namespace tinytorch::tito {

bool in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (true) {
    const std::size_t end = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, end)) / program;
    if (access(candidate.c_str(), X_OK) == 0) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
}

std::string first_line(const std::vector<std::string>& words) {
  ProcessOptions options;
  options.argv = words;
  options.seconds = 10;
  const ProcessResult result = run_process(options);
  return result.ok() ? result.out.substr(0, result.out.find('\n')) : "";
}

ProcessResult run_with_lines(SpawnOptions options, const std::function<void(std::string_view)>& on_line) {
  options.merged = true;
  Child child(options);
  ProcessResult result;
  std::size_t given = 0;
  for (bool open = true; open;) {
    Child::Arrived arrived;
    open = child.read(arrived, 1000);
    result.out += arrived.out;
    for (std::size_t end = result.out.find('\n', given); end != std::string::npos; end = result.out.find('\n', given)) {
      on_line(std::string_view(result.out).substr(given, end - given));
      given = end + 1;
    }
  }
  while (!child.finished()) usleep(1000);
  result.status = child.status();
  return result;
}

ProcessOptions own_verb(const Context& context, const std::vector<std::string>& arguments, double seconds) {
  ProcessOptions options;
  options.argv = {fs::read_symlink("/proc/self/exe").string()};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.environment = {"TINYTORCH_ROOT=" + context.root.string(), "TINYTORCH_WORK=" + context.work.string()};
  options.merged = true;
  options.seconds = seconds;
  return options;
}

std::string ending(const ProcessResult& result) {
  return result.timed_out ? "no end within its time limit" : describe_end(result.status);
}

}  // namespace tinytorch::tito
