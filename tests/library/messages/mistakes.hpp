#pragma once

#include "tinytorch/core/error.hpp"

#include <exception>
#include <string>
#include <typeinfo>

#include <gtest/gtest.h>

namespace tinytorch::testing {

/// Expects `call` to throw exactly an E (no class below it) with exactly this text, which is one line and begins with
/// the name of what refused.
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
