// Tuned core/reductions: raw::sum and raw::max of lab 01, part B, for the library.
// Differs from the solution: float32 is added up in vectors of doubles (src/core/vector), a dense row of another type
// in eight totals at once, so that no addition waits for the one before; a sum over rows adds whole rows, several at a
// time. What it bought, against the solution on one core: see sum_rows of `build/release/bin/bench_elementwise` beside
// `tito bench 01`.

#include "tinytorch/core/reductions.hpp"

#include "src/core/ops/reduce.hpp"
#include "src/core/vector/vector_math.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

namespace tinytorch {
namespace {

template <class T>
using Total = std::conditional_t<std::is_same_v<T, std::int64_t>, std::int64_t, double>;

// Eight running totals, added up in a fixed order at the end.
template <class T>
Total<T> sum_of_run(const T* x, std::int64_t count) {
  if constexpr (std::is_same_v<T, float>) return vectors::sum(x, count);
  constexpr std::int64_t lanes = 8;
  Total<T> totals[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::int64_t lane = 0; lane < lanes; ++lane) totals[lane] += static_cast<Total<T>>(x[i + lane]);
  for (; i < count; ++i) totals[0] += static_cast<Total<T>>(x[i]);
  return ((totals[0] + totals[4]) + (totals[1] + totals[5])) + ((totals[2] + totals[6]) + (totals[3] + totals[7]));
}

// totals[j] += each row of `rows` rows, row by row.
template <class T>
void add_rows(const T* from, std::int64_t rows, std::int64_t columns, std::int64_t stride, Total<T>* totals) {
  if constexpr (std::is_same_v<T, float>) return vectors::add_rows(from, rows, columns, stride, totals);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) totals[j] += static_cast<Total<T>>(from[i * stride + j]);
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
    // A sum over the last dimension but one takes both of the last dimensions together.
    const bool planes = sizes.size() > 1 && strides_out.back() != 0 && strides_out[sizes.size() - 2] == 0;
    const std::int64_t walked = sizes.size() - (planes ? 2 : 1), row = sizes.back();
    const std::int64_t rows_together = planes ? sizes[walked] : 1, step = planes ? x.strides()[walked] : 0;
    const auto outer = [walked](const Shape& shape) { return Shape(shape.begin(), shape.begin() + walked); };
    detail::for_each_offset<2>(outer(sizes), {outer(x.strides()), outer(strides_out)},
                               [&](std::int64_t, std::int64_t at_x, std::int64_t at_out) {
                                 Total<T>* to = totals.data() + at_out;
                                 if (strides_out.back() == 0)
                                   *to += sum_of_run(from + at_x, row);
                                 else
                                   add_rows(from + at_x, rows_together, row, step, to);
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

}  // namespace

Tensor raw::sum(const Tensor& x, Dims dims, bool keepdim) {
  const Shape marked = detail::marked_dims(dims, x.dim(), "sum");
  const Tensor out = empty(detail::kept_sizes(x.sizes(), dims, "sum"), x.dtype());
  detail::with_element_type(x, "sum", [&](auto zero) { sum_loop<decltype(zero)>(x, out); });
  return keepdim ? out : detail::without_marked(out, marked);
}

std::pair<Tensor, Tensor> raw::max(const Tensor& x, std::int64_t dim, bool keepdim) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "max");
  if (x.sizes()[d] == 0) throw ValueError(detail::text({"[max] dimension ", dim, " is empty: ", x.sizes()}));
  const Shape dims{d}, sizes = detail::kept_sizes(x.sizes(), dims, "max");
  const Tensor values = empty(sizes, x.dtype()), indices = empty(sizes, DType::int64);
  detail::with_element_type(x, "max", [&](auto zero) { max_loop<decltype(zero)>(x, d, values, indices); });
  if (keepdim) return {values, indices};
  const Shape marked = detail::marked_dims(dims, x.dim(), "max");
  return {detail::without_marked(values, marked), detail::without_marked(indices, marked)};
}

}  // namespace tinytorch
