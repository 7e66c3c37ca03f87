// Another right solution: a table of types, a check before each read, and elements built from their bits.
#include "tinytorch/data/readers.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <string>

namespace tinytorch::data {
namespace {

struct Row {
  int code;
  DType dtype;
};
constexpr std::array<Row, 5> table{
    {{8, DType::uint8}, {9, DType::int8}, {12, DType::int32}, {13, DType::float32}, {14, DType::float64}}};

void check(bool good, std::size_t position) {
  if (!good) throw FormatError("[idx] byte " + std::to_string(position) + " is not as IDX has it");
}

/// The bits of the element at `from`, whose highest byte comes first.
template <class Bits>
Bits bits_at(const std::byte* from) {
  Bits bits = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    bits = static_cast<Bits>(bits | static_cast<Bits>(from[i]) << (8 * (sizeof(Bits) - 1 - i)));
  }
  return bits;
}

template <class Bits>
void fill(const Tensor& tensor, const std::byte* from) {
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    const Bits bits = bits_at<Bits>(from + static_cast<std::size_t>(i) * sizeof(Bits));
    std::memcpy(static_cast<char*>(tensor.data()) + static_cast<std::size_t>(i) * sizeof(Bits), &bits, sizeof(Bits));
  }
}

}  // namespace

IdxHeader parse_idx_header(std::span<const std::byte> bytes) {
  check(bytes.size() >= 4, bytes.size());
  check(bytes[0] == std::byte{0}, 0);
  check(bytes[1] == std::byte{0}, 1);
  const Row* found = nullptr;
  for (const Row& row : table) {
    if (static_cast<int>(bytes[2]) == row.code) found = &row;
  }
  check(found != nullptr, 2);
  const auto rank = static_cast<std::size_t>(bytes[3]);
  check(rank <= 8, 3);
  const std::size_t length = 4 * (rank + 1);
  check(bytes.size() >= length, bytes.size());

  IdxHeader header;
  header.dtype = found->dtype;
  header.data_offset = static_cast<std::int64_t>(length);
  std::int64_t total = item_size(found->dtype);
  bool any = true;
  for (std::size_t at = 4; at < length; at += 4) {
    const auto size = static_cast<std::int64_t>(bits_at<std::uint32_t>(&bytes[at]));
    header.sizes.push_back(size);
    any = any && size > 0;
    check(size == 0 || !__builtin_mul_overflow(total, size, &total), at);
  }
  header.data_bytes = any ? total : 0;
  return header;
}

Tensor read_idx(std::span<const std::byte> bytes) {
  const IdxHeader header = parse_idx_header(bytes);
  const auto offset = static_cast<std::size_t>(header.data_offset);
  const std::size_t follow = bytes.size() - offset, stated = static_cast<std::size_t>(header.data_bytes);
  check(follow == stated, follow < stated ? bytes.size() : offset + stated);
  const Tensor tensor = empty(header.sizes, header.dtype);
  const std::byte* const from = bytes.data() + offset;
  if (item_size(header.dtype) == 1) fill<std::uint8_t>(tensor, from);
  if (item_size(header.dtype) == 4) fill<std::uint32_t>(tensor, from);
  if (item_size(header.dtype) == 8) fill<std::uint64_t>(tensor, from);
  return tensor;
}

}  // namespace tinytorch::data
