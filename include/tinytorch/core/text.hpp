#pragma once

#include <string>
#include <string_view>
#include <type_traits>

/// One-line messages, put together without a formatting library in the headers.
namespace tinytorch::detail {

/// The shortest text that reads back as the same number: 0.1, 1e-08, nan.
std::string number_text(double value);

template <class Part>
void append_text(std::string& text, const Part& part) {
  if constexpr (std::is_convertible_v<const Part&, std::string_view>)
    text += std::string_view(part);
  else if constexpr (std::is_same_v<Part, bool>)
    text += part ? "true" : "false";
  else if constexpr (std::is_same_v<Part, char>)
    text += part;
  else if constexpr (std::is_integral_v<Part>)
    text += std::to_string(part);
  else if constexpr (std::is_floating_point_v<Part>)
    text += number_text(static_cast<double>(part));
  else
    text += to_string(part);  // Shape, DType
}

/// The parts one after the other: text("[dropout] a probability below 1, not ", p).
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string result;
  (append_text(result, parts), ...);
  return result;
}

}  // namespace tinytorch::detail
