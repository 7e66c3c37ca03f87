// Task 1.4: raw::expand.

#include "modules/01_tensor/tests/oracle.hpp"

namespace tinytorch {
namespace {

// Every element of the result is the element of x at the same index, with 0 where x has size 1.
Tensor expanded(const Tensor& x, Shape sizes) {
  const std::int64_t added = sizes.size() - x.dim();
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (sizes[added + d] == -1) sizes[added + d] = x.sizes()[d];
  }
  return make(sizes, x.dtype(), [&](const Shape& index) {
    Shape from = x.sizes();
    for (std::int64_t d = 0; d < x.dim(); ++d) from[d] = x.sizes()[d] == 1 ? 0 : index[added + d];
    return lab::at(x, from);
  });
}

Tensor expanded_or_error(const Tensor& x, const Shape& sizes) {
  const std::int64_t added = sizes.size() - x.dim();
  if (added < 0) throw ShapeError("fewer dimensions than x");
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] >= 0 && (d < added || x.sizes()[d - added] == 1 || x.sizes()[d - added] == sizes[d])) continue;
    if (sizes[d] != -1 || d < added) throw ShapeError("a size that can't be reached");
  }
  return expanded(x, sizes);
}

// Half of the dimensions have size 1.
Shape sizes_with_ones(lab::Case& c, std::int64_t min_rank, std::int64_t max_rank) {
  Shape sizes = c.shape(min_rank, max_rank);
  for (std::int64_t& size : sizes) size = c.coin() ? 1 : size;
  return sizes;
}

Shape stretched(lab::Case& c, Shape sizes) {
  for (std::int64_t& size : sizes) size = size == 1 ? c.integer(1, 4) : size;
  return sizes;
}

}  // namespace

TASK_TEST(1, 4, a_size_of_one_repeats) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(sizes_with_ones(c, 0, 4)));
    const Shape sizes = c.input("sizes", stretched(c, x.sizes()));
    CHECK_SAME("y", raw::expand(x, sizes), expanded(x, sizes));
  });
}

TASK_TEST(1, 4, new_dimensions_lead) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(sizes_with_ones(c, 0, 3)));
    Shape sizes = stretched(c, x.sizes());
    for (std::int64_t added = c.integer(1, 2); added > 0; --added) sizes.insert(0, c.integer(1, 3));
    c.input("sizes", sizes);
    CHECK_SAME("y", raw::expand(x, sizes), expanded(x, sizes));
  });
}

TASK_TEST(1, 4, minus_one_keeps_a_size) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(sizes_with_ones(c, 1, 4)));
    Shape sizes = stretched(c, x.sizes());
    for (std::int64_t& size : sizes) size = c.coin() ? -1 : size;
    c.input("sizes", sizes);
    CHECK_SAME("y", raw::expand(x, sizes), expanded(x, sizes));
  });
}

TASK_TEST(1, 4, a_repeated_dimension_has_stride_zero) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.shown("x", c.distinct(sizes_with_ones(c, 1, 3)));
    Shape sizes = stretched(c, x.sizes());
    if (c.coin()) sizes.insert(0, c.integer(2, 3));
    c.input("sizes", sizes);
    const Tensor y = raw::expand(x, sizes);
    Shape strides = x.strides();
    for (std::int64_t d = 0; d < x.dim(); ++d) strides[d] = x.sizes()[d] == 1 ? 0 : strides[d];
    if (sizes.size() > x.dim()) strides.insert(0, 0);
    CHECK_SAME("layout of y", lab::layout(y), lab::layout(as_strided(x, sizes, strides, x.storage_offset())));
    write_somewhere(c, x);
    CHECK_SAME("y after a write to x", y, expanded(x, sizes));
  });
}

TASK_TEST(1, 4, a_size_of_one_may_become_zero) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.distinct(sizes_with_ones(c, 1, 3)));
    Shape sizes = x.sizes();
    for (std::int64_t& size : sizes) size = size == 1 ? c.integer(0, 2) : size;
    c.input("sizes", sizes);
    CHECK_SAME("y", raw::expand(x, sizes), expanded(x, sizes));
  });
}

TASK_TEST(1, 4, sizes_that_x_cannot_reach_throw) {
  lab::cases(80, [](lab::Case& c) {
    Shape have = sizes_with_ones(c, 1, 3);
    const std::int64_t d = c.integer(0, have.size() - 1), fault = c.integer(0, 6);
    if (fault == 6) have[d] = 0;
    const Tensor x = c.input("x", c.distinct(have));
    Shape sizes = stretched(c, x.sizes());
    switch (fault) {
      case 0:
        sizes.erase(0);
        break;
      case 1:
        sizes[d] = sizes[d] * 2;
        break;
      case 2:
        sizes[d] = -2;
        break;
      case 3:
        sizes.insert(0, -1);
        break;
      case 6:
        sizes[d] = c.integer(0, 2);
        break;
      default:
        sizes.insert(0, 2);
    }
    c.input("sizes", sizes);
    CHECK_OUTCOME("y", raw::expand(x, sizes), expanded_or_error(x, sizes));
  });
}

}  // namespace tinytorch
