#pragma once

#include "tinytorch/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

/// Reading and writing files as strings of bytes, with little-endian numbers and tensors in them. Private.
namespace tinytorch::data {

/// Throws FileError with the reason.
std::string read_file(const std::filesystem::path& file);
/// Writes a temporary file beside `file` and renames it: a reader sees the old bytes or the new ones. Throws FileError.
void write_file(const std::filesystem::path& file, std::string_view bytes);
/// The bytes compressed, as a .gz file holds them.
std::string gzip(std::string_view bytes);

/// An open file that can be read at any position, from several threads at once.
class RandomAccess {
 public:
  /// `op` names the reader in messages. Throws FileError, also for what has no size: a folder, a pipe, a device.
  RandomAccess(const std::filesystem::path& file, const char* op);
  /// An empty file without a name. It is removed with the object.
  static RandomAccess temporary(const char* op);
  ~RandomAccess();
  RandomAccess(RandomAccess&& other) noexcept;
  RandomAccess& operator=(RandomAccess&& other) noexcept;

  std::uint64_t size() const { return size_; }
  /// Exactly `count` bytes from `at` on. Throws FileError when reading fails or the file has become shorter.
  void read(std::uint64_t at, void* to, std::size_t count) const;
  void append(std::string_view bytes);

 private:
  RandomAccess(int descriptor, std::string name, const char* op)
      : descriptor_(descriptor), name_(std::move(name)), op_(op) {}
  [[noreturn]] void fail(int reason) const;

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::string name_;
  const char* op_;
};

/// Appends a number of `bytes` bytes, the lowest first.
inline void put(std::string& out, std::uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}
/// The number of `bytes` bytes at `at`; the caller has checked the bounds.
inline std::uint64_t get(std::string_view from, std::size_t at, int bytes) {
  std::uint64_t number = 0;
  for (int i = bytes - 1; i >= 0; --i)
    number = number << 8 | static_cast<unsigned char>(from[at + static_cast<std::size_t>(i)]);
  return number;
}

/// A float of 16 bits (IEEE 754 binary16).
float from_half(std::uint16_t bits);

/// Text of a file as a message may show it: on one line, at most 60 bytes, other bytes than printable ones as \x0a.
std::string shown(std::string_view text);

/// Appends the elements of a contiguous tensor in their order in memory.
void append_elements(std::string& out, const Tensor& rows);
/// The number of bytes of a tensor of that shape. Returns false when that number or a stride is 2^63 or more.
bool count_bytes(const Shape& sizes, DType dtype, std::uint64_t& bytes);
/// Sets every byte other than 0 to 1, because a bool that is neither 0 nor 1 is undefined behaviour.
void make_booleans(const Tensor& tensor);

}  // namespace tinytorch::data
