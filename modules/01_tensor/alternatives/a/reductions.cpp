// Another right answer to part B: positions come from division and remainder, sums run in the element's own type.

#include "tinytorch/core/reductions.hpp"

namespace tinytorch {

namespace {

// The cell of x that holds element `flat` of the shape `sizes`.
std::int64_t cell_of(std::int64_t flat, const Shape& sizes, const Tensor& x) {
  std::int64_t cell = 0;
  for (std::int64_t back = 1; back <= x.dim(); ++back) {
    const std::int64_t size = sizes[sizes.size() - back], d = x.dim() - back;
    if (x.sizes()[d] != 1) cell += flat % size * x.strides()[d];
    flat /= size;
  }
  return cell;
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
