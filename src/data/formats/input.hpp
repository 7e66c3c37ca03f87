#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

/// A file that is read from front to back, and unpacked while it is read if it is gzip-compressed. Private.
namespace tinytorch::data {

class Input {
 public:
  /// `op` names the reader in messages. Throws FileError.
  Input(const std::filesystem::path& file, const char* op);
  ~Input();
  Input(Input&&) noexcept;
  Input& operator=(Input&&) noexcept;

  /// Up to `count` bytes; fewer only at the end. Throws FormatError for damaged compression, FileError.
  std::size_t read(char* to, std::size_t count);
  /// The rest of the file.
  std::string rest();
  /// The most bytes that the unpacked file can have: its size, or 1032 times its size, the limit of deflate.
  std::uint64_t most() const;
  /// Bytes read so far.
  std::uint64_t position() const;
  bool compressed() const;
  /// The file's name without folders, for messages.
  const std::string& name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::data
