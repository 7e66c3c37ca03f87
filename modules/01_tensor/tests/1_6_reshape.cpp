// Task 1.6: view_strides and raw::reshape.

#include "modules/01_tensor/tests/oracle.hpp"

namespace tinytorch {
namespace {

// Where each element lies, in row-major order.
std::vector<std::int64_t> cells(const Shape& sizes, const Shape& strides) {
  std::vector<std::int64_t> found;
  for_each_index(sizes, [&](const Shape& index) {
    std::int64_t cell = 0;
    for (std::int64_t d = 0; d < sizes.size(); ++d) cell += index[d] * strides[d];
    found.push_back(cell);
  });
  return found;
}

Shape row_major(const Shape& sizes) {
  Shape strides = sizes;
  std::int64_t right = 1;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    strides[d] = right;
    right *= sizes[d] == 0 ? 1 : sizes[d];
  }
  return strides;
}

// Sets the strides that never matter to those of a contiguous tensor.
std::optional<Shape> canonical(std::optional<Shape> strides, const Shape& sizes) {
  if (!strides || strides->size() != sizes.size()) return strides;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 1 || numel(sizes) == 0) (*strides)[d] = row_major(sizes)[d];
  }
  return strides;
}

// The first step along each dimension fixes its stride; then every element is checked.
std::optional<Shape> strides_by_search(const Shape& sizes, const Shape& strides, const Shape& wanted) {
  const std::vector<std::int64_t> where = cells(sizes, strides);
  Shape result = row_major(wanted);
  if (where.empty()) return result;
  for (std::int64_t d = 0; d < wanted.size(); ++d) {
    if (wanted[d] > 1) result[d] = where[static_cast<std::size_t>(result[d])] - where[0];
  }
  if (cells(wanted, result) != where) return std::nullopt;
  return result;
}

// The elements of x in row-major order under another shape.
Tensor reshaped(const Tensor& x, const Shape& sizes) {
  const std::vector<double> elements = lab::values(x);
  std::size_t next = 0;
  return make(sizes, x.dtype(), [&](const Shape&) { return elements[next++]; });
}

Tensor reshaped_or_error(const Tensor& x, const Shape& wanted) {
  std::int64_t open = 0, known = 1;
  for (const std::int64_t size : wanted) {
    if (size < -1) throw ShapeError("a negative size");
    open += size == -1 ? 1 : 0;
    known *= size == -1 ? 1 : size;
  }
  if (open > 1 || (open == 1 && known == 0)) throw ShapeError("nobody can tell -1");
  if (open == 1 ? x.numel() % known != 0 : x.numel() != known) throw ShapeError("another number of elements");
  Shape result = wanted;
  for (std::int64_t& size : result) size = size == -1 ? x.numel() / known : size;
  return reshaped(x, result);
}

// A random shape of `count` elements.
Shape factors_of(lab::Case& c, std::int64_t count) {
  Shape sizes;
  while (count > 1 && sizes.size() < 5) {
    std::vector<std::int64_t> divisors;
    for (std::int64_t f = 2; f <= count; ++f) {
      if (count % f == 0) divisors.push_back(f);
    }
    sizes.push_back(c.pick(divisors));
    count /= sizes.back();
  }
  if (count > 1) sizes.back() *= count;
  return sizes;
}

struct Layout {
  Shape sizes, strides;
};

// A layout with several runs: a row-major block whose dimensions are cut, and then two of them swapped, one repeated,
// or every other element left out.
Layout random_layout(lab::Case& c) {
  Layout x;
  const bool small = c.size() < 6;
  for (std::int64_t rank = c.integer(1, small ? 2 : 4); rank > 0; --rank) {
    x.sizes.push_back(small ? c.integer(2, 3) : c.pick({2, 3, 4, 6}));
  }
  while (numel(x.sizes) > 150) x.sizes.erase(0);
  x.strides = row_major(x.sizes);
  const std::int64_t d = c.integer(0, x.sizes.size() - 1), e = c.integer(0, x.sizes.size() - 1);
  switch (c.integer(0, 4)) {
    case 0:
      std::swap(x.sizes[d], x.sizes[e]);
      std::swap(x.strides[d], x.strides[e]);
      break;
    case 1:
      x.strides[d] = 0;
      break;
    case 2:
      if (x.sizes[d] % 2 == 0) {
        x.sizes[d] /= 2;
        x.strides[d] *= 2;
      }
      break;
    default:
      break;
  }
  return x;
}

Tensor with_layout(lab::Case& c, const Layout& x) {
  std::int64_t reach = 1;
  for (std::int64_t d = 0; d < x.sizes.size(); ++d) reach += (x.sizes[d] - 1) * x.strides[d];
  const std::int64_t offset = c.integer(0, 3);
  return as_strided(c.contiguous({reach + offset}), x.sizes, x.strides, offset);
}

Shape with_ones(lab::Case& c, Shape sizes) {
  for (std::int64_t ones = c.integer(0, 2); ones > 0; --ones) sizes.insert(c.integer(0, sizes.size()), 1);
  return sizes;
}

}  // namespace

// ---- step: contiguous ----

TASK_TEST(1, 6, a_contiguous_tensor_reshapes_as_a_view) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.shown("x", c.contiguous(c.shape(0, 4)));
    const Shape wanted = c.input("wanted", factors_of(c, x.numel()));
    const Tensor y = raw::reshape(x, wanted);
    CHECK_SAME("y.shares_storage(x)", y.shares_storage(x), true);
    write_somewhere(c, x);
    CHECK_SAME("y after a write to x", y, reshaped(x, wanted));
  });
}

TASK_TEST(1, 6, view_strides_of_a_contiguous_layout) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.input("sizes", c.shape(0, 4));
    const Shape strides = c.input("strides", row_major(sizes));
    const Shape wanted = c.input("wanted", factors_of(c, numel(sizes)));
    CHECK_SAME("strides", canonical(view_strides(sizes, strides, wanted), wanted),
               strides_by_search(sizes, strides, wanted));
  });
}

// ---- step: runs ----

TASK_TEST(1, 6, runs_merge_and_split) {
  lab::cases(120, [](lab::Case& c) {
    const Layout x = random_layout(c);
    c.input("sizes", x.sizes);
    c.input("strides", x.strides);
    const Shape wanted = c.input("wanted", factors_of(c, numel(x.sizes)));
    CHECK_SAME("strides", canonical(view_strides(x.sizes, x.strides, wanted), wanted),
               strides_by_search(x.sizes, x.strides, wanted));
  });
}

TASK_TEST(1, 6, equal_sizes_merge_like_others) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t n = c.integer(2, 2 + c.size() / 4), gap = c.integer(1, 2);
    const Shape sizes = c.input("sizes", Shape{n, n}), strides = c.input("strides", Shape{n * gap, gap});
    const Shape wanted = c.input("wanted", Shape{numel(sizes)});
    CHECK_SAME("strides", canonical(view_strides(sizes, strides, wanted), wanted),
               strides_by_search(sizes, strides, wanted));
  });
}

TASK_TEST_USES(1, 6, reshape_keeps_the_order_of_the_elements, "1.1", "1.5") {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = c.input("x", with_layout(c, random_layout(c)));
    const Shape wanted = c.input("wanted", factors_of(c, x.numel()));
    CHECK_SAME("y", raw::reshape(x, wanted), reshaped(x, wanted));
  });
}

TASK_TEST_USES(1, 6, reshape_copies_only_where_no_view_exists, "1.1", "1.5") {
  lab::cases(80, [](lab::Case& c) {
    const Tensor x = c.input("x", with_layout(c, random_layout(c)));
    const Shape wanted = c.input("wanted", factors_of(c, x.numel()));
    CHECK_SAME("y.shares_storage(x)", raw::reshape(x, wanted).shares_storage(x),
               strides_by_search(x.sizes(), x.strides(), wanted).has_value());
  });
}

TASK_TEST_USES(1, 6, a_transpose_is_read_row_by_row, "1.1", "1.5") {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t m = c.integer(2, 3), n = c.integer(2, 3), offset = c.integer(0, 2);
    const Tensor x = c.input("x", as_strided(c.contiguous({m * n + offset}), {m, n}, {1, m}, offset));
    const Shape wanted = c.input("wanted", c.coin() ? Shape{m * n} : Shape{1, n, m});
    CHECK_SAME("y", raw::reshape(x, wanted), reshaped(x, wanted));
  });
}

TASK_TEST_USES(1, 6, a_repeated_tensor_reshapes, "1.1", "1.5") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.expanded(c.shape(1, 3)));
    const Shape wanted = c.input("wanted", factors_of(c, x.numel()));
    CHECK_SAME("y", raw::reshape(x, wanted), reshaped(x, wanted));
  });
}

// ---- step: sizes of one and zero ----

TASK_TEST(1, 6, sizes_of_one_join_and_leave_freely) {
  lab::cases(80, [](lab::Case& c) {
    Layout x = random_layout(c);
    for (std::int64_t ones = c.integer(0, 2); ones > 0; --ones) {
      const std::int64_t d = c.integer(0, x.sizes.size());
      x.sizes.insert(d, 1);
      x.strides.insert(d, c.integer(0, 99));
    }
    c.input("sizes", x.sizes);
    c.input("strides", x.strides);
    const Shape wanted = c.input("wanted", with_ones(c, c.coin() ? x.sizes : factors_of(c, numel(x.sizes))));
    CHECK_SAME("strides", canonical(view_strides(x.sizes, x.strides, wanted), wanted),
               strides_by_search(x.sizes, x.strides, wanted));
  });
}

TASK_TEST_USES(1, 6, without_elements_every_reshape_is_a_view, "1.1") {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 4), wanted = c.shape(1, 4);
    sizes[c.integer(0, sizes.size() - 1)] = 0;
    wanted[c.integer(0, wanted.size() - 1)] = 0;
    const Tensor x = c.input("x", c.tensor(sizes));
    c.input("wanted", wanted);
    const Tensor y = raw::reshape(x, wanted);
    CHECK_SAME("y", y, reshaped(x, wanted));
    CHECK_SAME("y.shares_storage(x)", y.shares_storage(x), true);
  });
}

// ---- step: -1 ----

TASK_TEST(1, 6, minus_one_is_worked_out) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.contiguous(c.shape(1, 4)));
    Shape wanted = with_ones(c, factors_of(c, x.numel()));
    if (wanted.empty()) wanted = {1};
    const Shape sizes = wanted;
    wanted[c.integer(0, wanted.size() - 1)] = -1;
    c.input("wanted", wanted);
    CHECK_SAME("y", raw::reshape(x, wanted), reshaped(x, sizes));
  });
}

TASK_TEST_USES(1, 6, shapes_that_do_not_hold_the_elements_throw, "1.1") {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = c.input("x", c.contiguous(c.shape_with_zero(1, 3)));
    const Shape sizes = with_ones(c, x.numel() == 0 ? x.sizes() : factors_of(c, x.numel()));
    Shape wanted = sizes.empty() ? Shape{1} : sizes;
    const std::int64_t d = c.integer(0, wanted.size() - 1), fault = c.integer(0, 5);
    if (fault < 2) wanted[d] += 1;
    if (fault == 2) wanted.erase(d);
    if (fault == 3) wanted[d] = -c.integer(2, 3);
    c.input("wanted", wanted);
    CHECK_OUTCOME("y", raw::reshape(x, wanted), reshaped_or_error(x, wanted));
  });
}

TASK_TEST(1, 6, minus_one_must_divide_the_elements) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = c.input("x", c.contiguous(c.shape(1, 3)));
    Shape wanted{c.integer(1, x.numel() + 1)};
    wanted.insert(c.integer(0, 1), -1);
    c.input("wanted", wanted);
    CHECK_OUTCOME("y", raw::reshape(x, wanted), reshaped_or_error(x, wanted));
  });
}

TASK_TEST_USES(1, 6, minus_one_beside_zero_throws, "1.1") {
  lab::cases(40, [](lab::Case& c) {
    Shape wanted = c.shape(1, 3);
    wanted[c.integer(0, wanted.size() - 1)] = 0;
    const Tensor x = c.input("x", c.contiguous(wanted));
    wanted[c.integer(0, wanted.size() - 1)] = -1;  // right only where it replaces the only size of 0
    c.input("wanted", wanted);
    CHECK_OUTCOME("y", raw::reshape(x, wanted), reshaped_or_error(x, wanted));
  });
}

TASK_TEST(1, 6, two_open_sizes_throw) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.contiguous(c.shape(1, 3)));
    Shape wanted = with_ones(c, factors_of(c, x.numel()));
    wanted.insert(c.integer(0, wanted.size()), -1);
    if (c.coin()) wanted.insert(c.integer(0, wanted.size()), -1);
    c.input("wanted", wanted);
    CHECK_OUTCOME("y", raw::reshape(x, wanted), reshaped_or_error(x, wanted));
  });
}

}  // namespace tinytorch
