// Lab 01, part B: loops over elements. Two operands meet under one shape; a dimension that one of them lacks
// is walked with stride 0.

#include "tinytorch/core/raw.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinytorch {

// The shape that a and b share: aligned at the right, a size of 1 takes the other's size.
//   (3, 1) and (4) -> (3, 4)     (2, 3) and (3, 1) -> ShapeError that shows both
Shape broadcast_shapes(const Shape& a, const Shape& b) {
  // BEGIN SOLUTION 1.7: from the right; a missing dimension counts as 1
  const std::int64_t rank = a.size() > b.size() ? a.size() : b.size();
  Shape result = Shape::filled(rank, 1);
  for (std::int64_t back = 1; back <= rank; ++back) {
    const std::int64_t size_a = back <= a.size() ? a[a.size() - back] : 1;
    const std::int64_t size_b = back <= b.size() ? b[b.size() - back] : 1;
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      throw ShapeError("[broadcast] shapes don't fit each other: " + to_string(a) + " x " + to_string(b));
    }
    result[rank - back] = size_a == 1 ? size_b : size_a;
  }
  return result;
  // END SOLUTION
}

namespace {

// Calls run(T{}) with the element type of x.
template <class F>
void with_element_type(const Tensor& x, const char* op, F run) {
  if (x.dtype() == DType::float32) return run(float{});
  if (x.dtype() == DType::float64) return run(double{});
  if (x.dtype() == DType::int64) return run(std::int64_t{});
  throw DTypeError(std::string("[") + op + "] no loop for " + to_string(x.dtype()));
}

// The strides that walk x under the larger shape `sizes`: 0 wherever x has size 1 or no dimension at all.
//   x (3, 1) with strides (1, 1) under (2, 3, 4) -> (0, 1, 0)
Shape broadcast_strides(const Tensor& x, const Shape& sizes) {
  // BEGIN SOLUTION 1.8: stride 0 where x repeats
  Shape strides = Shape::filled(sizes.size(), 0);
  const std::int64_t added = sizes.size() - x.dim();
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (x.sizes()[d] != 1) strides[added + d] = x.strides()[d];
  }
  return strides;
  // END SOLUTION
}

// BEGIN HELPER 1.8
// Moves two positions on by a row, all dimensions but the last: one that has come round starts again and moves the one
// to its left, like the wheels of an odometer.
void next_row(const Shape& sizes, const Shape& strides_x, const Shape& strides_y, Shape& index, std::int64_t& at_x,
              std::int64_t& at_y) {
  for (std::int64_t d = sizes.size() - 2; d >= 0; --d) {
    at_x += strides_x[d];
    at_y += strides_y[d];
    if (++index[d] < sizes[d]) return;
    at_x -= sizes[d] * strides_x[d];
    at_y -= sizes[d] * strides_y[d];
    index[d] = 0;
  }
}
// END HELPER

// out = f(a, b) for every element. `out` is row-major and has the broadcast shape; a and b have any strides.
template <class T, class F>
void binary_loop(const Tensor& a, const Tensor& b, const Tensor& out, F f) {
  // BEGIN SOLUTION 1.8: the general loop first; a fast path for contiguous operands last
  const T* x = a.data<T>();
  const T* y = b.data<T>();
  T* z = out.data<T>();
  const Shape& sizes = out.sizes();
  const std::int64_t count = out.numel();
  if (a.numel() == count && b.numel() == count && a.is_contiguous() && b.is_contiguous()) {
    for (std::int64_t i = 0; i < count; ++i) z[i] = f(x[i], y[i]);
    return;
  }
  const Shape strides_x = broadcast_strides(a, sizes), strides_y = broadcast_strides(b, sizes);
  const std::int64_t row = sizes.empty() ? 1 : sizes.back();
  const std::int64_t step_x = sizes.empty() ? 0 : strides_x.back(), step_y = sizes.empty() ? 0 : strides_y.back();
  Shape index = Shape::filled(sizes.size(), 0);
  std::int64_t at_x = 0, at_y = 0;  // where the current row begins in x and in y
  for (std::int64_t done = 0; done < count; done += row) {
    for (std::int64_t j = 0; j < row; ++j) z[done + j] = f(x[at_x + j * step_x], y[at_y + j * step_y]);
    next_row(sizes, strides_x, strides_y, index, at_x, at_y);
  }
  // END SOLUTION
}

template <class F>
Tensor binary(const char* op, const Tensor& a, const Tensor& b, F f) {
  if (a.dtype() != b.dtype()) {
    throw DTypeError(std::string("[") + op + "] dtypes differ: " + to_string(a.dtype()) + " x " + to_string(b.dtype()));
  }
  const Tensor out = empty(broadcast_shapes(a.sizes(), b.sizes()), a.dtype());
  with_element_type(a, op, [&](auto zero) { binary_loop<decltype(zero)>(a, b, out, f); });
  return out;
}

struct Quotient {
  template <class T>
  T operator()(T x, T y) const {
    return x / y;
  }
  // Towards zero: -7 / 2 -> -3. ValueError where no int64 is the quotient: y = 0, or the smallest value / -1.
  std::int64_t operator()(std::int64_t x, std::int64_t y) const {
    // BEGIN SOLUTION 1.8: the processor traps on both cases; a message is kinder
    if (y == 0 || (y == -1 && x == std::numeric_limits<std::int64_t>::min())) {
      throw ValueError("[div] no int64 is the quotient: " + std::to_string(x) + " / " + std::to_string(y));
    }
    return x / y;
    // END SOLUTION
  }
};

}  // namespace

// Element by element over the broadcast shape; ShapeError as broadcast_shapes, DTypeError if the dtypes differ.
//   (2, 1) + (3) -> (2, 3)
Tensor raw::add(const Tensor& a, const Tensor& b) {
  return binary("add", a, b, [](auto x, auto y) { return x + y; });
}
Tensor raw::sub(const Tensor& a, const Tensor& b) {
  return binary("sub", a, b, [](auto x, auto y) { return x - y; });
}
Tensor raw::mul(const Tensor& a, const Tensor& b) {
  return binary("mul", a, b, [](auto x, auto y) { return x * y; });
}
Tensor raw::div(const Tensor& a, const Tensor& b) { return binary("div", a, b, Quotient()); }

namespace {

// A 1 for every dimension that `dims` names (none named: all), else a 0: dims {-1} of rank 3 -> (0, 0, 1).
// IndexError for a dimension out of range, ShapeError for one named twice.
Shape marks(Dims dims, std::int64_t rank, const char* op) {
  // BEGIN SOLUTION 1.9: wrap_dim checks the range
  Shape marked = Shape::filled(rank, dims.empty() ? 1 : 0);
  for (const std::int64_t dim : dims) {
    if (marked[wrap_dim(dim, rank, op)]++ == 0) continue;
    throw ShapeError(std::string("[") + op + "] dimension named twice: " + to_string(Shape(dims)));
  }
  return marked;
  // END SOLUTION
}

// Row-major memory for a result: size 1 where x is marked.
Tensor empty_result(const Tensor& x, const Shape& marked, DType dtype) {
  Shape sizes = x.sizes();
  for (std::int64_t d = 0; d < x.dim(); ++d) sizes[d] = marked[d] != 0 ? 1 : sizes[d];
  return empty(sizes, dtype);
}

// A view of a result without its marked dimensions, all of size 1: (2, 1, 1) without (0, 1, 1) -> (2).
Tensor without(const Tensor& result, const Shape& marked) {
  // BEGIN SOLUTION 1.9: from the back, so that the dimensions still to come keep their places
  Shape sizes = result.sizes(), strides = result.strides();
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    if (marked[d] == 0) continue;
    sizes.erase(d);
    strides.erase(d);
  }
  return as_strided(result, sizes, strides, result.storage_offset());
  // END SOLUTION
}

// Sums x into `out`, a row-major result: walk x in its own order, and out with stride 0 where x is summed.
template <class T>
void sum_loop(const Tensor& x, const Shape& marked, const Tensor& out) {
  // BEGIN SOLUTION 1.9: totals of their own, in a type that you choose; out is written at the end
  // double for floats: one float total stops growing at 2^24 times what is added to it.
  using Total = std::conditional_t<std::is_same_v<T, std::int64_t>, std::int64_t, double>;
  const Shape &sizes = x.sizes(), &strides_x = x.strides();
  Shape strides_out = out.strides();
  for (std::int64_t d = 0; d < sizes.size(); ++d) strides_out[d] = marked[d] != 0 ? 0 : strides_out[d];
  const std::int64_t row = sizes.empty() ? 1 : sizes.back();
  const std::int64_t step_x = sizes.empty() ? 0 : strides_x.back(), step_out = sizes.empty() ? 0 : strides_out.back();
  std::vector<Total> totals(static_cast<std::size_t>(out.numel()), Total(0));
  Shape index = Shape::filled(sizes.size(), 0);
  std::int64_t at_x = 0, at_out = 0;
  for (std::int64_t done = 0; done < x.numel(); done += row) {
    const T* from = x.data<T>() + at_x;
    Total* to = totals.data() + at_out;
    if (step_out == 0) {
      Total total = 0;  // a register, not a cell of memory that every addition waits for
      for (std::int64_t j = 0; j < row; ++j) total += static_cast<Total>(from[j * step_x]);
      *to += total;
    } else {
      for (std::int64_t j = 0; j < row; ++j) to[j * step_out] += static_cast<Total>(from[j * step_x]);
    }
    next_row(sizes, strides_x, strides_out, index, at_x, at_out);
  }
  T* result = out.data<T>();
  for (const Total total : totals) *result++ = static_cast<T>(total);
  // END SOLUTION
}

// The largest value along dimension d and where it is, into two row-major results. ValueError if d has size 0.
template <class T>
void max_loop(const Tensor& x, std::int64_t d, const Tensor& values, const Tensor& indices) {
  // BEGIN SOLUTION 1.9: a line of x for each result; its first element is the first candidate
  const Shape& sizes = x.sizes();
  const std::int64_t length = sizes[d], step = x.strides()[d];
  if (length == 0) throw ValueError("[max] nothing to choose from in " + to_string(sizes));
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    std::int64_t rest = i, start = 0;  // i in the digits of the other dimensions says where the line starts
    for (std::int64_t k = sizes.size() - 1; k >= 0; --k) {
      if (k == d) continue;
      start += rest % sizes[k] * x.strides()[k];
      rest /= sizes[k];
    }
    const T* line = x.data<T>() + start;
    std::int64_t best = 0;
    for (std::int64_t j = 1; j < length; ++j) {
      const T value = line[j * step], leader = line[best * step];
      const bool first_nan = value != value && leader == leader;
      if (value > leader || first_nan) best = j;
    }
    values.data<T>()[i] = line[best * step];
    indices.data<std::int64_t>()[i] = best;
  }
  // END SOLUTION
}

}  // namespace

// Sums over `dims` (none named: all); keepdim leaves them with size 1. The sum of nothing is 0.
//   (2, 3) over {1} -> (2), or (2, 1) with keepdim
// IndexError for a dimension out of range, ShapeError for one named twice.
Tensor raw::sum(const Tensor& x, Dims dims, bool keepdim) {
  const Shape marked = marks(dims, x.dim(), "sum");
  const Tensor out = empty_result(x, marked, x.dtype());
  with_element_type(x, "sum", [&](auto zero) { sum_loop<decltype(zero)>(x, marked, out); });
  return keepdim ? out : without(out, marked);
}

// The largest value along `dim` and its index (int64): the first of equals; NaN counts as larger than every number.
//   ((1 5 5), (2 0 1)) along 1 -> values (5 2), indices (1 0)
// IndexError for dim, ValueError if that dimension has size 0.
std::pair<Tensor, Tensor> raw::max(const Tensor& x, std::int64_t dim, bool keepdim) {
  const Shape marked = marks(Shape{dim}, x.dim(), "max");
  const Tensor values = empty_result(x, marked, x.dtype()), indices = empty_result(x, marked, DType::int64);
  const std::int64_t d = wrap_dim(dim, x.dim(), "max");
  with_element_type(x, "max", [&](auto zero) { max_loop<decltype(zero)>(x, d, values, indices); });
  if (keepdim) return {values, indices};
  return {without(values, marked), without(indices, marked)};
}

}  // namespace tinytorch
