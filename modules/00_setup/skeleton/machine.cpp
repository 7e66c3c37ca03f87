#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/machine.hpp"

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

/// The file's text; nothing when it can't be read. The files of /sys are one line long.
std::optional<std::string> file_text(const fs::path& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The entries of a folder; none when there is no such folder. Their order is the file system's.
std::vector<fs::path> folder_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) entries.push_back(entry.path());
  return entries;
}

/// The decimal number that is the whole of `digits`; nothing for a sign, a blank, another character or an overflow.
std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stop != end || digits.front() == '-') return std::nullopt;
  return value;
}

}  // namespace

// The number of bytes that `text` names: a decimal number, then nothing, K, M or G of either case.
// Blanks and line ends around the whole are ignored; a sign, a blank inside or a fraction is an error.
// Throws ParseError that quotes the text, also when the result exceeds 2^63 - 1.
// parse_size("32K\n") -> 32768
std::int64_t parse_size(std::string_view text) {
  TINYTORCH_TODO("0.1");  // a number, then a factor
}

// The number of CPUs in a list as Linux writes it; both ends of a range count.
// Blanks and line ends around the list are ignored; an empty list has 0.
// Throws ParseError that quotes the list when it is malformed or a range runs backwards.
// count_cpu_list("0-3,8,10-11") -> 7
int count_cpu_list(std::string_view list) {
  TINYTORCH_TODO("0.2");  // part by part, each a number or a range
}

// CPU 0's data and unified caches, nearest first, from root/sys/devices/system/cpu/cpu0/cache/index*.
// An index without a level, a type ("Data", "Unified", "Instruction") or a size is left out.
// Without coherency_line_size the line is 0, without shared_cpu_list the cache is shared by 1.
// A missing folder gives an empty vector; nothing is thrown for it.
// "32K", "64", "0-1" at level 1 -> {level 1, bytes 32768, line 64, shared_by 2}
std::vector<CacheInfo> read_caches(const fs::path& root) {
  TINYTORCH_TODO("0.3");  // an index is a folder, a property is a file
}

// Logical CPUs from root/sys/devices/system/cpu/online (1 without the file); physical cores as the different pairs
// (physical_package_id, core_id) in root/sys/devices/system/cpu/cpu*/topology (without any: logical);
// the container's quota from root/sys/fs/cgroup/cpu.max (logical when it is absent or begins with "max").
// Nothing is thrown for a missing file.
// online "0-3", four topologies with core ids 0 0 1 1, cpu.max "150000 100000" -> {logical 4, physical 2, quota 1.5}
CoreCount count_cores(const fs::path& root) {
  TINYTORCH_TODO("0.4");  // a set of cores, a share of time
}

}  // namespace tinytorch
