// Tuned core/elementwise: the loops of lab 01, part B, for the library.
// Differs from the solution: operands of one shape, and a row added to every row of a matrix, go straight to a loop
// that vectorises; sums keep eight totals at once, so that no addition waits for the one before.
// What it bought, against the solution on one core: see add_contiguous, add_row_to_matrix and sum_rows of
// `build/release/bin/bench_elementwise` beside `tito bench 01`.

#include "src/core/ops/loops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  if (a == b) return a;
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const std::int64_t added = longer.size() - shorter.size();
  for (std::int64_t d = 0; d < shorter.size(); ++d) {
    std::int64_t& size = result[added + d];
    if (size == shorter[d] || shorter[d] == 1) continue;
    if (size != 1)
      throw ShapeError(fmt::format("[broadcast] shapes don't fit each other: {} x {}", to_string(a), to_string(b)));
    size = shorter[d];
  }
  return result;
}

namespace {

template <class F>
void with_element_type(const Tensor& x, const char* op, F run) {
  if (x.dtype() == DType::float32) return run(float{});
  if (x.dtype() == DType::float64) return run(double{});
  if (x.dtype() == DType::int64) return run(std::int64_t{});
  throw DTypeError(fmt::format("[{}] no loop for {}", op, to_string(x.dtype())));
}

Shape broadcast_strides(const Tensor& x, const Shape& sizes) {
  Shape strides = Shape::filled(sizes.size(), 0);
  const std::int64_t added = sizes.size() - x.dim();
  for (std::int64_t d = 0; d < x.dim(); ++d)
    if (x.sizes()[d] != 1) strides[added + d] = x.strides()[d];
  return strides;
}

// Whether b is one dense row that every row of the dense a meets: a bias.
bool is_row_of(const Tensor& b, const Tensor& a) {
  return b.dim() >= 1 && a.dim() > b.dim() && b.numel() == b.sizes().back() && a.sizes().back() == b.numel() &&
         detail::dense(a) && detail::dense(b);
}

template <class T, class F>
void binary_loop(const Tensor& a, const Tensor& b, const Tensor& out, F f) {
  const T* x = a.data<T>();
  const T* y = b.data<T>();
  T* z = out.data<T>();
  const std::int64_t count = out.numel();
  if (a.sizes() == b.sizes() && detail::dense(a) && detail::dense(b)) {
    for (std::int64_t i = 0; i < count; ++i) z[i] = f(x[i], y[i]);
    return;
  }
  if (is_row_of(b, a)) {
    const std::int64_t row = b.numel();
    for (std::int64_t start = 0; start < count; start += row)
      for (std::int64_t j = 0; j < row; ++j) z[start + j] = f(x[start + j], y[j]);
    return;
  }
  const Shape& sizes = out.sizes();
  detail::for_each_offset<2>(sizes, {broadcast_strides(a, sizes), broadcast_strides(b, sizes)},
                             [&](std::int64_t i, std::int64_t at_x, std::int64_t at_y) { z[i] = f(x[at_x], y[at_y]); });
}

template <class F>
Tensor binary(const char* op, const Tensor& a, const Tensor& b, F f) {
  if (a.dtype() != b.dtype())
    throw DTypeError(fmt::format("[{}] dtypes differ: {} x {}", op, to_string(a.dtype()), to_string(b.dtype())));
  Tensor out = empty(a.sizes() == b.sizes() ? a.sizes() : broadcast_shapes(a.sizes(), b.sizes()), a.dtype());
  with_element_type(a, op, [&](auto zero) { binary_loop<decltype(zero)>(a, b, out, f); });
  return out;
}

struct Quotient {
  template <class T>
  T operator()(T x, T y) const {
    return x / y;
  }
  std::int64_t operator()(std::int64_t x, std::int64_t y) const {
    if (y == 0 || (y == -1 && x == std::numeric_limits<std::int64_t>::min()))
      throw ValueError(fmt::format("[div] no int64 is the quotient: {} / {}", x, y));
    return x / y;
  }
};

}  // namespace

Tensor raw::add(const Tensor& a, const Tensor& b) {
  return binary("add", a, b, [](auto x, auto y) { return x + y; });
}
Tensor raw::sub(const Tensor& a, const Tensor& b) {
  return binary("sub", a, b, [](auto x, auto y) { return x - y; });
}
Tensor raw::mul(const Tensor& a, const Tensor& b) {
  return binary("mul", a, b, [](auto x, auto y) { return x * y; });
}
Tensor raw::div(const Tensor& a, const Tensor& b) { return binary("div", a, b, Quotient{}); }

namespace {

template <class T>
using Total = std::conditional_t<std::is_same_v<T, std::int64_t>, std::int64_t, double>;

// Eight running totals, added up in a fixed order at the end.
template <class T>
Total<T> sum_of_run(const T* x, std::int64_t count) {
  constexpr std::int64_t lanes = 8;
  Total<T> totals[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) totals[lane] += static_cast<Total<T>>(x[i + lane]);
  for (; i < count; ++i) totals[0] += static_cast<Total<T>>(x[i]);
  return ((totals[0] + totals[4]) + (totals[1] + totals[5])) + ((totals[2] + totals[6]) + (totals[3] + totals[7]));
}

template <class T>
void sum_loop(const Tensor& x, const Tensor& out) {
  const Shape& sizes = x.sizes();
  Shape strides_out = out.strides();
  for (std::int64_t d = 0; d < sizes.size(); ++d)
    if (out.sizes()[d] == 1) strides_out[d] = 0;
  if (out.numel() == 1 && detail::dense(x)) {
    *out.data<T>() = static_cast<T>(sum_of_run(x.data<T>(), x.numel()));
    return;
  }
  std::vector<Total<T>> totals(static_cast<std::size_t>(out.numel()), Total<T>(0));
  const T* from = x.data<T>();
  const bool rows = sizes.size() > 0 && x.strides().back() == 1;
  if (rows && x.numel() > 0) {
    const Shape outer(sizes.begin(), sizes.end() - 1);
    const Shape outer_x(x.strides().begin(), x.strides().end() - 1);
    const Shape outer_out(strides_out.begin(), strides_out.end() - 1);
    const std::int64_t row = sizes.back();
    detail::for_each_offset<2>(outer, {outer_x, outer_out}, [&](std::int64_t, std::int64_t at_x, std::int64_t at_out) {
      if (strides_out.back() == 0) {
        totals[static_cast<std::size_t>(at_out)] += sum_of_run(from + at_x, row);
      } else {
        Total<T>* to = totals.data() + at_out;
        for (std::int64_t j = 0; j < row; ++j) to[j] += static_cast<Total<T>>(from[at_x + j]);
      }
    });
  } else {
    detail::for_each_offset<2>(sizes, {x.strides(), strides_out},
                               [&](std::int64_t, std::int64_t at_x, std::int64_t at_out) {
                                 totals[static_cast<std::size_t>(at_out)] += static_cast<Total<T>>(from[at_x]);
                               });
  }
  std::transform(totals.begin(), totals.end(), out.data<T>(), [](Total<T> total) { return static_cast<T>(total); });
}

template <class T>
void max_loop(const Tensor& x, std::int64_t dim, const Tensor& values, const Tensor& indices) {
  const std::int64_t length = x.sizes()[dim];
  const std::int64_t step = x.strides()[dim];
  T* best = values.data<T>();
  std::int64_t* where = indices.data<std::int64_t>();
  detail::for_each_offset<1>(values.sizes(), {x.strides()}, [&](std::int64_t i, std::int64_t at) {
    const T* line = x.data<T>() + at;
    T largest = line[0];
    std::int64_t index = 0;
    for (std::int64_t j = 1; j < length; ++j) {
      const T value = line[j * step];
      if (value > largest || (value != value && largest == largest)) {
        largest = value;
        index = j;
      }
    }
    best[i] = largest;
    where[i] = index;
  });
}

// A view without the dimensions that are marked, all of size 1.
Tensor without(const Tensor& x, const Shape& marked) {
  Shape sizes;
  Shape strides;
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (marked[d] != 0) continue;
    sizes.push_back(x.sizes()[d]);
    strides.push_back(x.strides()[d]);
  }
  return detail::window(x, sizes, strides, 0);
}

}  // namespace

Tensor raw::sum(const Tensor& x, Dims dims, bool keepdim) {
  Shape marked = Shape::filled(x.dim(), dims.empty() ? 1 : 0);
  for (const std::int64_t dim : dims)
    if (marked[wrap_dim(dim, x.dim(), "sum")]++ != 0)
      throw ShapeError(fmt::format("[sum] dimension named twice: {}", to_string(Shape(dims))));
  Shape sizes = x.sizes();
  for (std::int64_t d = 0; d < x.dim(); ++d)
    if (marked[d] != 0) sizes[d] = 1;
  Tensor out = empty(sizes, x.dtype());
  with_element_type(x, "sum", [&](auto zero) { sum_loop<decltype(zero)>(x, out); });
  return keepdim ? out : without(out, marked);
}

std::pair<Tensor, Tensor> raw::max(const Tensor& x, std::int64_t dim, bool keepdim) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "max");
  if (x.sizes()[d] == 0) throw ValueError(fmt::format("[max] dimension {} is empty: {}", dim, to_string(x.sizes())));
  Shape sizes = x.sizes();
  sizes[d] = 1;
  Tensor values = empty(sizes, x.dtype());
  Tensor indices = empty(sizes, DType::int64);
  with_element_type(x, "max", [&](auto zero) { max_loop<decltype(zero)>(x, d, values, indices); });
  if (keepdim) return {values, indices};
  Shape marked = Shape::filled(x.dim(), 0);
  marked[d] = 1;
  return {without(values, marked), without(indices, marked)};
}

}  // namespace tinytorch
