#pragma once

#include "tinytorch/core/error.hpp"

#include <exception>
#include <string>
#include <typeinfo>

#include <gtest/gtest.h>

namespace tinytorch::testing {

/// Expects `call` to throw an E (not a derived class) with exactly this text. The text is one line and begins with the
/// name of the function that throws.
template <class E, class Call>
void expect_message(const std::string& text, Call call) {
  EXPECT_EQ(text.find('\n'), std::string::npos) << "a message is one line: " << text;
  EXPECT_EQ(text.find('['), 0U) << "a message begins with [op]: " << text;
  try {
    call();
    ADD_FAILURE() << "nothing was thrown instead of: " << text;
  } catch (const std::exception& error) {
    EXPECT_EQ(std::string(error.what()), text);
    EXPECT_STREQ(typeid(error).name(), typeid(E).name());
  }
}

}  // namespace tinytorch::testing
