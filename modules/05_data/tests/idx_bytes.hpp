#pragma once

#include "modules/05_data/tests/oracle.hpp"

#include <bit>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>

/// Builds IDX files byte by byte, as the format describes them.
namespace tinytorch {
namespace {

using Bytes = std::vector<std::uint8_t>;

[[maybe_unused]] std::span<const std::byte> as_bytes(const Bytes& bytes) {
  return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}

struct TypeCode {
  DType dtype;
  std::uint8_t code;
  int bytes;
};

constexpr TypeCode type_codes[] = {{DType::uint8, 0x08, 1},
                                   {DType::int8, 0x09, 1},
                                   {DType::int32, 0x0C, 4},
                                   {DType::float32, 0x0D, 4},
                                   {DType::float64, 0x0E, 8}};

/// The lowest `count` bytes of a number, the highest byte first.
[[maybe_unused]] void put_number(Bytes& bytes, std::uint64_t number, int count) {
  for (int byte = count - 1; byte >= 0; --byte) {
    bytes.push_back(static_cast<std::uint8_t>(number >> (8 * static_cast<unsigned>(byte))));
  }
}

[[maybe_unused]] Bytes header_bytes(const TypeCode& type, const std::vector<std::uint64_t>& sizes) {
  Bytes bytes{0, 0, type.code, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint64_t size : sizes) put_number(bytes, size, 4);
  return bytes;
}

[[maybe_unused]] const TypeCode& random_type(lab::Case& c) {
  return type_codes[static_cast<std::size_t>(c.index() == 0 ? 0 : c.integer(0, 4))];
}

/// Sizes from 0 to 5. Later cases have more dimensions.
[[maybe_unused]] std::vector<std::uint64_t> small_sizes(lab::Case& c, std::uint64_t least) {
  std::vector<std::uint64_t> sizes;
  for (std::int64_t rank = c.integer(c.index() == 0 ? 1 : 0, std::min<std::int64_t>(1 + c.size(), 4)); rank > 0;
       --rank) {
    sizes.push_back(least + c.rng().below(6 - least));
  }
  return sizes;
}

[[maybe_unused]] std::uint64_t product(const std::vector<std::uint64_t>& sizes) {
  std::uint64_t count = 1;
  for (const std::uint64_t size : sizes) count *= size;
  return count;
}

[[maybe_unused]] Shape shape_of(const std::vector<std::uint64_t>& sizes) {
  Shape shape;
  for (const std::uint64_t size : sizes) shape.push_back(static_cast<std::int64_t>(size));
  return shape;
}

/// The bits of an element that holds `number`.
[[maybe_unused]] std::uint64_t bits_of(DType dtype, std::int64_t number) {
  if (dtype == DType::float32) return std::bit_cast<std::uint32_t>(static_cast<float>(number));
  if (dtype == DType::float64) return std::bit_cast<std::uint64_t>(static_cast<double>(number));
  return static_cast<std::uint64_t>(number);
}

/// Numbers that an element of the type can hold; int32 and the floats also get large ones.
[[maybe_unused]] Indices random_numbers(lab::Case& c, const TypeCode& type, std::uint64_t count) {
  const std::int64_t most = type.bytes == 1 ? 127 : 100'000;
  Indices numbers;
  for (std::uint64_t i = 0; i < count; ++i) numbers.push_back(c.integer(type.dtype == DType::uint8 ? 0 : -most, most));
  return numbers;
}

/// A whole file.
[[maybe_unused]] Bytes file_bytes(const TypeCode& type, const std::vector<std::uint64_t>& sizes,
                                  const Indices& numbers) {
  Bytes bytes = header_bytes(type, sizes);
  for (const std::int64_t number : numbers) put_number(bytes, bits_of(type.dtype, number), type.bytes);
  return bytes;
}

/// "00 00 08 01": how a failure shows bytes. Only the first 40.
[[maybe_unused]] std::string hex(const Bytes& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 40); ++i) {
    text += text.empty() ? "" : " ";
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return bytes.size() > 40 ? text + " ..." : text;
}

/// The position in "... byte 12 ...", which the message of a FormatError must name; "none" if it names none.
template <class F>
[[maybe_unused]] std::string named_byte(F read) {
  try {
    read();
  } catch (const FormatError& error) {
    const std::string text = error.what();
    const std::size_t at = text.find("byte ");
    return at == std::string::npos ? "none" : std::to_string(std::strtoll(text.c_str() + at + 5, nullptr, 10));
  }
  return "no FormatError";
}

}  // namespace
}  // namespace tinytorch
