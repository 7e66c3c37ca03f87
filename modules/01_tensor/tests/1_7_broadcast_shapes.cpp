// Task 1.7: broadcast_shapes.

#include "modules/01_tensor/tests/oracle.hpp"

#include <string>

namespace tinytorch {
namespace {

// Fills the shorter shape with leading 1s and then compares size by size.
Shape broadcast(Shape a, Shape b) {
  while (a.size() < b.size()) a.insert(0, 1);
  while (b.size() < a.size()) b.insert(0, 1);
  for (std::int64_t d = 0; d < a.size(); ++d) {
    if (a[d] != b[d] && a[d] != 1 && b[d] != 1) throw ShapeError("misfit");
    if (a[d] == 1) a[d] = b[d];
  }
  return a;
}

// b is a, with some sizes replaced by 1 and, if asked for, leading dimensions dropped.
Shape partner(lab::Case& c, Shape a, std::int64_t dropped) {
  for (std::int64_t& size : a) size = c.coin() ? 1 : size;
  for (; dropped > 0; --dropped) a.erase(0);
  return a;
}

Shape distinct_sizes(lab::Case& c, std::int64_t min_rank, std::int64_t max_rank) {
  Shape sizes;
  for (std::int64_t d = c.integer(min_rank, max_rank); d > 0; --d) sizes.push_back(c.integer(1, 6));
  return sizes;
}

void check(lab::Case& c, Shape a, Shape b) {
  if (c.coin()) std::swap(a, b);
  c.input("a", a);
  c.input("b", b);
  CHECK_OUTCOME("shape", broadcast_shapes(a, b), broadcast(a, b));
}

}  // namespace

TASK_TEST(1, 7, a_size_of_one_takes_the_other) {
  lab::cases(40, [](lab::Case& c) {
    const Shape a = distinct_sizes(c, 0, 4);
    check(c, a, partner(c, a, 0));
  });
}

TASK_TEST(1, 7, shapes_are_aligned_at_the_right) {
  lab::cases(40, [](lab::Case& c) {
    const Shape a = distinct_sizes(c, 1, 4);
    check(c, a, partner(c, a, c.integer(1, a.size())));
  });
}

TASK_TEST(1, 7, one_beside_zero_gives_zero) {
  lab::cases(40, [](lab::Case& c) {
    Shape a = distinct_sizes(c, 1, 4);
    a[c.integer(0, a.size() - 1)] = 0;
    check(c, a, partner(c, a, c.integer(0, 1)));
  });
}

TASK_TEST(1, 7, sizes_that_differ_throw) {
  lab::cases(60, [](lab::Case& c) {
    const Shape a = distinct_sizes(c, 1, 3);
    Shape b = partner(c, a, 0);
    if (c.coin()) b[c.integer(0, b.size() - 1)] = c.integer(0, 7);
    check(c, a, b);
  });
}

TASK_TEST(1, 7, the_error_shows_both_shapes) {
  lab::cases(40, [](lab::Case& c) {
    const Shape a = c.input("a", distinct_sizes(c, 1, 3));
    Shape b = a;
    const std::int64_t d = c.integer(0, b.size() - 1);
    b[d] = b[d] == 1 ? 1 : b[d] + c.integer(0, 1);
    c.input("b", b);
    const auto complaint = [&]() -> std::string {
      try {
        return to_string(broadcast_shapes(a, b));
      } catch (const ShapeError& error) {
        const std::string text = error.what();
        std::string shown;
        for (const Shape& shape : {a, b}) {
          if (text.find(to_string(shape)) != std::string::npos) shown += to_string(shape);
        }
        return shown;
      }
    };
    CHECK_SAME("what is shown", complaint(), a == b ? to_string(a) : to_string(a) + to_string(b));
  });
}

}  // namespace tinytorch
