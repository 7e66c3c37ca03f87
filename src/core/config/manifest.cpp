#include "tinytorch/core/binding.hpp"
#include "tinytorch/core/experiment.hpp"
#include "tinytorch/core/machine.hpp"

#include <array>
#include <fstream>
#include <sstream>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

namespace tinytorch::config {

namespace {

// The instructions that the compiler may use decide how products and sums round.
std::string compiled_for() {
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

// What follows "KEY : " in the file about the first processor; empty without such a line.
std::string of_processor(const std::filesystem::path& root, std::string_view key) {
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

std::string or_unknown(std::string text) { return text.empty() ? "unknown" : text; }

// Kernels and the C library's functions are chosen by these when the program starts. They round differently.
std::string instructions(const std::filesystem::path& root) {
  const std::string x86 = of_processor(root, "flags");
  std::istringstream words(x86.empty() ? of_processor(root, "Features") : x86);
  std::string found;
  for (std::string word; words >> word;) {
    for (const char* known : {"avx2", "fma", "avx512f", "asimd", "sve"})
      if (word == known) found += (found.empty() ? "" : " ") + word;
  }
  return or_unknown(found);
}

std::string c_library() {
#ifdef __GLIBC__
  return std::string("glibc ") + gnu_get_libc_version();
#else
  return "unknown";
#endif
}

std::string caches(const std::filesystem::path& root) {
  std::string text;
  for (const CacheInfo& cache : read_caches(root)) {
    if (!text.empty()) text += ", ";
    text += detail::text({"L", cache.level, " ", static_cast<long long>(cache.bytes / 1024), " KiB"});
  }
  return or_unknown(text);
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
  std::vector<Fact> facts{{"machine.isa", instructions(root), Effect::result},
                          {"machine.libc", c_library(), Effect::result},
                          {"machine.processor", or_unknown(of_processor(root, "model name")), Effect::speed},
                          {"machine.cores", std::to_string(cores.physical), Effect::speed},
                          {"machine.caches", caches(root), Effect::speed},
                          {"build.isa", compiled_for(), Effect::result},
                          {"build.compiler", compiler(), Effect::result},
                          {"build.optimisation", optimisation(), Effect::result}};
  // The code, and everything that was linked with it.
  const std::filesystem::path program = root / "proc/self/exe";
  if (std::filesystem::exists(program)) facts.push_back({"build.program", file_checksum(program), Effect::result});
  return facts;
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
