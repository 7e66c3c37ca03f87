// The options of `tito mutants`; the verb hands them to labs_test, which judges the mutants.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinytorch::tito {

struct MutantsOptions {
  std::string lab, only, json;
  bool write = false, settle = false, lazy = false, holes = false, generated = false;
  std::size_t most = 0;

  /// As they stand on a command line.
  std::vector<std::string> words() const;
};

void add_mutants_options(CLI::App& verb, MutantsOptions& options);

}  // namespace tinytorch::tito
