// Another right solution: a cursor reads the header; sizes are unsigned 64-bit; std::reverse_copy reverses the bytes.
#include "tinytorch/data/readers.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace tinytorch::data {
namespace {

[[noreturn]] void refuse(std::size_t position, const std::string& why) {
  throw FormatError("[idx] byte " + std::to_string(position) + ": " + why);
}

class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t position() const { return position_; }
  std::uint64_t byte() {
    if (position_ == bytes_.size()) refuse(position_, "nothing follows");
    return std::to_integer<std::uint64_t>(bytes_[position_++]);
  }
  std::uint64_t word() {
    std::uint64_t value = 0;
    for (int shift = 24; shift >= 0; shift -= 8) value += byte() << shift;
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

std::optional<DType> type_of(std::uint64_t code) {
  if (code == 0x08) return DType::uint8;
  if (code == 0x09) return DType::int8;
  if (code == 0x0C) return DType::int32;
  if (code == 0x0D) return DType::float32;
  if (code == 0x0E) return DType::float64;
  return std::nullopt;
}

}  // namespace

IdxHeader parse_idx_header(std::span<const std::byte> bytes) {
  if (bytes.size() < 4) refuse(bytes.size(), "shorter than any header");
  Cursor cursor(bytes);
  for (std::size_t i = 0; i < 2; ++i) {
    if (cursor.byte() != 0) refuse(i, "not 0");
  }
  const std::optional<DType> type = type_of(cursor.byte());
  if (!type) refuse(2, "a type that IDX doesn't have");
  const std::uint64_t rank = cursor.byte();
  if (rank > 8) refuse(3, "too many dimensions");
  if (bytes.size() < 4 + 4 * rank) refuse(bytes.size(), "sizes are missing");

  IdxHeader header{*type, {}, 0, 0};
  std::uint64_t product = static_cast<std::uint64_t>(item_size(*type)), elements = product;
  for (std::uint64_t d = 0; d < rank; ++d) {
    const std::uint64_t size = cursor.word();
    header.sizes.push_back(static_cast<std::int64_t>(size));
    elements = size == 0 ? 0 : elements;
    if (size > 0 && product > ((std::uint64_t{1} << 63) - 1) / size) refuse(cursor.position() - 4, "too large");
    if (size > 0) product *= size;
  }
  header.data_offset = static_cast<std::int64_t>(cursor.position());
  header.data_bytes = elements == 0 ? 0 : static_cast<std::int64_t>(product);
  return header;
}

Tensor read_idx(std::span<const std::byte> bytes) {
  const IdxHeader header = parse_idx_header(bytes);
  const auto elements = bytes.last(bytes.size() - static_cast<std::size_t>(header.data_offset));
  if (elements.size() != static_cast<std::size_t>(header.data_bytes)) {
    refuse(std::min(bytes.size(),
                    static_cast<std::size_t>(header.data_offset) + static_cast<std::size_t>(header.data_bytes)),
           "too short or long");
  }
  const Tensor result = empty(header.sizes, header.dtype);
  auto* to = static_cast<std::byte*>(result.data());
  const std::int64_t width = item_size(header.dtype);
  for (auto from = elements.begin(); from != elements.end(); from += width) {
    to = std::reverse_copy(from, from + width, to);
  }
  return result;
}

}  // namespace tinytorch::data
