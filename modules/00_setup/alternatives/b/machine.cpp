// Another right answer to part A: regular expressions.
#include "tinytorch/core/machine.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <system_error>
#include <unordered_set>

namespace tinytorch {
namespace {

namespace fs = std::filesystem;

/// A file's text without the blanks and line ends at its end; empty for a missing file.
std::string slurp(const fs::path& path) {
  std::ostringstream text;
  if (std::ifstream file(path); file) text << file.rdbuf();
  std::string result = text.str();
  result.erase(result.find_last_not_of(" \t\r\n") + 1);
  return result;
}

}  // namespace

std::int64_t parse_size(std::string_view text) {
  static const std::regex size(R"(\s*(\d{1,19})([kKmMgG]?)\s*)");
  std::cmatch found;
  if (std::regex_match(text.data(), text.data() + text.size(), found, size)) {
    const auto number = static_cast<long double>(std::stoull(found[1].str()));
    const std::string letter = found[2].str();
    const long double factor = letter.empty()                   ? 1.0L
                               : letter == "k" || letter == "K" ? 1024.0L
                               : letter == "m" || letter == "M" ? 1048576.0L
                                                                : 1073741824.0L;
    if (number * factor < 9223372036854775808.0L) {
      return static_cast<std::int64_t>(number) * static_cast<std::int64_t>(factor);
    }
  }
  throw ParseError("[parse_size] expected a number and K, M, G or nothing: '" + std::string(text) + "'");
}

int count_cpu_list(std::string_view list) {
  static const std::regex blank(R"(\s*)"), whole(R"(\s*\d+(-\d+)?(,\d+(-\d+)?)*\s*)"), part(R"((\d+)(?:-(\d+))?)");
  const std::string text(list);
  if (std::regex_match(text, blank)) return 0;
  const ParseError malformed("[count_cpu_list] expected something like 0-3,8: '" + text + "'");
  if (!std::regex_match(text, whole)) throw malformed;
  int count = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), part), end; at != end; ++at) {
    const int first = std::stoi((*at)[1].str());
    const int last = (*at)[2].matched ? std::stoi((*at)[2].str()) : first;
    if (last < first) throw malformed;
    count += 1 + last - first;
  }
  return count;
}

std::vector<CacheInfo> read_caches(const fs::path& root) {
  std::vector<CacheInfo> caches;
  const fs::path folder = root / "sys/devices/system/cpu/cpu0/cache";
  if (!fs::is_directory(folder)) return caches;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    const std::string level = slurp(entry.path() / "level");
    const std::string type = slurp(entry.path() / "type");
    const std::string size = slurp(entry.path() / "size");
    if (level.empty() || type.empty() || size.empty() || type == "Instruction") continue;
    const std::string line = slurp(entry.path() / "coherency_line_size");
    const std::string sharers = slurp(entry.path() / "shared_cpu_list");
    CacheInfo cache{static_cast<int>(parse_size(level)), parse_size(size), line.empty() ? 0 : parse_size(line),
                    sharers.empty() ? 1 : count_cpu_list(sharers)};
    const auto farther = [&](const CacheInfo& other) { return other.level > cache.level; };
    caches.insert(std::find_if(caches.begin(), caches.end(), farther), cache);
  }
  return caches;
}

CoreCount count_cores(const fs::path& root) {
  const fs::path cpus = root / "sys/devices/system/cpu";
  const std::string online = slurp(cpus / "online");
  const int logical = online.empty() ? 1 : count_cpu_list(online);

  std::unordered_set<std::string> cores;
  std::error_code missing;
  for (const auto& cpu : fs::directory_iterator(cpus, missing)) {
    const fs::path topology = cpu.path() / "topology";
    if (!fs::exists(topology / "core_id")) continue;
    cores.insert(slurp(topology / "physical_package_id") + "/" + slurp(topology / "core_id"));
  }
  const int physical = cores.empty() ? logical : static_cast<int>(cores.size());

  std::istringstream limit(slurp(root / "sys/fs/cgroup/cpu.max"));
  std::string granted;
  double period = 100000;
  limit >> granted >> period;
  const bool unlimited = granted.empty() || granted == "max";
  return {logical, physical, unlimited ? logical : std::stod(granted) / period};
}

}  // namespace tinytorch
