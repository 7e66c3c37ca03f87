#include "src/tito/judge/measure_program.hpp"

#include "src/tito/build/build.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/build/stacks.hpp"

#include <string>
#include <utility>

#include <fmt/core.h>

namespace tinytorch::tito {

std::string measured_stack(const Context& context, const Lab& lab) {
  return fs::exists(context.work / lab.folder) ? "work:" + lab.number : "solution";
}

ProcessResult run_measure(const Context& context, const Lab& lab, const std::string& stack,
                          const std::vector<std::string>& arguments) {
  const Stacks stacks = load_or_configure(context);
  const std::string name = "measure_" + lab.number;
  if (!stacks.has_program(name)) throw trouble(lab.folder + " has no program that measures yet");
  ProgramRequest request;
  request.program = &stacks.program(name);
  request.units = resolve(context, stacks, parse_stack(stack));
  request.level = Level::run;
  const BuiltProgram built = build_program(context, stacks, request);
  if (!built.warnings.empty()) fmt::print(stderr, "{}", built.warnings);

  ProcessOptions options;
  options.argv = {built.path.string()};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.directory = context.root;
  options.own_errors = true;
  return run_process(options);
}

}  // namespace tinytorch::tito
