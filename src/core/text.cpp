#include "tinytorch/core/text.hpp"

#include "tinytorch/core/dtype.hpp"
#include "tinytorch/core/shape.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tinytorch::detail {

std::string number_text(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

void TextPart::append_to(std::string& text) const {
  switch (kind_) {
    case Kind::text:
      text += text_;
      break;
    case Kind::letter:
      text += letter_;
      break;
    case Kind::whole:
      text += std::to_string(whole_);
      break;
    case Kind::natural:
      text += std::to_string(natural_);
      break;
    case Kind::number:
      text += number_text(number_);
      break;
    case Kind::shape:
      text += to_string(*shape_);
      break;
    case Kind::dtype:
      text += to_string(dtype_);
      break;
  }
}

std::string text(std::initializer_list<TextPart> parts) {
  std::string result;
  for (const TextPart& part : parts) part.append_to(result);
  return result;
}

}  // namespace tinytorch::detail
