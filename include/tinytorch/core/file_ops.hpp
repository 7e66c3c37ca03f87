#pragma once

#include "tinytorch/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace tinytorch {

/// The calls to a disk that code needs which must not lose data. Tests pass a disk that fails at any call.
/// All throw FileError `[write] weights: No space left on device`.
///
/// A crash may lose bytes that were written and not flushed, and names that were added, changed or removed in a folder
/// that was not flushed since then.
class FileOps {
 public:
  /// A file that is open for writing.
  using Handle = int;

  virtual ~FileOps();
  FileOps(const FileOps&) = delete;
  FileOps& operator=(const FileOps&) = delete;

  /// Opens a file for writing and empties it; creates it if there is none.
  virtual Handle create(const std::filesystem::path& file) = 0;
  /// Appends all the bytes.
  virtual void write(Handle handle, std::span<const std::byte> bytes) = 0;
  /// Returns when all that was written is on the disk.
  virtual void flush(Handle handle) = 0;
  /// Closes the file. The handle is invalid afterwards, whatever happens.
  virtual void close(Handle handle) = 0;
  /// Gives a file another name. A file that had this name is replaced; at every moment one of the two is there.
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Returns when the names of the files in a folder are on the disk.
  virtual void flush_folder(const std::filesystem::path& folder) = 0;
  /// Removes a file; returns false if there is none.
  virtual bool remove(const std::filesystem::path& file) = 0;
  /// Creates one folder; returns false if it exists already.
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
