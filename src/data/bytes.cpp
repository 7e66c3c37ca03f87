#include "src/data/bytes.hpp"

#include "tinytorch/core/error.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::data {

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void fail(const char* what, const std::filesystem::path& file, int reason) {
  throw FileError(fmt::format("[{}] {}: {}", what, file.string(), std::strerror(reason)));
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) fail("read", path, errno);
  std::string bytes;
  char piece[1 << 16];
  while (const std::size_t count = std::fread(piece, 1, sizeof piece, file.get())) bytes.append(piece, count);
  if (std::ferror(file.get()) != 0) fail("read", path, errno);
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path beside = path;
  beside += fmt::format(".{}.tmp", getpid());
  File file(std::fopen(beside.c_str(), "wb"));
  if (!file) fail("write", path, errno);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size() &&
                       std::fflush(file.get()) == 0 && fsync(fileno(file.get())) == 0;
  const int write_reason = errno;
  const bool closed = std::fclose(file.release()) == 0;
  if (written && closed && std::rename(beside.c_str(), path.c_str()) == 0) return;
  const int reason = written ? errno : write_reason;
  std::remove(beside.c_str());
  fail("write", path, reason);
}

}  // namespace tinytorch::data
