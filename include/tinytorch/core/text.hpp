#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tinytorch {
class Shape;
enum class DType : std::uint8_t;
}  // namespace tinytorch

/// The one way to make the text of an error: its parts, one after the other, without a formatting library.
namespace tinytorch::detail {

/// The shortest text that reads back as the same number: 0.1, 1e-08, nan.
std::string number_text(double value);

/// A part of a text, by reference: characters, a number, true or false, a Shape, a DType. It is an ordinary class with
/// a constructor for each, so that no message instantiates a template.
class TextPart {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a text is written as a list of its parts
  TextPart(const char* text) : TextPart(std::string_view(text)) {}
  TextPart(const std::string& text) : TextPart(std::string_view(text)) {}
  constexpr TextPart(std::string_view text) : kind_(Kind::text), text_(text) {}
  TextPart(char letter) : kind_(Kind::letter), letter_(letter) {}
  TextPart(bool flag) : kind_(Kind::text), text_(flag ? "true" : "false") {}
  TextPart(int value) : TextPart(static_cast<long long>(value)) {}
  TextPart(long value) : TextPart(static_cast<long long>(value)) {}
  TextPart(long long value) : kind_(Kind::whole), whole_(value) {}
  TextPart(unsigned value) : TextPart(static_cast<unsigned long long>(value)) {}
  TextPart(unsigned long value) : TextPart(static_cast<unsigned long long>(value)) {}
  TextPart(unsigned long long value) : kind_(Kind::natural), natural_(value) {}
  TextPart(double value) : kind_(Kind::number), number_(value) {}
  TextPart(const Shape& shape) : kind_(Kind::shape), shape_(&shape) {}
  TextPart(DType dtype) : kind_(Kind::dtype), dtype_(dtype) {}
  TextPart(const void*) = delete;  // else a pointer would be a bool
  // NOLINTEND(google-explicit-constructor)

  void append_to(std::string& text) const;

 private:
  enum class Kind : std::uint8_t { text, letter, whole, natural, number, shape, dtype };
  Kind kind_;
  union {
    std::string_view text_;
    char letter_;
    long long whole_;
    unsigned long long natural_;
    double number_;
    const Shape* shape_;
    DType dtype_;
  };
};

/// The parts one after the other:
///     throw ShapeError(detail::text({"[matmul] inner dimensions differ: ", a.sizes(), " x ", b.sizes()}));
std::string text(std::initializer_list<TextPart> parts);

}  // namespace tinytorch::detail
