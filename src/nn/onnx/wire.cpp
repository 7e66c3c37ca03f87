#include "src/nn/onnx/wire.hpp"

#include "tinytorch/core/error.hpp"

#include <cstring>

#include <fmt/format.h>

namespace tinytorch::onnx {

using tinytorch::detail::text;

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string out;
  for (const char letter : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(letter);
    out += byte < 0x20 || byte == 0x7F ? fmt::format("\\x{:02x}", byte) : std::string(1, letter);
  }
  return text.size() > longest ? out + "..." : out;
}

void Fields::fail(std::string_view what) const {
  const auto place = static_cast<std::uint64_t>(rest_.data() - source_->bytes.data());
  throw FormatError(text({"[onnx] ", source_->name, ": byte ", place, ": ", what}));
}

std::uint64_t Fields::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) fail("the file ends inside a number");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number of more than 10 bytes");
}

std::string_view Fields::take(std::uint64_t count) {
  if (count > rest_.size()) fail(text({"a field of ", count, " bytes where ", rest_.size(), " are left"}));
  const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
  rest_.remove_prefix(taken.size());
  return taken;
}

bool Fields::next() {
  if (rest_.empty()) return false;
  const std::uint64_t tag = varint();
  number_ = tag >> 3;
  type_ = static_cast<Type>(tag & 7);
  if (number_ == 0) fail("a field with the number 0");
  switch (type_) {
    case Type::varint:
      value_ = varint();
      return true;
    case Type::eight:
      content_ = take(8);
      return true;
    case Type::four:
      content_ = take(4);
      return true;
    case Type::bytes:
      content_ = take(varint());
      return true;
  }
  fail(text({"a field of type ", tag & 7, ": no ONNX file has one"}));
}

void Fields::expect(Type type) const {
  if (type_ != type) fail(text({"field ", number_, " has type ", int(type_), ", not ", int(type)}));
}

std::int64_t Fields::whole() const {
  expect(Type::varint);
  return static_cast<std::int64_t>(value_);
}

float Fields::real() const {
  expect(Type::four);
  float value = 0;
  std::memcpy(&value, content_.data(), sizeof value);
  return value;
}

std::string_view Fields::bytes() const {
  expect(Type::bytes);
  return content_;
}

void Fields::append_wholes(std::vector<std::int64_t>& to) const {
  if (type_ != Type::bytes) {
    to.push_back(whole());
    return;
  }
  Fields packed(*source_, content_);
  while (!packed.rest_.empty()) to.push_back(static_cast<std::int64_t>(packed.varint()));
}

namespace {

template <class T>
void append_packed(std::string_view content, std::vector<T>& to) {
  const std::size_t before = to.size(), count = content.size() / sizeof(T);
  to.resize(before + count);
  if (count > 0) std::memcpy(to.data() + before, content.data(), count * sizeof(T));
}

}  // namespace

void Fields::append_reals(std::vector<float>& to) const {
  if (type_ != Type::bytes) expect(Type::four);
  if (content_.size() % 4 != 0) fail(text({content_.size(), " bytes of numbers of 4"}));
  append_packed(content_, to);
}

void Fields::append_reals(std::vector<double>& to) const {
  if (type_ != Type::bytes) expect(Type::eight);
  if (content_.size() % 8 != 0) fail(text({content_.size(), " bytes of numbers of 8"}));
  append_packed(content_, to);
}

void Writer::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
  out_ += static_cast<char>(value);
}

void Writer::whole(std::uint32_t number, std::int64_t value) {
  varint(std::uint64_t{number} << 3);
  varint(static_cast<std::uint64_t>(value));
}

void Writer::real(std::uint32_t number, float value) {
  varint(std::uint64_t{number} << 3 | 5);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out_.append(bytes, sizeof value);
}

void Writer::bytes(std::uint32_t number, std::string_view value) {
  varint(std::uint64_t{number} << 3 | 2);
  varint(value.size());
  out_ += value;
}

}  // namespace tinytorch::onnx
