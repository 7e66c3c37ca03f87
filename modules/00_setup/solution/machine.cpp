#include "tinytorch/core/machine.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <system_error>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

/// `text` without the blanks and line ends around it.
std::string_view trimmed(std::string_view text) {
  const char* const blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The text of the file; nothing when it can't be read. The files of /sys have one line.
std::optional<std::string> file_text(const fs::path& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The entries of a folder, in the order of the file system; none when there is no such folder.
std::vector<fs::path> folder_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) entries.push_back(entry.path());
  return entries;
}

/// The decimal number, if `digits` is nothing else; nothing for a sign, a blank, another character or an overflow.
std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stop != end || digits.front() == '-') return std::nullopt;
  return value;
}

}  // namespace

// The number of bytes that `text` names.
//   parse_size("32K\n") -> 32768     parse_size("3 K") -> ParseError
std::int64_t parse_size(std::string_view text) {
  // BEGIN SOLUTION 0.1: a number, then a factor
  std::string_view digits = trimmed(text);
  std::int64_t factor = 1;
  const std::size_t letter = digits.empty() ? std::string_view::npos : std::string_view("kKmMgG").find(digits.back());
  if (letter != std::string_view::npos) {
    factor = std::int64_t{1} << (10 * (letter / 2 + 1));
    digits.remove_suffix(1);
  }
  const std::optional<std::int64_t> number = whole_number(digits);
  if (!number || *number > INT64_MAX / factor) {
    throw ParseError("[parse_size] not a size in bytes: \"" + std::string(text) + "\"");
  }
  return *number * factor;
  // END SOLUTION
}

// The number of CPUs in a list as Linux writes it.
//   count_cpu_list("0-3,8,10-11") -> 7
int count_cpu_list(std::string_view list) {
  // BEGIN SOLUTION 0.2: part by part, each a number or a range
  std::string_view rest = trimmed(list);
  if (rest.empty()) return 0;
  std::int64_t count = 0;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::size_t dash = part.find('-');
    const std::optional<std::int64_t> first = whole_number(part.substr(0, dash));
    const std::optional<std::int64_t> last =
        dash == std::string_view::npos ? first : whole_number(part.substr(dash + 1));
    if (!first || !last || *last < *first) {
      throw ParseError("[count_cpu_list] not a list of CPUs: \"" + std::string(list) + "\"");
    }
    count += *last - *first + 1;
    if (comma == std::string_view::npos) return static_cast<int>(count);
    rest.remove_prefix(comma + 1);
  }
  // END SOLUTION
}

// CPU 0's data and unified caches, nearest first.
//   "32K", "64", "0-1" at level 1 -> {level 1, bytes 32768, line 64, shared_by 2}
std::vector<CacheInfo> read_caches(const fs::path& root) {
  // BEGIN SOLUTION 0.3: an index is a folder, a property is a file
  std::vector<CacheInfo> caches;
  for (const fs::path& index : folder_entries(root / "sys/devices/system/cpu/cpu0/cache")) {
    const std::optional<std::string> level = file_text(index / "level");
    const std::optional<std::string> type = file_text(index / "type");
    const std::optional<std::string> size = file_text(index / "size");
    if (!level || !type || !size || trimmed(*type) == "Instruction") continue;
    CacheInfo cache;
    cache.level = static_cast<int>(parse_size(*level));
    cache.bytes = parse_size(*size);
    if (const auto line = file_text(index / "coherency_line_size")) cache.line = parse_size(*line);
    if (const auto sharers = file_text(index / "shared_cpu_list")) cache.shared_by = count_cpu_list(*sharers);
    caches.push_back(cache);
  }
  std::sort(caches.begin(), caches.end(), [](const CacheInfo& a, const CacheInfo& b) { return a.level < b.level; });
  return caches;
  // END SOLUTION
}

// Logical CPUs, physical cores, and the share of them that the container may use.
//   online "0-3", four topologies with core ids 0 0 1 1, cpu.max "150000 100000" -> {logical 4, physical 2, quota 1.5}
CoreCount count_cores(const fs::path& root) {
  // BEGIN SOLUTION 0.4: a set of cores, a share of time
  CoreCount cores;
  const fs::path cpus = root / "sys/devices/system/cpu";
  if (const auto online = file_text(cpus / "online")) cores.logical = count_cpu_list(*online);

  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  for (const fs::path& cpu : folder_entries(cpus)) {
    const auto package = file_text(cpu / "topology/physical_package_id");
    const auto core = file_text(cpu / "topology/core_id");
    if (package && core) seen.emplace(parse_size(*package), parse_size(*core));
  }
  cores.physical = seen.empty() ? cores.logical : static_cast<int>(seen.size());

  cores.quota = cores.logical;
  const std::string limit(trimmed(file_text(root / "sys/fs/cgroup/cpu.max").value_or("max")));
  const std::size_t blank = limit.find(' ');
  if (limit.substr(0, blank) != "max") {
    const auto granted = static_cast<double>(parse_size(limit.substr(0, blank)));
    cores.quota = granted / static_cast<double>(parse_size(limit.substr(std::min(blank, limit.size()))));
  }
  return cores;
  // END SOLUTION
}

}  // namespace tinytorch
