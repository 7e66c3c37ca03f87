// Lab 05, part A: from the bytes of a file, which may be damaged, to a tensor.

#include "tinytorch/data/readers.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace tinytorch::data {

// BEGIN HELPER 5.1
namespace {

// The number in four bytes, the highest byte first.
std::int64_t big_endian(std::span<const std::byte> bytes, std::size_t at) {
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | std::to_integer<std::int64_t>(bytes[at + i]);
  return number;
}

DType element_type(std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return DType::uint8;
    case 0x09:
      return DType::int8;
    case 0x0C:
      return DType::int32;
    case 0x0D:
      return DType::float32;
    case 0x0E:
      return DType::float64;
    default:
      throw FormatError("[idx] byte 2: no element type that we read: " + std::to_string(std::to_integer<int>(code)));
  }
}

void need(std::span<const std::byte> bytes, std::size_t count) {
  if (bytes.size() < count) {
    throw FormatError("[idx] byte " + std::to_string(bytes.size()) + ": the file ends inside its header of " +
                      std::to_string(count) + " bytes");
  }
}

}  // namespace
// END HELPER

// The header at the start of the bytes of an IDX file.
//   00 00 08 01 00 00 00 02 07 09 -> uint8, (2), data_offset 8, data_bytes 2
//   00 00 07 ...                  -> FormatError "byte 2"
IdxHeader parse_idx_header(std::span<const std::byte> bytes) {
  // BEGIN SOLUTION 5.1: check each byte before you use it
  need(bytes, 4);
  for (std::size_t i = 0; i < 2; ++i) {
    if (bytes[i] != std::byte{})
      throw FormatError("[idx] byte " + std::to_string(i) + ": an IDX file starts with 0, 0");
  }
  IdxHeader header;
  header.dtype = element_type(bytes[2]);
  const auto rank = std::to_integer<std::size_t>(bytes[3]);
  if (rank > static_cast<std::size_t>(Shape::max_rank)) {
    throw FormatError("[idx] byte 3: at most 8 dimensions, not " + std::to_string(rank));
  }
  header.data_offset = static_cast<std::int64_t>(4 + 4 * rank);
  need(bytes, 4 + 4 * rank);
  bool none = false;
  std::int64_t count = item_size(header.dtype);
  for (std::size_t at = 4; at < 4 + 4 * rank; at += 4) {
    const std::int64_t size = big_endian(bytes, at);
    header.sizes.push_back(size);
    none = none || size == 0;
    const std::int64_t factor = std::max<std::int64_t>(size, 1);  // strides are products of the sizes other than 0
    if (count > std::numeric_limits<std::int64_t>::max() / factor) {
      throw FormatError("[idx] byte " + std::to_string(at) +
                        ": more elements than any memory: " + to_string(header.sizes));
    }
    count *= factor;
  }
  header.data_bytes = none ? 0 : count;
  return header;
  // END SOLUTION
}

// The tensor in the bytes of an IDX file.
//   00 00 08 01 00 00 00 02 07 09 -> (7 9)
Tensor read_idx(std::span<const std::byte> bytes) {
  // BEGIN SOLUTION 5.2: check the length before you allocate
  const IdxHeader header = parse_idx_header(bytes);
  const auto length = static_cast<std::int64_t>(bytes.size());
  const std::int64_t given = length - header.data_offset;
  if (given != header.data_bytes) {
    const std::int64_t part = header.data_offset + std::min(given, header.data_bytes);  // where file and header part
    throw FormatError("[idx] byte " + std::to_string(part) + ": the header " + to_string(header.sizes) + " says " +
                      std::to_string(header.data_bytes) + " bytes of elements, the file has " + std::to_string(given));
  }
  const Tensor tensor = empty(header.sizes, header.dtype);
  const auto item = static_cast<std::size_t>(item_size(header.dtype));
  const std::span<const std::byte> from = bytes.subspan(static_cast<std::size_t>(header.data_offset));
  auto* to = static_cast<std::byte*>(tensor.data());
  if (item == 1) {
    std::copy(from.begin(), from.end(), to);
    return tensor;
  }
  for (std::size_t first = 0; first < from.size(); first += item) {
    for (std::size_t i = 0; i < item; ++i) to[first + i] = from[first + item - 1 - i];
  }
  return tensor;
  // END SOLUTION
}

}  // namespace tinytorch::data
