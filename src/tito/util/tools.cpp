#include "src/tito/util/tools.hpp"

#include <string>

namespace tinytorch::tito {

bool in_path(const std::string& program) { return !find_program(program).empty(); }

std::string first_line(const std::vector<std::string>& words) {
  ProcessOptions options;
  options.argv = words;
  options.seconds = 10;
  const ProcessResult result = run_process(options);
  return result.ok() ? result.out.substr(0, result.out.find('\n')) : "";
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

}  // namespace tinytorch::tito
