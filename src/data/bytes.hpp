#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Whole files as strings of bytes, and little-endian numbers in them. Private.
namespace tinytorch::data {

/// Throws FileError with the reason.
std::string read_file(const std::filesystem::path& file);
/// Writes a temporary file beside `file` and renames it: readers see the old bytes or the new. Throws FileError.
void write_file(const std::filesystem::path& file, std::string_view bytes);

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

}  // namespace tinytorch::data
