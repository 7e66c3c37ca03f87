// Task 1.3: raw::slice.

#include "modules/01_tensor/tests/oracle.hpp"

#include <limits>
#include <vector>

namespace tinytorch {
namespace {

struct Range {
  std::int64_t dim, start, stop, step;
};

// The positions that a slice takes, found by testing every position of the dimension.
std::vector<std::int64_t> positions(std::int64_t size, const Range& r) {
  const auto bound = [&](std::int64_t b) { return b < 0 ? b + size : b; };
  std::vector<std::int64_t> taken;
  const std::int64_t first = bound(r.start) < 0 ? 0 : bound(r.start);
  for (std::int64_t p = 0; p < size; ++p) {
    if (p >= first && p < bound(r.stop) && (p - first) % r.step == 0) taken.push_back(p);
  }
  return taken;
}

Tensor sliced(const Tensor& x, const Range& r) {
  const std::int64_t d = r.dim < 0 ? r.dim + x.dim() : r.dim;
  const std::vector<std::int64_t> taken = positions(x.sizes()[d], r);
  Shape sizes = x.sizes();
  sizes[d] = static_cast<std::int64_t>(taken.size());
  return make(sizes, x.dtype(), [&](Shape index) {
    index[d] = taken[static_cast<std::size_t>(index[d])];
    return lab::at(x, index);
  });
}

Tensor sliced_or_error(const Tensor& x, const Range& r) {
  if (r.dim < -x.dim() || r.dim >= x.dim()) throw IndexError("no such dimension");
  if (r.step < 1) throw ValueError("no such step");
  return sliced(x, r);
}

Range shown(lab::Case& c, const Range& r) {
  c.input("dim", r.dim);
  c.input("start", r.start);
  c.input("stop", r.stop);
  c.input("step", r.step);
  return r;
}

// Bounds inside the dimension, not counted from the end, that take at least one element.
Range inside(lab::Case& c, const Tensor& x, std::int64_t max_step) {
  const std::int64_t dim = c.integer(0, x.dim() - 1);
  const std::int64_t start = c.integer(0, x.sizes()[dim] - 1);
  return {dim, start, c.integer(start + 1, x.sizes()[dim]), c.integer(1, max_step)};
}

Tensor slice(const Tensor& x, const Range& r) { return raw::slice(x, r.dim, r.start, r.stop, r.step); }

}  // namespace

TASK_TEST(1, 3, slice_takes_start_up_to_stop) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(1, 3)));
    const Range r = shown(c, inside(c, x, 1));
    CHECK_SAME("y", slice(x, r), sliced(x, r));
  });
}

TASK_TEST(1, 3, a_step_that_does_not_divide_keeps_the_last_element) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 3);
    sizes[0] = c.integer(1, 9);
    const Tensor x = c.input("x", c.distinct(sizes));
    const Range r = shown(c, {0, 0, sizes[0], c.integer(1, 5)});
    CHECK_SAME("y", slice(x, r), sliced(x, r));
  });
}

TASK_TEST(1, 3, bounds_count_from_the_end_and_clamp) {
  lab::cases(80, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(1, 3)));
    const std::int64_t dim = c.integer(-x.dim(), x.dim() - 1);
    const std::int64_t far = x.sizes()[dim < 0 ? dim + x.dim() : dim] + 3;
    const Range r = shown(c, {dim, c.integer(-far, far), c.integer(-far, far), c.integer(1, 3)});
    CHECK_SAME("y", slice(x, r), sliced(x, r));
  });
}

TASK_TEST(1, 3, minus_one_is_the_last_element) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 3);
    sizes[0] = c.integer(3, 6);
    const Tensor x = c.input("x", c.distinct(sizes));
    const std::int64_t start = c.integer(1, 2);
    const Range r = shown(c, c.coin() ? Range{0, -start, sizes[0], 1} : Range{0, 0, -start, 1});
    CHECK_SAME("y", slice(x, r), sliced(x, r));
  });
}

TASK_TEST(1, 3, the_largest_number_as_a_bound_means_to_the_end) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(c.shape(1, 3)));
    Range r = inside(c, x, 3);
    (c.integer(0, 3) == 0 ? r.start : r.stop) = std::numeric_limits<std::int64_t>::max();
    if (c.coin()) r.start = std::numeric_limits<std::int64_t>::min();
    shown(c, r);
    CHECK_SAME("y", slice(x, r), sliced(x, r));
  });
}

TASK_TEST(1, 3, a_slice_of_a_slice_starts_where_it_should) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 3);
    const std::int64_t start = c.integer(1, 3), step = c.integer(1, 3), taken = c.integer(1, 4);
    const std::int64_t stop = start + (taken - 1) * step + 1;
    sizes[0] = stop + c.integer(0, 2);
    const Tensor x = c.input("x", c.distinct(sizes));
    const Range first = shown(c, {0, start, stop, step});
    const Range second = shown(c, {0, c.integer(0, taken - 1), taken, c.integer(1, 2)});
    const Tensor y = slice(x, first);
    CHECK_SAME("y = slice of x", y, sliced(x, first));
    CHECK_SAME("slice of y", slice(y, second), sliced(sliced(x, first), second));
  });
}

TASK_TEST(1, 3, slice_is_a_view_of_the_same_cells) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.shown("x", c.distinct(c.shape(1, 3)));
    const Range r = shown(c, inside(c, x, 3));
    const Tensor y = slice(x, r);
    CHECK_SAME("y.shares_storage(x)", y.shares_storage(x), true);
    write_somewhere(c, x);
    CHECK_SAME("y after a write to x", y, sliced(x, r));
  });
}

TASK_TEST(1, 3, a_slice_may_be_empty) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.tensor(c.shape_with_zero(1, 3)));
    const std::int64_t dim = c.integer(0, x.dim() - 1), size = x.sizes()[dim];
    const Range r = shown(c, {dim, c.integer(0, size + 1), c.integer(0, size), c.integer(1, 3)});
    CHECK_SAME("y", slice(x, r), sliced(x, r));
  });
}

TASK_TEST(1, 3, a_wrong_dimension_or_step_throws) {
  lab::cases(60, [](lab::Case& c) {
    const bool scalar = c.integer(0, 5) == 0;
    const Tensor x = c.input("x", c.distinct(scalar ? Shape{} : c.shape(1, 3)));
    Range r = scalar ? Range{c.integer(-1, 0), 0, 1, 1} : inside(c, x, 3);
    switch (scalar ? 4 : c.integer(0, 4)) {
      case 0:
        r.dim = x.dim() + c.integer(0, 1);
        break;
      case 1:
        r.dim = -x.dim() - c.integer(1, 2);
        break;
      case 2:
        r.step = -c.integer(0, 2);
        break;
      default:
        break;
    }
    shown(c, r);
    CHECK_OUTCOME("y", slice(x, r), sliced_or_error(x, r));
  });
}

}  // namespace tinytorch
