// Task 0.2: lists of CPUs such as "0-3,8", as /sys writes them.

#include "modules/00_setup/tests/texts.hpp"
#include "tinytorch/core/machine.hpp"

#include <cctype>
#include <string>

namespace tinytorch {
namespace {

/// Half of the texts are lists, the others are almost lists.
Text list_or_not(lab::Case& c) {
  const std::int64_t a = c.integer(0, 9), b = a + c.integer(0, 9);
  const std::string n = std::to_string(a), range = n + "-" + std::to_string(b), back = std::to_string(b + 1) + "-" + n;
  if (c.coin()) return {framed(c, c.pick<std::string>({"", n, range, range + ",40", "30," + range})), true};
  return {c.pick<std::string>({back, range + "," + back, range + ",", "," + n, n + ",,40", ",", n + "-", "-" + n,
                               "cpu" + n, range + "-40", n + " 40", n + ";40", n + "," + range + "x", n + ", 40"}),
          false};
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
