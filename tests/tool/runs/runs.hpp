// Folders of runs, as a program leaves them.
#pragma once

#include "src/tito/runs/run.hpp"
#include "tests/tool/temporary_folder.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {

/// A manifest of the facts that change results, one "key=value" each.
inline config::Manifest manifest_of(const std::vector<std::string>& facts) {
  config::Manifest manifest;
  for (const std::string& fact : facts)
    manifest.facts.push_back({fact.substr(0, fact.find('=')), fact.substr(fact.find('=') + 1), config::Effect::result});
  return manifest;
}

/// Writes a run with these losses; without any it is unfinished.
inline StoredRun write_run(const TemporaryFolder& folder, const std::string& name,
                           const std::vector<std::string>& facts, const std::vector<double>& losses = {},
                           double accuracy = 90, const std::string& weights = "00",
                           const std::string& finished = "2026-01-31 14:25:07") {
  folder.write(name + "/manifest.toml", config::to_toml(manifest_of(facts)));
  std::string log;
  for (std::size_t i = 0; i < losses.size(); ++i)
    log += fmt::format("{{\"name\":\"train/loss\",\"step\":{},\"value\":{},\"time\":1}}\n", i + 1, losses[i]);
  folder.write(name + "/log.jsonl", log);
  if (!losses.empty()) {
    folder.write(name + "/result.toml",
                 fmt::format("finished = \"{}\"\nseconds = 1.5\naccuracy = {:.2f}\nweights.file = \"w.npz\"\n"
                             "weights.sha256 = \"{}\"\n",
                             finished, accuracy, weights));
  }
  return read_run(folder.path() / name);
}

/// What the call says when it refuses; "" when it does not.
template <class F>
std::string refusal(const F& call) {
  try {
    call();
  } catch (const CommandError& error) {
    return error.what();
  }
  return "";
}

}  // namespace tinytorch::tito
