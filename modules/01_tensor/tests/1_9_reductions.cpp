// Task 1.9: raw::sum and raw::max.

#include "modules/01_tensor/tests/oracle.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace tinytorch {
namespace {

Shape marked(const Shape& dims, std::int64_t rank) {
  Shape marks = Shape::filled(rank, dims.empty() ? 1 : 0);
  for (const std::int64_t dim : dims) marks[dim < 0 ? dim + rank : dim] = 1;
  return marks;
}

// The sizes of a result: marked dimensions removed, or of size 1.
Shape left_over(const Shape& sizes, const Shape& marks, bool keepdim) {
  Shape left;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    if (marks[d] == 0 || keepdim) left.push_back(marks[d] == 0 ? sizes[d] : 1);
  }
  return left;
}

// Finds the place in the result for every element of x.
template <class Total, class Read>
std::vector<Total> totals(const Tensor& x, const Shape& marks, Read read) {
  std::vector<Total> sums(static_cast<std::size_t>(numel(left_over(x.sizes(), marks, true))));
  for_each_index(x.sizes(), [&](const Shape& index) {
    std::int64_t place = 0;
    for (std::int64_t d = 0; d < x.dim(); ++d) place = marks[d] == 0 ? place * x.sizes()[d] + index[d] : place;
    sums[static_cast<std::size_t>(place)] += read(index);
  });
  return sums;
}

Tensor summed(const Tensor& x, const Shape& dims, bool keepdim) {
  const Shape marks = marked(dims, x.dim());
  const std::vector<double> sums = totals<double>(x, marks, [&](const Shape& index) { return lab::at(x, index); });
  std::size_t next = 0;
  return make(left_over(x.sizes(), marks, keepdim), x.dtype(), [&](const Shape&) { return sums[next++]; });
}

Tensor summed_or_error(const Tensor& x, const Shape& dims) {
  Shape seen = Shape::filled(x.dim(), 0);
  for (const std::int64_t dim : dims) {
    if (dim < -x.dim() || dim >= x.dim()) throw IndexError("no such dimension");
    if (seen[dim < 0 ? dim + x.dim() : dim]++ != 0) throw ShapeError("named twice");
  }
  return summed(x, dims, false);
}

// `count` different dimensions in any order, some counted from the end.
Shape some_dims(lab::Case& c, std::int64_t rank, std::int64_t count) {
  const Shape order = c.permutation(rank);
  Shape dims;
  for (std::int64_t k = 0; k < count; ++k) dims.push_back(c.coin() ? order[k] - rank : order[k]);
  return dims;
}

DType any_dtype(lab::Case& c) { return c.pick({DType::float32, DType::float64, DType::int64}); }

// Whether a candidate beats the best so far.
bool larger(double value, double best) { return std::isnan(value) ? !std::isnan(best) : value > best; }

std::pair<Tensor, Tensor> largest(const Tensor& x, std::int64_t dim, bool keepdim) {
  const std::int64_t d = dim < 0 ? dim + x.dim() : dim;
  Shape marks = Shape::filled(x.dim(), 0);
  marks[d] = 1;
  const auto scan = [&](Shape index) {
    if (!keepdim) index.insert(d, 0);
    std::int64_t best = 0;
    const auto at = [&](std::int64_t j) {
      index[d] = j;
      return lab::at(x, index);
    };
    for (std::int64_t j = 1; j < x.sizes()[d]; ++j) best = larger(at(j), at(best)) ? j : best;
    return std::pair(at(best), best);
  };
  const Shape sizes = left_over(x.sizes(), marks, keepdim);
  return {make(sizes, x.dtype(), [&](const Shape& index) { return scan(index).first; }),
          make(sizes, DType::int64, [&](const Shape& index) { return scan(index).second; })};
}

std::pair<Tensor, Tensor> largest_or_error(const Tensor& x, std::int64_t dim) {
  if (dim < -x.dim() || dim >= x.dim()) throw IndexError("no such dimension");
  if (x.size(dim) == 0) throw ValueError("nothing is no largest");
  return largest(x, dim, false);
}

void check_max(lab::Case& c, const Tensor& input) {
  const Tensor x = c.input("x", input);
  const std::int64_t dim = c.input("dim", c.integer(-x.dim(), x.dim() - 1));
  const bool keepdim = c.input("keepdim", c.coin());
  CHECK_SAME("values and indices", raw::max(x, dim, keepdim), largest(x, dim, keepdim));
}

}  // namespace

// ---- step: sum ----

TASK_TEST(1, 9, no_dims_sum_everything) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.tensor(c.shape(0, 4), any_dtype(c)));
    const bool keepdim = c.input("keepdim", c.coin());
    CHECK_SAME("y", raw::sum(x, {}, keepdim), summed(x, {}, keepdim));
  });
}

TASK_TEST(1, 9, sum_over_one_dimension) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = c.input("x", c.tensor(c.shape(1, 4), any_dtype(c)));
    const Shape dims = c.input("dims", some_dims(c, x.dim(), 1));
    CHECK_SAME("y", raw::sum(x, dims, false), summed(x, dims, false));
  });
}

TASK_TEST(1, 9, sum_over_several_dimensions_in_any_order) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = c.input("x", c.tensor(c.shape(2, 4), any_dtype(c)));
    const Shape dims = c.input("dims", some_dims(c, x.dim(), c.integer(2, x.dim())));
    CHECK_SAME("y", raw::sum(x, dims, false), summed(x, dims, false));
  });
}

TASK_TEST(1, 9, keepdim_leaves_size_one) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.tensor(c.shape(1, 4)));
    const Shape dims = c.input("dims", some_dims(c, x.dim(), c.integer(1, x.dim())));
    CHECK_SAME("y", raw::sum(x, dims, true), summed(x, dims, true));
  });
}

TASK_TEST(1, 9, repeated_elements_count_every_time) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.input("x", c.expanded(c.shape(1, 4), any_dtype(c)));
    const Shape dims = c.input("dims", some_dims(c, x.dim(), c.integer(0, x.dim())));
    CHECK_SAME("y", raw::sum(x, dims, false), summed(x, dims, false));
  });
}

TASK_TEST(1, 9, the_sum_of_nothing_is_zero) {
  lab::cases(40, [](lab::Case& c) {
    Shape sizes = c.shape(1, 4);
    sizes[c.integer(0, sizes.size() - 1)] = 0;
    const Tensor x = c.input("x", c.tensor(sizes));
    const Shape dims = c.input("dims", some_dims(c, x.dim(), c.integer(0, x.dim())));
    CHECK_SAME("y", raw::sum(x, dims, false), summed(x, dims, false));
  });
}

TASK_TEST(1, 9, int64_sums_are_exact_beyond_double) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.contiguous(c.shape(1, 3), DType::int64);
    x.data<std::int64_t>()[c.integer(0, x.numel() - 1)] = (std::int64_t{1} << 60) + 1;
    c.input("x", x);
    const Shape dims = c.input("dims", some_dims(c, x.dim(), 1));
    const Shape marks = marked(dims, x.dim());
    CHECK_SAME("y", raw::sum(x, dims, false), [&] {
      const auto sums =
          totals<std::int64_t>(x, marks, [&](const Shape& index) { return element<std::int64_t>(x, index); });
      std::size_t next = 0;
      return filled<std::int64_t>(left_over(x.sizes(), marks, false), [&](const Shape&) { return sums[next++]; });
    }());
  });
}

TASK_TEST(1, 9, float64_sums_keep_their_digits) {
  lab::cases(40, [](lab::Case& c) {
    const Tensor x = c.tensor(c.shape(1, 3), DType::float64);
    x.data<double>()[0] = static_cast<double>((std::int64_t{1} << 40) + c.integer(0, 99));
    c.input("x", x);
    const Shape dims = c.input("dims", some_dims(c, x.dim(), c.integer(0, 1)));
    CHECK_SAME("y", raw::sum(x, dims, false), summed(x, dims, false));
  });
}

TASK_TEST(1, 9, infinity_and_nan_reach_the_total) {
  lab::cases(40, [](lab::Case& c) {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const DType dtype = c.coin() ? DType::float32 : DType::float64;
    const auto value = [&](const Shape&) { return c.pick({1.0, 2.0, -3.0, 4.0, inf, c.coin() ? -inf : nan}); };
    const Tensor x = c.input("x", make(c.shape(1, 2), dtype, value));
    const Shape dims = c.input("dims", some_dims(c, x.dim(), 1));
    CHECK_SAME("y", raw::sum(x, dims, false), summed(x, dims, false));
  });
}

// One float32 accumulator rounds n times, each time by at most eps / 2 of a partial sum of at most n.
TASK_TEST(1, 9, long_sums_stay_within_the_rounding_of_float32) {
  lab::cases(12, [](lab::Case& c) {
    const std::int64_t n = c.input("n", c.integer(1, 200) * c.index() + 1);
    const Tensor x = c.reals({n}, DType::float32, 0.0, 1.0);
    const double eps = std::numeric_limits<float>::epsilon();
    const auto count = static_cast<double>(n);
    CHECK_CLOSE("y", raw::sum(x, {}, false), summed(x, {}, false), count * count * eps / 2);
  });
}

TASK_TEST(1, 9, a_wrong_or_repeated_dimension_of_sum_throws) {
  lab::cases(60, [](lab::Case& c) {
    const bool scalar = c.integer(0, 7) == 0;
    const Tensor x = c.input("x", c.contiguous(scalar ? Shape{} : c.shape(1, 3)));
    Shape dims = scalar ? Shape{c.integer(-1, 0)} : some_dims(c, x.dim(), c.integer(1, x.dim()));
    switch (scalar ? 4 : c.integer(0, 3)) {
      case 0:
        dims[0] = c.coin() ? x.dim() : -x.dim() - 1;
        break;
      case 1:
        dims.push_back(dims[0] < 0 ? dims[0] + x.dim() : dims[0] - x.dim());
        break;
      default:
        break;
    }
    c.input("dims", dims);
    CHECK_OUTCOME("y", raw::sum(x, dims, false), summed_or_error(x, dims));
  });
}

TASK_TEST(1, 9, sum_and_max_take_three_dtypes) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = c.coin() ? any_dtype(c) : c.pick({DType::int32, DType::uint8, DType::int8, DType::boolean});
    const Tensor x = c.input("x", c.contiguous(c.shape(1, 3), dtype));
    const std::int64_t dim = c.input("dim", c.integer(0, x.dim() - 1));
    const auto check_dtype = [&] {
      if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::int64) throw DTypeError("no loop");
    };
    CHECK_OUTCOME("sum", raw::sum(x, Shape{dim}, false), (check_dtype(), summed(x, Shape{dim}, false)));
    CHECK_OUTCOME("max", raw::max(x, dim, false), (check_dtype(), largest(x, dim, false)));
  });
}

// ---- step: max ----

TASK_TEST(1, 9, max_finds_the_value_and_its_index) {
  lab::cases(60, [](lab::Case& c) { check_max(c, c.distinct(c.shape(1, 4))); });
}

TASK_TEST(1, 9, the_first_of_equals_is_taken) {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3);
    check_max(c, make(sizes, any_dtype(c), [&](const Shape&) { return c.integer(3, 4); }));
  });
}

TASK_TEST(1, 9, the_largest_may_be_negative) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 3);
    check_max(c, make(sizes, any_dtype(c), [&](const Shape&) { return c.integer(-9, -1); }));
  });
}

TASK_TEST(1, 9, nan_counts_as_larger_than_every_number) {
  lab::cases(60, [](lab::Case& c) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const DType dtype = c.coin() ? DType::float32 : DType::float64;
    const Shape sizes = c.shape(1, 3);
    const auto value = [&](const Shape&) {
      const std::int64_t draw = c.integer(0, 9);
      return draw < 2 ? nan : draw == 9 ? std::numeric_limits<double>::infinity() : static_cast<double>(draw);
    };
    check_max(c, make(sizes, dtype, value));
  });
}

TASK_TEST(1, 9, max_tells_large_numbers_apart) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = c.coin() ? DType::int64 : DType::float64;
    const Shape sizes = c.shape(1, 3);
    const std::int64_t big = std::int64_t{1} << (dtype == DType::int64 ? 60 : 40);
    const Tensor x = c.input("x", dtype == DType::int64
                                      ? filled<std::int64_t>(sizes, [&](const Shape&) { return big + c.integer(0, 9); })
                                      : filled<double>(sizes, [&](const Shape&) { return big + c.integer(0, 9); }));
    const std::int64_t dim = c.input("dim", c.integer(-x.dim(), x.dim() - 1));
    const std::int64_t d = dim < 0 ? dim + x.dim() : dim;
    CHECK_SAME("index", raw::max(x, dim, false).second, [&] {
      Shape left = sizes;
      left.erase(d);
      return make(left, DType::int64, [&](Shape index) {
        index.insert(d, 0);
        const auto at = [&](std::int64_t j) {
          index[d] = j;
          return dtype == DType::int64 ? element<std::int64_t>(x, index)
                                       : static_cast<std::int64_t>(element<double>(x, index));
        };
        std::int64_t best = 0;
        for (std::int64_t j = 1; j < sizes[d]; ++j) best = at(j) > at(best) ? j : best;
        return best;
      });
    }());
  });
}

TASK_TEST(1, 9, a_line_of_smallest_numbers_has_a_largest) {
  lab::cases(40, [](lab::Case& c) {
    const double inf = std::numeric_limits<double>::infinity();
    const DType dtype = c.coin() ? DType::float32 : DType::float64;
    check_max(c, make(c.shape(1, 3), dtype, [&](const Shape&) { return c.integer(0, 3) == 0 ? -1e30 : -inf; }));
  });
}

TASK_TEST(1, 9, max_reads_any_layout) {
  lab::cases(60, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4);
    check_max(c, c.coin() ? c.strided(sizes, any_dtype(c)) : c.expanded(sizes, any_dtype(c)));
  });
}

TASK_TEST(1, 9, max_of_an_empty_or_missing_dimension_throws) {
  lab::cases(60, [](lab::Case& c) {
    Shape sizes = c.shape(1, 3);
    for (std::int64_t zeros = c.integer(1, 2); zeros > 0; --zeros) {
      const std::int64_t zero = c.integer(0, sizes.size());
      if (zero < sizes.size()) sizes[zero] = 0;
    }
    const Tensor x = c.input("x", c.tensor(sizes));
    std::int64_t dim = c.integer(-x.dim(), x.dim() - 1);
    if (c.integer(0, 4) == 0) dim = c.coin() ? x.dim() : -x.dim() - 1;
    c.input("dim", dim);
    CHECK_OUTCOME("values and indices", raw::max(x, dim, false), largest_or_error(x, dim));
  });
}

}  // namespace tinytorch
