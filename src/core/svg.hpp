// What every picture of the project begins with.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tinytorch::svg {

/// The text inside an element or an attribute, also of HTML: "a < b" -> "a &lt; b".
inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// The opening tag. `title` and `description` are for readers who do not see the picture.
inline std::string opening(double width, double height, std::string_view title, std::string_view description) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
      "aria-labelledby=\"title description\">\n<title id=\"title\">{2}</title>\n<desc id=\"description\">{3}</desc>\n",
      width, height, escaped(title), escaped(description));
}

}  // namespace tinytorch::svg
