// Lab 01, part B: many elements into one. A sum walks its result with stride 0 in every dimension that it sums.

#include "tinytorch/core/reductions.hpp"

#include "tinytorch/core/raw.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tinytorch {

namespace {

// A 1 for every dimension that `dims` names (none named: all), else a 0: dims {-1} of rank 3 -> (0, 0, 1).
// Throws IndexError for a dimension out of range, ShapeError for one named twice.
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

// Memory for a row-major result: size 1 where x is marked.
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

// BEGIN HELPER 1.9
// Where row number `row` starts. The digits of its number, in the sizes of all dimensions but the last, are its index.
std::int64_t row_start(std::int64_t row, const Shape& sizes, const Shape& strides) {
  std::int64_t start = 0;
  for (std::int64_t d = sizes.size() - 2; d >= 0; --d) {
    start += row % sizes[d] * strides[d];
    row /= sizes[d];
  }
  return start;
}
// END HELPER

// Sums x into `out`, a row-major result. Walk x in its own order, and out with stride 0 where x is summed.
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
  for (std::int64_t done = 0; done < x.numel(); done += row) {
    const T* from = x.data<T>() + row_start(done / row, sizes, strides_x);
    Total* to = totals.data() + row_start(done / row, sizes, strides_out);
    if (step_out == 0) {
      Total total = 0;  // a register, not a cell of memory that every addition waits for
      for (std::int64_t j = 0; j < row; ++j) total += static_cast<Total>(from[j * step_x]);
      *to += total;
    } else {
      for (std::int64_t j = 0; j < row; ++j) to[j * step_out] += static_cast<Total>(from[j * step_x]);
    }
  }
  T* result = out.data<T>();
  for (const Total total : totals) *result++ = static_cast<T>(total);
  // END SOLUTION
}

// The largest value along dimension d and its index, into two row-major results. Throws ValueError if d has size 0.
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

// Sums over `dims` (none named: all).
//   (2, 3) over {1} -> (2), or (2, 1) with keepdim
Tensor raw::sum(const Tensor& x, Dims dims, bool keepdim) {
  const Shape marked = marks(dims, x.dim(), "sum");
  const Tensor out = empty_result(x, marked, x.dtype());
  detail::with_element_type(x, "sum", [&](auto zero) { sum_loop<decltype(zero)>(x, marked, out); });
  return keepdim ? out : without(out, marked);
}

// The largest value along `dim` and its index.
//   ((1 5 5), (2 0 1)) along 1 -> values (5 2), indices (1 0)
std::pair<Tensor, Tensor> raw::max(const Tensor& x, std::int64_t dim, bool keepdim) {
  const Shape marked = marks(Shape{dim}, x.dim(), "max");
  const Tensor values = empty_result(x, marked, x.dtype()), indices = empty_result(x, marked, DType::int64);
  const std::int64_t d = wrap_dim(dim, x.dim(), "max");
  detail::with_element_type(x, "max", [&](auto zero) { max_loop<decltype(zero)>(x, d, values, indices); });
  if (keepdim) return {values, indices};
  return {without(values, marked), without(indices, marked)};
}

}  // namespace tinytorch
