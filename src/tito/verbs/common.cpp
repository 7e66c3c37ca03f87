#include "src/tito/verbs/common.hpp"

#include "src/tito/build/stacks.hpp"

#include <fmt/core.h>

namespace tinytorch::tito {

void add_lab_argument(CLI::App& verb, std::string& lab) {
  verb.add_option("lab", lab, "The lab: 01, 1, 01_tensor or tensor")->required();
}

Lab find_started_lab(const Context& context, const std::string& name) {
  Lab lab = find_lab(context, name);
  if (!fs::exists(context.work / lab.folder)) throw not_started(lab.folder);
  return lab;
}

void print_build_failure(const Context& context, const std::string& what) {
  fmt::print("{}\n{}\n", paint(context, Style::bad, "COMPILE_ERROR"), what);
}

}  // namespace tinytorch::tito
