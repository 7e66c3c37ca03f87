#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The wire format of protocol buffers, as far as ONNX files need it: a message is a list of fields, each with a number
/// and a type. Source: protobuf.dev, "Encoding". Private.
namespace tinytorch::onnx {

/// The bytes of a whole file and its name, for messages. Both outlive what is read from them.
struct Source {
  std::string_view bytes;
  std::string_view name;
};

/// Text of a file as a message may show it: on one line, at most 60 bytes.
std::string shown(std::string_view text);

/// The fields of one message, one after the other. It copies nothing, and it looks into no message inside this one: so
/// no depth of nesting costs stack.
class Fields {
 public:
  Fields(const Source& source, std::string_view message) : source_(&source), rest_(message) {}

  /// Reads the next field; false at the end. Throws FormatError, as all below, with the place in the file.
  bool next();
  std::uint64_t number() const { return number_; }

  /// The value of this field. Each throws when the field has another type.
  std::int64_t whole() const;
  float real() const;
  std::string_view bytes() const;
  std::string string() const { return std::string(bytes()); }
  Fields message() const { return {*source_, bytes()}; }
  /// Append the value, or the values if they are packed.
  void append_wholes(std::vector<std::int64_t>& to) const;
  void append_reals(std::vector<float>& to) const;
  void append_reals(std::vector<double>& to) const;

  [[noreturn]] void fail(std::string_view what) const;

 private:
  enum class Type : std::uint8_t { varint = 0, eight = 1, bytes = 2, four = 5 };

  std::uint64_t varint();
  std::string_view take(std::uint64_t count);
  void expect(Type type) const;

  const Source* source_;
  std::string_view rest_;
  std::uint64_t number_ = 0;
  Type type_ = Type::varint;
  std::uint64_t value_ = 0;     // of a varint
  std::string_view content_{};  // of the other types
};

/// Writes fields one after the other.
class Writer {
 public:
  void whole(std::uint32_t number, std::int64_t value);
  void real(std::uint32_t number, float value);
  void bytes(std::uint32_t number, std::string_view value);
  void message(std::uint32_t number, const Writer& value) { bytes(number, value.out_); }

  const std::string& out() const { return out_; }

 private:
  void varint(std::uint64_t value);

  std::string out_;
};

}  // namespace tinytorch::onnx
