#pragma once

#include "tinytorch/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace tinytorch {

/// The few things that code which must not lose data does to a disk, one call each. Tests put a disk behind it that
/// stops at any call. All throw FileError `[write] weights: No space left on device`.
///
/// What a crash may take away: bytes that were written and not flushed, and names that were made, changed or removed in
/// a folder that was not flushed since.
class FileOps {
 public:
  /// A file that is open for writing.
  using Handle = int;

  virtual ~FileOps();
  FileOps(const FileOps&) = delete;
  FileOps& operator=(const FileOps&) = delete;

  /// Opens a file for writing and empties it; makes it where there is none.
  virtual Handle create(const std::filesystem::path& file) = 0;
  /// Appends all the bytes.
  virtual void write(Handle handle, std::span<const std::byte> bytes) = 0;
  /// Returns when what was written is on the disk.
  virtual void flush(Handle handle) = 0;
  /// The handle is gone, whatever happens.
  virtual void close(Handle handle) = 0;
  /// Gives a file another name; a file that had it is replaced. At every moment there is the one or the other.
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Returns when the names in a folder are on the disk.
  virtual void flush_folder(const std::filesystem::path& folder) = 0;
  /// Removes a file; returns false where there is none.
  virtual bool remove(const std::filesystem::path& file) = 0;
  /// Makes one folder; returns false when it is there already, and then somebody else made it.
  virtual bool create_folder(const std::filesystem::path& folder) = 0;
  virtual bool exists(const std::filesystem::path& file) = 0;
  /// All bytes of a file.
  virtual std::vector<std::byte> read(const std::filesystem::path& file) = 0;

 protected:
  FileOps() = default;
};

/// The disk of this machine. Has no state: any number of threads may use it.
FileOps& disk();

}  // namespace tinytorch
