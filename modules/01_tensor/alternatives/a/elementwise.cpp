// Another right answer to part B: positions come from division and remainder, sums run in the element's own type.

#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <limits>

namespace tinytorch {

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  if (a.size() < b.size()) return broadcast_shapes(b, a);
  Shape result = a;
  for (std::int64_t d = 0; d < b.size(); ++d) {
    std::int64_t& size = result[a.size() - b.size() + d];
    if (size == b[d] || b[d] == 1) continue;
    if (size != 1) throw ShapeError("[broadcast] " + to_string(a) + " and " + to_string(b) + " don't fit");
    size = b[d];
  }
  return result;
}

namespace {

// Where element `flat` of the shape `sizes` lies in x.
std::int64_t cell_of(std::int64_t flat, const Shape& sizes, const Tensor& x) {
  std::int64_t cell = 0;
  for (std::int64_t back = 1; back <= x.dim(); ++back) {
    const std::int64_t size = sizes[sizes.size() - back], d = x.dim() - back;
    if (x.sizes()[d] != 1) cell += flat % size * x.strides()[d];
    flat /= size;
  }
  return cell;
}

template <class T, class F>
Tensor each(const Tensor& a, const Tensor& b, F f) {
  const Tensor y = empty(broadcast_shapes(a.sizes(), b.sizes()), dtype_of<T>);
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    y.data<T>()[i] = f(a.data<T>()[cell_of(i, y.sizes(), a)], b.data<T>()[cell_of(i, y.sizes(), b)]);
  }
  return y;
}

template <class F>
Tensor binary(const Tensor& a, const Tensor& b, F f) {
  if (a.dtype() != b.dtype()) throw DTypeError("[binary] two dtypes");
  switch (a.dtype()) {
    case DType::float32:
      return each<float>(a, b, f);
    case DType::float64:
      return each<double>(a, b, f);
    case DType::int64:
      return each<std::int64_t>(a, b, f);
    default:
      throw DTypeError("[binary] no loop for this dtype");
  }
}

template <class T>
T quotient(T x, T y) {
  if constexpr (std::numeric_limits<T>::is_integer) {
    if (y == 0) throw ValueError("[div] by zero");
    if (y == -1 && x < -std::numeric_limits<T>::max()) throw ValueError("[div] too large");
  }
  return x / y;
}

template <class T>
void add_up(const Tensor& x, const Tensor& out) {
  T* totals = out.data<T>();
  for (std::int64_t i = 0; i < out.numel(); ++i) totals[i] = T(0);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    totals[cell_of(i, x.sizes(), out)] += x.data<T>()[cell_of(i, x.sizes(), x)];
}

template <class T>
void find_largest(const Tensor& x, std::int64_t dim, const Tensor& values, const Tensor& where) {
  std::int64_t inner = 1;
  for (std::int64_t d = dim + 1; d < x.dim(); ++d) inner *= x.sizes()[d];
  const std::int64_t length = x.sizes()[dim];
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const std::int64_t first = i / inner * inner * length + i % inner;
    std::int64_t best = 0;
    for (std::int64_t j = length - 1; j >= 0; --j) {
      const T value = x.data<T>()[cell_of(first + j * inner, x.sizes(), x)];
      const T leader = x.data<T>()[cell_of(first + best * inner, x.sizes(), x)];
      if (j == length - 1 || value != value || (value >= leader && leader == leader)) best = j;
    }
    values.data<T>()[i] = x.data<T>()[cell_of(first + best * inner, x.sizes(), x)];
    where.data<std::int64_t>()[i] = best;
  }
}

Tensor under(const Tensor& x, const Shape& sizes) {
  const Tensor y = empty(sizes, x.dtype());
  return as_strided(x, sizes, y.strides(), 0);
}

}  // namespace

Tensor raw::add(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) { return x + y; });
}
Tensor raw::sub(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) { return x - y; });
}
Tensor raw::mul(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) { return x * y; });
}
Tensor raw::div(const Tensor& a, const Tensor& b) {
  return binary(a, b, [](auto x, auto y) { return quotient(x, y); });
}

Tensor raw::sum(const Tensor& x, Dims dims, bool keepdim) {
  bool gone[Shape::max_rank] = {};
  for (const std::int64_t dim : dims) {
    bool& mark = gone[wrap_dim(dim, x.dim(), "sum")];
    if (mark) throw ShapeError("[sum] a dimension is named twice");
    mark = true;
  }
  Shape kept, dropped;
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    const bool reduced = dims.empty() || gone[d];
    kept.push_back(reduced ? 1 : x.sizes()[d]);
    if (!reduced) dropped.push_back(x.sizes()[d]);
  }
  const Tensor out = empty(kept, x.dtype());
  switch (x.dtype()) {
    case DType::float32:
      add_up<float>(x, out);
      break;
    case DType::float64:
      add_up<double>(x, out);
      break;
    case DType::int64:
      add_up<std::int64_t>(x, out);
      break;
    default:
      throw DTypeError("[sum] no loop for this dtype");
  }
  return keepdim ? out : under(out, dropped);
}

std::pair<Tensor, Tensor> raw::max(const Tensor& x, std::int64_t dim, bool keepdim) {
  dim = wrap_dim(dim, x.dim(), "max");
  if (x.size(dim) == 0) throw ValueError("[max] of nothing");
  Shape kept = x.sizes(), dropped = x.sizes();
  kept[dim] = 1;
  dropped.erase(dim);
  const Tensor values = empty(kept, x.dtype()), where = empty(kept, DType::int64);
  switch (x.dtype()) {
    case DType::float32:
      find_largest<float>(x, dim, values, where);
      break;
    case DType::float64:
      find_largest<double>(x, dim, values, where);
      break;
    case DType::int64:
      find_largest<std::int64_t>(x, dim, values, where);
      break;
    default:
      throw DTypeError("[max] no loop for this dtype");
  }
  if (keepdim) return {values, where};
  return {under(values, dropped), under(where, dropped)};
}

}  // namespace tinytorch
