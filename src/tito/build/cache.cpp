#include "src/tito/build/cache.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

struct CachedFile {
  fs::file_time_type used;
  fs::path path;
  std::uintmax_t bytes = 0;

  bool operator<(const CachedFile& other) const { return std::tie(used, path) < std::tie(other.used, other.path); }
};

// Most recently used first.
std::vector<CachedFile> files_of(const fs::path& folder) {
  std::vector<CachedFile> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error))
      files.push_back({entry.last_write_time(error), entry.path(), entry.file_size(error)});
  }
  std::sort(files.rbegin(), files.rend());
  return files;
}

}  // namespace

Hash& Hash::add(std::string_view piece) {
  const auto byte = [&](unsigned char c) { value_ = (value_ ^ c) * 1099511628211ULL; };
  for (const char c : piece) byte(static_cast<unsigned char>(c));
  for (std::size_t n = piece.size(), i = 0; i < sizeof n; ++i, n >>= 8) byte(static_cast<unsigned char>(n & 0xff));
  return *this;
}

Hash& Hash::add_file_state(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  const auto time = fs::last_write_time(file, error).time_since_epoch().count();
  return add(fmt::format("{} {} {}", file.string(), size, time));
}

std::string Hash::text() const { return fmt::format("{:016x}", value_); }

fs::path cache_dir(const Context& context) { return context.build() / "work"; }

bool in_cache(const fs::path& file) {
  if (!fs::exists(file)) return false;
  std::error_code ignored;  // another process may have removed it just now: then its next user makes it anew
  fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
  return true;
}

ProcessResult make_cached(const fs::path& file, ProcessOptions command, const std::function<bool()>& worth_keeping) {
  fs::create_directories(file.parent_path());
  const fs::path partial = file.string() + own_suffix() + ".part";
  command.argv.insert(command.argv.end(), {"-o", partial.string()});
  command.environment.emplace_back("LC_ALL=C");
  const ProcessResult result = run_process(command);
  std::error_code ignored;
  if (result.ok() && (!worth_keeping || worth_keeping())) {
    fs::rename(partial, file);
  } else {
    fs::remove(partial, ignored);
  }
  return result;
}

void prune_heads(const fs::path& folder) {
  std::size_t left = 6;  // two labs' units
  std::error_code ignored;
  for (const CachedFile& file : files_of(folder)) {
    if (file.path.extension() != ".gch") continue;
    if (left == 0) fs::remove(file.path, ignored);
    left -= left > 0 ? 1 : 0;
  }
}

void prune_cache(const Context& context) {
  constexpr std::uintmax_t most_bytes = std::uintmax_t{300} << 20;
  std::uintmax_t total = 0;
  std::error_code ignored;
  for (const CachedFile& file : files_of(cache_dir(context))) {
    total += file.bytes;
    if (total > most_bytes) fs::remove(file.path, ignored);
  }
}

}  // namespace tinytorch::tito
