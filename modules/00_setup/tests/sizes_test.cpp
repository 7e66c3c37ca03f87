// Tasks 0.1 and 0.2: sizes and CPU lists, the two notations in which /sys writes numbers.
#include "tests/kit/kit.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/utils.hpp"

#include <string>

namespace tinytorch {
namespace {

/// `text` between blanks and line ends, as a file or a person may leave them.
std::string framed(lab::Case& c, const std::string& text) {
  return c.pick<std::string>({"", " ", "\t", "  "}) + text + c.pick<std::string>({"", "\n", " \n", "\r\n"});
}

/// What became of a call that may throw: the name of the error, and whether its message quotes the text.
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

/// Half of them sizes, half of them nearly so.
Text size_or_not(lab::Case& c) {
  const std::string n = std::to_string(c.integer(1, 9 * (c.size() + 1)));
  if (c.index() % 16 == 9)  // the largest of each letter: one more is no size
    return {c.pick<std::string>({"9223372036854775807", "9007199254740991K", "8796093022207m", "8589934591G"}), true};
  if (c.coin()) return {framed(c, n + c.pick<std::string>({"", "k", "K", "m", "M", "g", "G"})), true};
  return {c.pick<std::string>({"", " \n", "K", "-" + n, "+" + n, n + " K", n + ".5K", n + "KB", n + "x", "0x" + n,
                               n + "K" + n, n + " " + n, "k" + n, n + "T", "9223372036854775808", "9007199254740992K",
                               "8589934592g", "99999999999999999999"}),
          false};
}

/// Half of them lists, half of them nearly so.
Text list_or_not(lab::Case& c) {
  const std::int64_t a = c.integer(0, 9), b = a + c.integer(0, 9);
  const std::string n = std::to_string(a), range = n + "-" + std::to_string(b), back = std::to_string(b + 1) + "-" + n;
  if (c.coin()) return {framed(c, c.pick<std::string>({"", n, range, range + ",40", "30," + range})), true};
  return {c.pick<std::string>({back, range + "," + back, range + ",", "," + n, n + ",,40", ",", n + "-", "-" + n,
                               "cpu" + n, range + "-40", n + " 40", n + ";40", n + "," + range + "x", n + ", 40"}),
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

TASK_TEST(0, 2, a_range_counts_both_ends) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t first = c.integer(0, 3 * c.size());
    const std::int64_t last = first + c.integer(0, 4 * c.size());
    const std::string list = c.input("list", std::to_string(first) + "-" + std::to_string(last));
    CHECK_SAME("cpus", count_cpu_list(list), static_cast<int>(last - first + 1));
  });
}

TASK_TEST(0, 2, parts_add_up) {
  lab::cases(40, [](lab::Case& c) {
    std::string list;
    int cpus = 0;
    std::int64_t next = 0;
    for (std::int64_t part = 0; part <= c.size() / 2; ++part) {
      const std::int64_t first = next + c.integer(0, 5);
      const std::int64_t last = c.coin() ? first : first + c.integer(1, 70);
      list += (part == 0 ? "" : ",") + std::to_string(first);
      if (last > first) list += "-" + std::to_string(last);
      cpus += static_cast<int>(last - first + 1);
      next = last + 1;
    }
    c.input("list", list);
    CHECK_SAME("cpus", count_cpu_list(list), cpus);
  });
}

TASK_TEST(0, 2, blanks_around_a_list_do_not_count) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t cpus = c.integer(0, c.size() + 1);
    const std::string inside = cpus == 0 ? "" : cpus == 1 ? "5" : "3-" + std::to_string(cpus + 2);
    const std::string list = c.input("list", framed(c, inside));
    CHECK_SAME("cpus", count_cpu_list(list), static_cast<int>(cpus));
  });
}

TASK_TEST(0, 2, what_is_no_list_throws) {
  lab::cases(120, [](lab::Case& c) {
    const Text t = list_or_not(c);
    c.input("list", t.text);
    const auto counted = [&] {
      if (!t.valid) throw ParseError("no list");
      int cpus = 0;
      for (std::size_t at = 0; at < t.text.size(); ++at) {  // each number starts a part or ends a range
        if (!std::isdigit(static_cast<unsigned char>(t.text[at]))) continue;
        std::size_t digits = 0;
        const int number = std::stoi(t.text.substr(at), &digits);
        cpus += at > 0 && t.text[at - 1] == '-' ? number : t.text[at + digits] == '-' ? 1 - number : 1;
        at += digits;
      }
      return cpus;
    };
    CHECK_OUTCOME("cpus", count_cpu_list(t.text), counted());
  });
}

TASK_TEST(0, 2, the_error_quotes_the_list) {
  lab::cases(60, [](lab::Case& c) {
    const Text t = list_or_not(c);
    c.input("list", t.text);
    CHECK_SAME("error", quoting(t.text, [](const std::string& list) { count_cpu_list(list); }),
               std::string(t.valid ? "no error" : "text quoted"));
  });
}

}  // namespace
}  // namespace tinytorch
