#include "tinytorch/core/file_ops.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tinytorch {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const fs::path& file, int reason = errno) {
  throw FileError(detail::text({"[", what, "] ", file.string(), ": ", std::strerror(reason)}));
}

// Calls a system function again as long as a signal interrupts it.
template <class Call>
auto persist(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

// The name of a handle's file, for messages.
fs::path name_of(FileOps::Handle handle) {
  std::error_code none;
  const fs::path name = fs::read_symlink(fmt::format("/proc/self/fd/{}", handle), none);
  return none ? fs::path(fmt::format("file {}", handle)) : name;
}

class Disk final : public FileOps {
 public:
  Handle create(const fs::path& file) override {
    const int handle = persist([&] { return ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666); });
    if (handle < 0) fail("create", file);
    return handle;
  }

  void write(Handle handle, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const auto count = persist([&] { return ::write(handle, bytes.data(), bytes.size()); });
      if (count < 0) fail("write", name_of(handle));
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  void flush(Handle handle) override {
    if (persist([&] { return ::fsync(handle); }) != 0) fail("flush", name_of(handle));
  }

  void close(Handle handle) override {
    const fs::path name = name_of(handle);
    if (::close(handle) != 0 && errno != EINTR) fail("close", name);  // after EINTR the handle is closed, too
  }

  void rename(const fs::path& from, const fs::path& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) fail("rename", to);
  }

  void flush_folder(const fs::path& folder) override {
    const fs::path name = folder.empty() ? fs::path(".") : folder;
    const int handle = persist([&] { return ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (handle < 0) fail("flush", name);
    // Some file systems can't flush a folder and report that. Nothing else can be done on them.
    const bool flushed = persist([&] { return ::fsync(handle); }) == 0 || errno == EINVAL;
    const int reason = errno;
    ::close(handle);
    if (!flushed) fail("flush", name, reason);
  }

  bool remove(const fs::path& file) override {
    if (::unlink(file.c_str()) == 0) return true;
    if (errno != ENOENT) fail("remove", file);
    return false;
  }

  bool create_folder(const fs::path& folder) override {
    if (::mkdir(folder.c_str(), 0777) == 0) return true;
    if (errno != EEXIST) fail("create_folder", folder);
    return false;
  }

  bool exists(const fs::path& file) override {
    std::error_code error;
    const bool found = fs::exists(file, error);
    if (error) fail("exists", file, error.value());
    return found;
  }

  std::vector<std::byte> read(const fs::path& file) override {
    const int handle = persist([&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC); });
    if (handle < 0) fail("read", file);
    std::vector<std::byte> bytes;
    std::byte piece[1 << 16];
    auto count = persist([&] { return ::read(handle, piece, sizeof piece); });
    for (; count > 0; count = persist([&] { return ::read(handle, piece, sizeof piece); }))
      bytes.insert(bytes.end(), piece, piece + count);
    const int reason = errno;
    ::close(handle);
    if (count < 0) fail("read", file, reason);
    return bytes;
  }
};

}  // namespace

FileOps::~FileOps() = default;

FileOps& disk() {
  static Disk disk;
  return disk;
}

}  // namespace tinytorch
