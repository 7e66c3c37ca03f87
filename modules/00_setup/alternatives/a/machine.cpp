// Another right answer to part A: reads character by character and tries folder names in order.
#include "tinytorch/core/machine.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <limits>
#include <map>
#include <string>

namespace tinytorch {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

void strip(std::string& text) {
  while (!text.empty() && is_space(text.back())) text.pop_back();
  while (!text.empty() && is_space(text.front())) text.erase(0, 1);
}

/// The first line of a file, or `otherwise`.
std::string line_of(const std::filesystem::path& path, const std::string& otherwise) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) ? line : otherwise;
}

/// Reads digits from `at` on; -1 when there are none or they do not fit.
std::int64_t digits(const std::string& text, std::size_t& at) {
  if (at >= text.size() || !std::isdigit(static_cast<unsigned char>(text[at]))) return -1;
  std::int64_t value = 0;
  for (; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])); ++at) {
    const std::int64_t digit = text[at] - '0';
    if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) return -1;
    value = 10 * value + digit;
  }
  return value;
}

}  // namespace

std::int64_t parse_size(std::string_view text) {
  std::string rest(text);
  strip(rest);
  std::size_t at = 0;
  std::int64_t value = digits(rest, at);
  int doublings = 0;
  if (value >= 0 && at + 1 == rest.size()) {
    switch (rest[at]) {
      case 'k':
      case 'K':
        doublings = 10;
        break;
      case 'm':
      case 'M':
        doublings = 20;
        break;
      case 'g':
      case 'G':
        doublings = 30;
        break;
      default:
        value = -1;
    }
  } else if (at != rest.size()) {
    value = -1;
  }
  for (; value > 0 && doublings > 0; --doublings) {
    value = value > std::numeric_limits<std::int64_t>::max() / 2 ? -1 : value * 2;
  }
  if (value < 0) throw ParseError("[parse_size] cannot read \"" + std::string(text) + "\" as bytes");
  return value;
}

int count_cpu_list(std::string_view list) {
  std::string rest(list);
  strip(rest);
  const auto refuse = [&] { throw ParseError("[count_cpu_list] bad list \"" + std::string(list) + "\""); };
  std::int64_t count = 0;
  std::size_t at = 0;
  while (at < rest.size()) {
    const std::int64_t first = digits(rest, at);
    std::int64_t last = first;
    if (at < rest.size() && rest[at] == '-') last = digits(rest, ++at);
    if (first < 0 || last < first) refuse();
    count += last - first + 1;
    if (at < rest.size() && (rest[at] != ',' || ++at == rest.size())) refuse();
  }
  return static_cast<int>(count);
}

std::vector<CacheInfo> read_caches(const std::filesystem::path& root) {
  std::multimap<int, CacheInfo> by_level;
  for (int i = 0; i < 32; ++i) {
    const auto index = root / "sys/devices/system/cpu/cpu0/cache" / ("index" + std::to_string(i));
    const std::string level = line_of(index / "level", ""), type = line_of(index / "type", "");
    const std::string size = line_of(index / "size", "");
    const bool holds_data = type.find("Data") == 0 || type.find("Unified") == 0;
    if (level.empty() || size.empty() || !holds_data) continue;
    const int number = std::stoi(level);
    by_level.emplace(number,
                     CacheInfo{number, parse_size(size), std::stoll(line_of(index / "coherency_line_size", "0")),
                               count_cpu_list(line_of(index / "shared_cpu_list", "0"))});
  }
  std::vector<CacheInfo> caches;
  for (const auto& [level, cache] : by_level) caches.push_back(cache);
  return caches;
}

CoreCount count_cores(const std::filesystem::path& root) {
  CoreCount count;
  count.logical = count_cpu_list(line_of(root / "sys/devices/system/cpu/online", "0"));
  std::vector<std::string> cores;
  for (int cpu = 0; cpu < 4096; ++cpu) {
    const auto topology = root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) / "topology";
    const std::string core = line_of(topology / "core_id", "");
    if (!core.empty()) cores.push_back(line_of(topology / "physical_package_id", "0") + ":" + core);
  }
  std::sort(cores.begin(), cores.end());
  const auto different = std::unique(cores.begin(), cores.end()) - cores.begin();
  count.physical = different == 0 ? count.logical : static_cast<int>(different);

  std::ifstream limit(root / "sys/fs/cgroup/cpu.max");
  double granted = 0, period = 0;
  count.quota = limit >> granted >> period ? granted / period : static_cast<double>(count.logical);
  return count;
}

}  // namespace tinytorch
