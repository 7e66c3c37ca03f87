#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

/// A file read from front to back, unpacked on the way when it is gzip-compressed. Private.
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
  /// All that is left.
  std::string rest();
  /// The most bytes that the file can hold unpacked: its size, or 1032 times that, which is what deflate reaches.
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
