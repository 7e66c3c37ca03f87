// The command line of `tito serve`, which tito and the server itself read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tinytorch::serve {

struct Options {
  std::string model;    // a registry, a file of weights, a run's folder
  std::string publish;  // weights to publish in the registry `model`; then nothing is served
  std::string host = "127.0.0.1";
  int port = 8080;
  std::int64_t max_batch = 32, queue = 256;
  double max_delay_ms = 2.0, deadline_ms = 1000.0;
};

void add_options(CLI::App& app, Options& options);

/// The words from which add_options() reads the same options.
std::vector<std::string> to_words(const Options& options);

}  // namespace tinytorch::serve
