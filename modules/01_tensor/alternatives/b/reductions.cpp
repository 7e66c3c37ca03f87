// Another right answer to part B: a reduction moves its dimensions last, so that each result is the sum of a row.

#include "tinytorch/core/reductions.hpp"

#include "tinytorch/core/strides.hpp"

namespace tinytorch {

namespace {

// Adds the sums of the two halves of the row: errors grow with the logarithm of the length.
template <class T>
T pairwise(const T* row, std::int64_t length) {
  if (length == 0) return T(0);
  if (length == 1) return *row;
  return pairwise(row, length / 2) + pairwise(row + length / 2, length - length / 2);
}

// x with the marked dimensions merged into one last dimension: (kept..., reduced).
Tensor reduced_last(const Tensor& x, const bool* marked, Shape& kept) {
  Shape order;
  std::int64_t length = 1;
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (marked[d]) continue;
    order.push_back(d);
    kept.push_back(x.sizes()[d]);
  }
  for (std::int64_t d = 0; d < x.dim(); ++d) {
    if (!marked[d]) continue;
    order.push_back(d);
    length *= x.sizes()[d];
  }
  const Tensor moved = raw::contiguous(raw::permute(x, order));
  const Shape matrix{numel(kept), length};
  return as_strided(moved, matrix, contiguous_strides(matrix), moved.storage_offset());
}

Tensor shaped(const Tensor& x, const Shape& sizes) { return as_strided(x, sizes, contiguous_strides(sizes), 0); }

Shape with_marked_as_one(const Tensor& x, const bool* marked) {
  Shape sizes = x.sizes();
  for (std::int64_t d = 0; d < x.dim(); ++d) sizes[d] = marked[d] ? 1 : sizes[d];
  return sizes;
}

template <class T>
Tensor sum_rows(const Tensor& rows) {
  const Tensor out = empty({rows.size(0)}, rows.dtype());
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    out.data<T>()[i] = pairwise(rows.data<T>() + i * rows.size(1), rows.size(1));
  }
  return out;
}

template <class T>
std::pair<Tensor, Tensor> max_rows(const Tensor& rows) {
  const Tensor values = empty({rows.size(0)}, rows.dtype()), where = empty({rows.size(0)}, DType::int64);
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    const T* row = rows.data<T>() + i * rows.size(1);
    std::int64_t best = 0;
    for (std::int64_t j = 0; j < rows.size(1) && row[best] == row[best]; ++j) {
      if (!(row[j] <= row[best])) best = j;
    }
    values.data<T>()[i] = row[best];
    where.data<std::int64_t>()[i] = best;
  }
  return {values, where};
}

}  // namespace

Tensor raw::sum(const Tensor& x, Dims dims, bool keepdim) {
  bool marked[Shape::max_rank] = {};
  for (std::int64_t d = 0; d < x.dim(); ++d) marked[d] = dims.empty();
  for (const std::int64_t dim : dims) {
    const std::int64_t d = wrap_dim(dim, x.dim(), "sum");
    if (marked[d]) throw ShapeError("[sum] twice the same dimension");
    marked[d] = true;
  }
  Shape kept;
  const Tensor rows = reduced_last(x, marked, kept);
  Tensor out;
  switch (x.dtype()) {
    case DType::float32:
      out = sum_rows<float>(rows);
      break;
    case DType::float64:
      out = sum_rows<double>(rows);
      break;
    case DType::int64:
      out = sum_rows<std::int64_t>(rows);
      break;
    default:
      throw DTypeError("[sum] no loop for this dtype");
  }
  return shaped(out, keepdim ? with_marked_as_one(x, marked) : kept);
}

std::pair<Tensor, Tensor> raw::max(const Tensor& x, std::int64_t dim, bool keepdim) {
  bool marked[Shape::max_rank] = {};
  marked[wrap_dim(dim, x.dim(), "max")] = true;
  if (x.size(dim) == 0) throw ValueError("[max] an empty dimension");
  Shape kept;
  const Tensor rows = reduced_last(x, marked, kept);
  std::pair<Tensor, Tensor> out;
  switch (x.dtype()) {
    case DType::float32:
      out = max_rows<float>(rows);
      break;
    case DType::float64:
      out = max_rows<double>(rows);
      break;
    case DType::int64:
      out = max_rows<std::int64_t>(rows);
      break;
    default:
      throw DTypeError("[max] no loop for this dtype");
  }
  const Shape sizes = keepdim ? with_marked_as_one(x, marked) : kept;
  return {shaped(out.first, sizes), shaped(out.second, sizes)};
}

}  // namespace tinytorch
