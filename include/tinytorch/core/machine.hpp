#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

/// What Linux tells about the processor: its caches, its cores, and the limit of a container.
/// Unit core/machine of lab 00.
namespace tinytorch {

/// The number of bytes that `text` names: a decimal number, then nothing, K, M or G (upper or lower case) for a factor
/// of 1024, 1024^2 or 1024^3. Blanks and line ends around the text are ignored: "32K\n" -> 32768.
/// Throws ParseError, which quotes the text, for anything else (a sign, a blank inside, a fraction) and for a result
/// above 2^63 - 1.
std::int64_t parse_size(std::string_view text);

/// The number of CPUs in a list such as "0-3,8,10-11" (7). Both ends of a range count. Blanks and line ends around the
/// list are ignored. An empty list has 0. The parts do not overlap: Linux writes each CPU once.
/// Throws ParseError, which quotes the list, when the list is malformed or a range runs backwards.
int count_cpu_list(std::string_view list);

/// One level of cache as CPU 0 sees it.
struct CacheInfo {
  int level = 0;           ///< 1 is nearest to the core
  std::int64_t bytes = 0;  ///< capacity
  std::int64_t line = 0;   ///< bytes that one miss loads; 0 when the machine does not say
  int shared_by = 1;       ///< CPUs that share this cache; 1 when the machine does not say
  bool operator==(const CacheInfo&) const = default;
};

/// CPU 0's data and unified caches, nearest first. Reads the files level, type, size, coherency_line_size and
/// shared_cpu_list in each folder `root`/sys/devices/system/cpu/cpu0/cache/index*. An index without a level, a type
/// ("Data", "Unified" or "Instruction") or a size is left out, and so are instruction caches. Without
/// coherency_line_size the line is 0; without shared_cpu_list the cache is shared by 1.
/// Without the folder the result is empty; nothing is thrown.
std::vector<CacheInfo> read_caches(const std::filesystem::path& root = "/");

/// How much of the machine this process may use.
struct CoreCount {
  int logical = 1;     ///< CPUs that are online, hyper-threads included
  int physical = 1;    ///< cores: all hyper-threads of one core count once
  double quota = 1.0;  ///< CPUs that a container may use at once, on average; `logical` without a limit
};

/// `logical`: the CPUs in the list of `root`/sys/devices/system/cpu/online; 1 without the file.
/// `physical`: the number of different pairs (physical_package_id, core_id) in
/// `root`/sys/devices/system/cpu/cpu*/topology; `logical` without any. `quota`: the first number of
/// `root`/sys/fs/cgroup/cpu.max over the second, "150000 100000" -> 1.5; `logical` when the first is "max", with or
/// without a second, or there is no such file. Nothing is thrown for a missing file.
CoreCount count_cores(const std::filesystem::path& root = "/");

}  // namespace tinytorch
