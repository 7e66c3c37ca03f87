// Task 1.1: contiguous_strides and is_contiguous.

#include "modules/01_tensor/tests/oracle.hpp"

namespace tinytorch {
namespace {

// The stride of a dimension is the number of elements to its right.
Shape row_major_strides(const Shape& sizes) {
  Shape strides;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    std::int64_t right = 1;
    for (std::int64_t e = d + 1; e < sizes.size(); ++e) right *= sizes[e] == 0 ? 1 : sizes[e];
    strides.push_back(right);
  }
  return strides;
}

// Walks every element and checks that its cell is its number in row-major order.
bool cell_after_cell(const Shape& sizes, const Shape& strides) {
  std::int64_t next = 0;
  bool result = true;
  for_each_index(sizes, [&](const Shape& index) {
    std::int64_t cell = 0;
    for (std::int64_t d = 0; d < sizes.size(); ++d) cell += index[d] * strides[d];
    result = result && cell == next++;
  });
  return result;
}

Shape sizes_above_one(lab::Case& c, std::int64_t min_rank, std::int64_t max_rank) {
  Shape sizes;
  for (std::int64_t rank = c.integer(min_rank, max_rank); rank > 0; --rank) sizes.push_back(c.integer(2, 4));
  return sizes;
}

// Row-major strides, of which one is wrong in half of the cases.
Shape maybe_broken(lab::Case& c, const Shape& sizes) {
  Shape strides = row_major_strides(sizes);
  if (c.coin()) return strides;
  const std::int64_t d = c.integer(0, sizes.size() - 1);
  const std::int64_t other = c.integer(0, sizes.size() - 1);
  switch (c.integer(0, 2)) {
    case 0:
      strides[d] += 1;
      break;
    case 1:
      strides[d] = 0;
      break;
    default:
      std::swap(strides[d], strides[other]);
  }
  return strides;
}

}  // namespace

TASK_TEST(1, 1, strides_multiply_from_the_right) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.input("sizes", c.shape(0, 4));
    CHECK_SAME("strides", contiguous_strides(sizes), row_major_strides(sizes));
  });
}

TASK_TEST(1, 1, a_size_of_zero_counts_as_one) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 4);
    if (c.coin()) sizes[c.integer(0, sizes.size() - 1)] = 0;
    c.input("sizes", sizes);
    CHECK_SAME("strides", contiguous_strides(sizes), row_major_strides(sizes));
  });
}

TASK_TEST(1, 1, contiguous_means_cell_after_cell) {
  lab::cases(64, [](lab::Case& c) {
    const Shape sizes = c.input("sizes", sizes_above_one(c, 1, 4));
    const Shape strides = c.input("strides", maybe_broken(c, sizes));
    CHECK_SAME("is_contiguous", is_contiguous(sizes, strides), cell_after_cell(sizes, strides));
  });
}

TASK_TEST(1, 1, the_stride_of_a_size_one_dimension_is_ignored) {
  lab::cases(64, [](lab::Case& c) {
    Shape sizes = sizes_above_one(c, 1, 3);
    Shape strides = maybe_broken(c, sizes);
    for (std::int64_t ones = c.integer(1, 2); ones > 0; --ones) {
      const std::int64_t d = c.integer(0, sizes.size());
      sizes.insert(d, 1);
      strides.insert(d, c.integer(0, 99));
    }
    c.input("sizes", sizes);
    c.input("strides", strides);
    CHECK_SAME("is_contiguous", is_contiguous(sizes, strides), cell_after_cell(sizes, strides));
  });
}

TASK_TEST(1, 1, without_elements_every_layout_is_contiguous) {
  lab::cases(64, [](lab::Case& c) {
    Shape sizes = sizes_above_one(c, 2, 4);
    Shape strides = row_major_strides(sizes);
    std::swap(strides[0], strides[sizes.size() - 1]);
    if (c.coin()) sizes[c.integer(0, sizes.size() - 1)] = 0;
    c.input("sizes", sizes);
    c.input("strides", strides);
    CHECK_SAME("is_contiguous", is_contiguous(sizes, strides), cell_after_cell(sizes, strides));
  });
}

}  // namespace tinytorch
