#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/machine.hpp"

#include <string>
#include <vector>

/// Other people's machines, as files below a fixture's root.
namespace tinytorch {
namespace {

/// The files of one index folder; an empty text stands for a missing file.
struct IndexFiles {
  std::string level, type, size, line, sharers;
};

/// "level 1, Data, 32K, line 64, cpus 0-1": how a failure shows an index.
[[maybe_unused]] std::string described(const IndexFiles& files) {
  const auto shown = [](const std::string& text) { return text.empty() ? "?" : text; };
  return "level " + shown(files.level) + ", " + shown(files.type) + ", " + shown(files.size) + ", line " +
         shown(files.line) + ", cpus " + shown(files.sharers);
}

[[maybe_unused]] void write_if_any(lab::Fixture& machine, const std::string& path, const std::string& text) {
  if (!text.empty()) machine.write(path, text + "\n");
}

/// Writes an index folder of CPU 0, and the other files that a real machine has there.
[[maybe_unused]] void write_index(lab::Fixture& machine, std::int64_t number, const IndexFiles& files) {
  const std::string cache = "sys/devices/system/cpu/cpu0/cache/";
  const std::string index = cache + "index" + std::to_string(number) + "/";
  machine.make_folder(index);
  machine.write(cache + "uevent", "\n");
  write_if_any(machine, index + "level", files.level);
  write_if_any(machine, index + "type", files.type);
  write_if_any(machine, index + "size", files.size);
  write_if_any(machine, index + "coherency_line_size", files.line);
  write_if_any(machine, index + "shared_cpu_list", files.sharers);
}

/// Writes the topology of one CPU.
[[maybe_unused]] void write_core(lab::Fixture& machine, std::int64_t cpu, std::int64_t package, std::int64_t core) {
  const std::string topology = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
  machine.write(topology + "physical_package_id", std::to_string(package) + "\n");
  machine.write(topology + "core_id", std::to_string(core) + "\n");
}

}  // namespace

/// Lets the checks compare and show caches.
inline lab::Value to_value(const CacheInfo& cache) {
  return lab::record(
      {{"level", cache.level}, {"bytes", cache.bytes}, {"line", cache.line}, {"shared_by", cache.shared_by}});
}

}  // namespace tinytorch
