#pragma once

#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"

#include <string>

/// Texts that are right or almost right, for tasks 0.1 and 0.2.
namespace tinytorch {

/// `text` with blanks and line ends around it.
inline std::string framed(lab::Case& c, const std::string& text) {
  return c.pick<std::string>({"", " ", "\t", "  "}) + text + c.pick<std::string>({"", "\n", " \n", "\r\n"});
}

/// What a call that may throw did: the name of its error, and whether the message quotes the text.
template <class Call>
std::string quoting(const std::string& text, const Call& call) {
  try {
    call(text);
    return "no error";
  } catch (const ParseError& error) {
    return std::string(error.what()).find(text) == std::string::npos ? "text not quoted" : "text quoted";
  }
}

struct Text {
  std::string text;
  bool valid = false;
};

}  // namespace tinytorch
