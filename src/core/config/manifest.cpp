#include "tinytorch/core/binding.hpp"
#include "tinytorch/core/experiment.hpp"
#include "tinytorch/core/machine.hpp"

#include <array>
#include <fstream>

namespace tinytorch::config {

namespace {

// The instructions that the compiler may use decide how products and sums round.
std::string instruction_set() {
  std::string text;
#ifdef __x86_64__
  text += "x86-64";
#elif defined(__aarch64__)
  text += "aarch64";
#else
  text += "other";
#endif
#ifdef __AVX2__
  text += " avx2";
#endif
#ifdef __FMA__
  text += " fma";
#endif
#ifdef __AVX512F__
  text += " avx512f";
#endif
  return text;
}

std::string compiler() {
#ifdef __clang__
  return std::string("clang ") + __clang_version__;
#else
  return std::string("gcc ") + __VERSION__;
#endif
}

std::string optimisation() {
#ifdef __OPTIMIZE__
  return "on";
#else
  return "off";
#endif
}

std::string processor(const std::filesystem::path& root) {
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

std::vector<Fact> settings_facts(const Tree& tree, const Schema& schema) {
  std::vector<Fact> facts;
  for (const Setting& setting : schema.settings()) {
    const Entry* const entry = tree.find(setting.key);
    std::optional<Value> value = entry == nullptr ? setting.fallback : typed_value(*entry, setting.kind);
    if (!value) continue;
    if (double* const real = std::get_if<double>(&*value); real != nullptr) *real += 0.0;  // -0 becomes 0
    facts.push_back({"settings." + setting.key, to_string(*value), setting.effect});
  }
  return facts;
}

std::vector<Fact> machine_facts(const std::filesystem::path& root) {
  const CoreCount cores = count_cores(root);
  return {{"machine.isa", instruction_set(), Effect::result},
          {"machine.processor", processor(root), Effect::speed},
          {"machine.cores", std::to_string(cores.physical), Effect::speed},
          {"build.compiler", compiler(), Effect::result},
          {"build.optimisation", optimisation(), Effect::result}};
}

Fact data_fact(const std::string& name, const std::filesystem::path& file) {
  return {"data." + name, file_checksum(file), Effect::result};
}

std::string to_toml(const Manifest& manifest) {
  std::string text;
  for (const Effect effect : {Effect::result, Effect::speed, Effect::none}) {
    text += std::string(text.empty() ? "" : "\n") + "[" + to_string(effect) + "]\n";
    for (const Fact& fact : manifest.facts) {
      if (fact.effect == effect) text += to_string(Value(fact.key)) + " = " + to_string(Value(fact.value)) + "\n";
    }
  }
  return text;
}

Manifest parse_manifest(std::string_view text, const std::string& name) {
  Manifest manifest;
  for (const Entry& entry : parse_toml(text, name).entries) {
    const std::size_t dot = entry.key.find('.');
    const std::string table = entry.key.substr(0, dot);
    bool known = false;
    for (const Effect effect : {Effect::result, Effect::speed, Effect::none}) {
      if (dot == std::string::npos || table != to_string(effect) || kind_of(entry.value) != Kind::text) continue;
      manifest.facts.push_back({entry.key.substr(dot + 1), std::get<std::string>(entry.value), effect});
      known = true;
    }
    if (!known) throw ParseError("[manifest] " + to_string(entry.origin) + ": no fact: " + entry.key);
  }
  return manifest;
}

}  // namespace tinytorch::config
