#include "tinytorch/core/machine.hpp"

#include "src/course/holes.hpp"
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
  // BEGIN 0.1: a number, then a factor
  TINYTORCH_TODO("0.1");
  // END 0.1
}

// The number of CPUs in a list as Linux writes it.
//   count_cpu_list("0-3,8,10-11") -> 7
int count_cpu_list(std::string_view list) {
  // BEGIN 0.2: part by part, each a number or a range
  TINYTORCH_TODO("0.2");
  // END 0.2
}

// CPU 0's data and unified caches, nearest first.
//   "32K", "64", "0-1" at level 1 -> {level 1, bytes 32768, line 64, shared_by 2}
std::vector<CacheInfo> read_caches(const fs::path& root) {
  // BEGIN 0.3: an index is a folder, a property is a file
  TINYTORCH_TODO("0.3");
  // END 0.3
}

// Logical CPUs, physical cores, and the share of them that the container may use.
//   online "0-3", four topologies with core ids 0 0 1 1, cpu.max "150000 100000" -> {logical 4, physical 2, quota 1.5}
CoreCount count_cores(const fs::path& root) {
  // BEGIN 0.4: a set of cores, a share of time
  TINYTORCH_TODO("0.4");
  // END 0.4
}

}  // namespace tinytorch
