// Task 0.1: sizes such as "32K", as /sys writes them.

#include "modules/00_setup/tests/texts.hpp"
#include "tinytorch/core/machine.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace tinytorch {
namespace {

/// Half of the texts are sizes, the others are almost sizes.
Text size_or_not(lab::Case& c) {
  const std::string n = std::to_string(c.integer(1, 9 * (c.size() + 1)));
  if (c.index() % 16 == 9)  // the largest size with each letter; one more is an error
    return {c.pick<std::string>({"9223372036854775807", "9007199254740991K", "8796093022207m", "8589934591G"}), true};
  if (c.coin()) return {framed(c, n + c.pick<std::string>({"", "k", "K", "m", "M", "g", "G"})), true};
  return {c.pick<std::string>({"", " \n", "K", "-" + n, "+" + n, n + " K", n + ".5K", n + "KB", n + "x", "0x" + n,
                               n + "K" + n, n + " " + n, "k" + n, n + "T", "9223372036854775808", "9007199254740992K",
                               "8589934592g", "99999999999999999999"}),
          false};
}

TASK_TEST(0, 1, digits_alone_are_bytes) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t bytes = c.index() == 0 ? 0 : c.integer(0, 1 << std::min<std::int64_t>(c.size() + 3, 30));
    const std::string text = c.input("text", framed(c, std::to_string(bytes)));
    CHECK_SAME("bytes", parse_size(text), bytes);
  });
}

TASK_TEST(0, 1, letters_stand_for_powers_of_1024) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t power = c.integer(1, 3);
    const std::int64_t count = c.integer(1, 9 + 99 * c.size());
    const char letter = std::string(c.coin() ? "KMG" : "kmg")[static_cast<std::size_t>(power - 1)];
    const std::string text = c.input("text", framed(c, std::to_string(count) + letter));
    const auto bytes = [&] {
      std::int64_t result = count;
      for (std::int64_t i = 0; i < power; ++i) result *= 1024;
      return result;
    };
    CHECK_SAME("bytes", parse_size(text), bytes());
  });
}

TASK_TEST(0, 1, text_outside_the_view_is_not_read) {
  lab::cases(40, [](lab::Case& c) {
    const std::string size = c.input("view", std::to_string(c.integer(1, 99)) + c.pick<std::string>({"", "K"}));
    const std::string memory = c.input("memory", size + c.pick<std::string>({"0", "7K", "M", "x", " 5"}));
    const std::int64_t factor = size.back() == 'K' ? 1024 : 1;
    CHECK_SAME("bytes", parse_size(std::string_view(memory).substr(0, size.size())), std::stoll(size) * factor);
  });
}

TASK_TEST(0, 1, what_is_no_size_throws) {
  lab::cases(120, [](lab::Case& c) {
    const Text t = size_or_not(c);
    c.input("text", t.text);
    const auto parsed = [&]() -> std::int64_t {
      if (!t.valid) throw ParseError("no size");
      const std::size_t end = t.text.find_last_not_of(" \r\n");
      const std::size_t letter = std::string("kKmMgG").find(t.text[end]);
      return std::stoll(t.text) << (letter == std::string::npos ? 0 : 10 * (letter / 2 + 1));
    };
    CHECK_OUTCOME("bytes", parse_size(t.text), parsed());
  });
}

TASK_TEST(0, 1, the_error_quotes_the_size) {
  lab::cases(60, [](lab::Case& c) {
    const Text t = size_or_not(c);
    c.input("text", t.text);
    CHECK_SAME("error", quoting(t.text, [](const std::string& text) { parse_size(text); }),
               std::string(t.valid ? "no error" : "text quoted"));
  });
}

}  // namespace
}  // namespace tinytorch
