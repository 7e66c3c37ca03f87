#include "src/serve/options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

namespace tinytorch::serve {

void add_options(CLI::App& app, Options& options) {
  app.add_option("model", options.model,
                 "A registry, whose promoted version serves; a .npz or .safetensors file; or the folder of a run")
      ->required();
  app.add_option("--publish", options.publish,
                 "Weights (a file, or the folder of a run) to publish and promote in the registry; nothing is served");
  app.add_option("--host", options.host, "The address to listen on: 127.0.0.1 (default) is this machine alone");
  app.add_option("--port", options.port, "The port: 8080 (default), or 0 for any that is free")
      ->check(CLI::Range(0, 65535));
  app.add_option("--max-batch", options.max_batch, "Most requests in a batch (default 32)")->check(CLI::Range(1, 4096));
  app.add_option("--max-delay", options.max_delay_ms,
                 "Milliseconds that a request waits at most for others to come (default 2)")
      ->check(CLI::Range(0.0, 60'000.0));
  app.add_option("--queue", options.queue, "Requests that may wait; others are answered 503 at once (default 256)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--deadline", options.deadline_ms, "Milliseconds after which a request is answered 504 (default 1000)")
      ->check(CLI::Range(1.0, 3'600'000.0));
}

std::vector<std::string> to_words(const Options& options) {
  std::vector<std::string> words{
      "--host=" + options.host,
      fmt::format("--port={}", options.port),
      fmt::format("--max-batch={}", options.max_batch),
      fmt::format("--max-delay={}", options.max_delay_ms),
      fmt::format("--queue={}", options.queue),
      fmt::format("--deadline={}", options.deadline_ms),
  };
  if (!options.publish.empty()) words.push_back("--publish=" + options.publish);
  words.insert(words.end(), {"--", options.model});
  return words;
}

}  // namespace tinytorch::serve
