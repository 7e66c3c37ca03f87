#pragma once

#include "tinytorch/core/file_ops.hpp"
#include "tinytorch/core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tinytorch::lab {

/// A disk in memory that stops at a chosen call. It remembers what was flushed. after_crash() is what the machine finds
/// when it starts again: everything that was not flushed may be lost.
class FaultyFiles final : public FileOps {
 public:
  /// Thrown when the machine stops. It is no Error, so code that handles a full disk does not catch it.
  struct Stopped {};
  /// How much of its work is done by the call in which the machine stops.
  enum class Share : std::uint8_t { all, half, none };

  FaultyFiles() = default;

  /// Stops the machine in the k-th call from now, counted from 0. That call and all later ones throw Stopped.
  void stop_at(std::int64_t call, Share share) {
    stop_at_ = calls_ + call;
    share_ = share;
  }
  /// Makes the k-th call from now do nothing and throw FileError, as on a full disk. Later calls work again.
  void fail_at(std::int64_t call) { fail_at_ = calls_ + call; }
  std::int64_t calls() const { return calls_; }
  /// The call in which the machine stopped: "write"; empty while it runs.
  const std::string& stopped_in() const { return stopped_in_; }
  /// How many handles have not been closed.
  std::int64_t open_handles() const;

  /// The disk after a crash, drawn from `generator`. Names are as they were at some moment since the last flush of
  /// their folder. A file has the bytes that were flushed, or some more of those written.
  FaultyFiles after_crash(Generator& generator) const;

  Handle create(const std::filesystem::path& file) override;
  void write(Handle handle, std::span<const std::byte> bytes) override;
  void flush(Handle handle) override;
  void close(Handle handle) override;
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void flush_folder(const std::filesystem::path& folder) override;
  bool remove(const std::filesystem::path& file) override;
  bool create_folder(const std::filesystem::path& folder) override;
  bool exists(const std::filesystem::path& file) override;
  std::vector<std::byte> read(const std::filesystem::path& file) override;

 private:
  struct File {
    std::vector<std::byte> content, flushed;
  };
  // From a name to an index in files_, or to `folder` for a folder.
  using Names = std::map<std::string, std::size_t>;
  static constexpr std::size_t folder = static_cast<std::size_t>(-1), closed = static_cast<std::size_t>(-2);

  FaultyFiles(std::vector<File> files, const Names& names) : files_(std::move(files)), names_{names} {}
  // Counts the call and returns how much of its work it must do. end() throws Stopped in the call that stops.
  Share begin(const char* call);
  void end();
  void change_names(const Names& names) { names_.push_back(names); }
  File& opened(Handle handle);

  std::vector<File> files_;
  std::vector<Names> names_ = {{}};  // the names that a crash may leave; the last entry is the present
  std::vector<std::size_t> open_;
  std::int64_t calls_ = 0, stop_at_ = -1, fail_at_ = -1;
  Share share_ = Share::all;
  std::string stopped_in_;
};

}  // namespace tinytorch::lab
