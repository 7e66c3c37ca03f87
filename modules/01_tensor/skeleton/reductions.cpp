// Lab 01, part B: many elements into one. A sum walks its result with stride 0 in every dimension that it sums.

#include "tinytorch/core/reductions.hpp"

#include "src/course/holes.hpp"
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
  // BEGIN 1.9: wrap_dim checks the range
  TINYTORCH_TODO("1.9");
  // END 1.9
}

// Memory for a row-major result: size 1 where x is marked.
Tensor empty_result(const Tensor& x, const Shape& marked, DType dtype) {
  Shape sizes = x.sizes();
  for (std::int64_t d = 0; d < x.dim(); ++d) sizes[d] = marked[d] != 0 ? 1 : sizes[d];
  return empty(sizes, dtype);
}

// A view of a result without its marked dimensions, all of size 1: (2, 1, 1) without (0, 1, 1) -> (2).
Tensor without(const Tensor& result, const Shape& marked) {
  // BEGIN 1.9: from the back, so that the dimensions still to come keep their places
  TINYTORCH_TODO("1.9");
  // END 1.9
}

// Sums x into `out`, a row-major result. Walk x in its own order, and out with stride 0 where x is summed.
template <class T>
void sum_loop(const Tensor& x, const Shape& marked, const Tensor& out) {
  // BEGIN 1.9: totals of their own, in a type that you choose; out is written at the end
  TINYTORCH_TODO("1.9");
  // END 1.9
}

// The largest value along dimension d and its index, into two row-major results. Throws ValueError if d has size 0.
template <class T>
void max_loop(const Tensor& x, std::int64_t d, const Tensor& values, const Tensor& indices) {
  // BEGIN 1.9: a line of x for each result; its first element is the first candidate
  TINYTORCH_TODO("1.9");
  // END 1.9
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
