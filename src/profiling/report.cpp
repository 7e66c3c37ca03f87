#include "tinytorch/core/machine.hpp"
#include "tinytorch/profiling/benchmark.hpp"

#include <fstream>
#include <numeric>

#include <fmt/format.h>

namespace tinytorch::profiling {
namespace {

/// The text after "name" and a colon in the first line of a file that begins so.
std::string value_in(const std::filesystem::path& file, std::string_view name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

std::string time_text(double ns) {
  return ns < 1e6 ? fmt::format("{:.2f} us", ns / 1e3) : fmt::format("{:.3f} ms", ns / 1e6);
}

}  // namespace

std::string machine_fingerprint(const std::filesystem::path& root) {
  const CoreCount cores = count_cores(root);
  std::string text = fmt::format("{}, {} cores, {} threads, quota {:g}", value_in(root / "proc/cpuinfo", "model name"),
                                 cores.physical, cores.logical, cores.quota);
  for (const CacheInfo& cache : read_caches(root)) {
    text += fmt::format(", L{} {} KiB", cache.level, cache.bytes / 1024);
  }
  std::ifstream in(root / "proc/sys/kernel/osrelease");
  std::string release;
  if (std::getline(in, release)) text += ", Linux " + release;
  return text;
}

std::string to_string(const AbResult& result, std::size_t rounds, double alpha) {
  const char* const words[] = {"not shown", "faster", "slower"};
  return fmt::format("b takes {:.3g} times as long as a ({:g} %: {:.3g} to {:.3g}, p = {:.2g}, {} rounds): {}",
                     result.ratio, 100 * (1 - alpha), result.interval.low, result.interval.high, result.p, rounds,
                     words[static_cast<std::size_t>(result.difference)]);
}

std::string to_string(const ScenarioResult& result) {
  const std::vector<double> values(result.latencies.begin(), result.latencies.end());
  if (values.empty()) return "0 requests";
  const auto count = static_cast<double>(values.size());
  std::string text = fmt::format("{} requests, {:.1f} a second, mean {}", values.size(), result.per_second,
                                 time_text(std::accumulate(values.begin(), values.end(), 0.0) / count));
  for (const int percent : {50, 90, 99}) {
    if (count * (100 - percent) < 1000) continue;
    text += fmt::format(", p{} {}", percent, time_text(quantile(values, percent / 100.0)));
  }
  return text;
}

}  // namespace tinytorch::profiling
