// Another right answer to part A: recursion over dimensions; view_strides guesses strides and checks them element by
// element.

#include "tinytorch/core/strides.hpp"

#include <algorithm>
#include <array>

namespace tinytorch {

Shape contiguous_strides(const Shape& sizes) {
  Shape strides;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    std::int64_t stride = 1;
    for (std::int64_t e = sizes.size() - 1; e > d; --e) stride *= std::max<std::int64_t>(sizes[e], 1);
    strides.push_back(stride);
  }
  return strides;
}

bool is_contiguous(const Shape& sizes, const Shape& strides) {
  if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) return true;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    std::int64_t right = 1;
    for (std::int64_t e = d + 1; e < sizes.size(); ++e) right *= sizes[e];
    if (sizes[d] > 1 && strides[d] != right) return false;
  }
  return true;
}

Tensor raw::permute(const Tensor& x, Dims order) {
  Shape dims(order);
  for (std::int64_t& dim : dims) dim = wrap_dim(dim, x.dim(), "permute");
  Shape sorted = dims;
  std::sort(sorted.begin(), sorted.end());
  for (std::int64_t d = 0; d < sorted.size(); ++d) {
    if (sorted[d] != d) throw ShapeError("[permute] no permutation: " + to_string(Shape(order)));
  }
  if (dims.size() != x.dim()) throw ShapeError("[permute] too few dimensions: " + to_string(Shape(order)));
  Shape sizes, strides;
  for (const std::int64_t d : dims) {
    sizes.push_back(x.sizes()[d]);
    strides.push_back(x.strides()[d]);
  }
  return as_strided(x, sizes, strides, x.storage_offset());
}

Tensor raw::slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step) {
  dim = wrap_dim(dim, x.dim(), "slice");
  if (step < 1) throw ValueError("[slice] step " + std::to_string(step));
  const std::int64_t size = x.size(dim);
  if (start < 0) start = std::max<std::int64_t>(start + size, 0);
  if (stop < 0) stop += size;
  stop = std::min(stop, size);
  std::int64_t taken = 0;
  for (std::int64_t p = start; p < stop; p += step) ++taken;
  Shape sizes = x.sizes(), strides = x.strides();
  sizes[dim] = taken;
  strides[dim] *= step;
  const std::int64_t offset = taken == 0 ? 0 : start * x.strides()[dim];
  return as_strided(x, sizes, strides, x.storage_offset() + offset);
}

Tensor raw::expand(const Tensor& x, const Shape& sizes) {
  Shape result = sizes, strides = x.strides();
  const std::int64_t added = sizes.size() - x.dim();
  for (std::int64_t d = 0; d < added; ++d) strides.insert(0, 0);
  bool good = added >= 0;
  for (std::int64_t d = 0; good && d < sizes.size(); ++d) {
    if (d < added) {
      good = sizes[d] >= 0;
      continue;
    }
    const std::int64_t have = x.sizes()[d - added];
    if (sizes[d] == -1) result[d] = have;
    good = result[d] == have || (have == 1 && result[d] >= 0);
    if (have == 1) strides[d] = 0;
  }
  if (!good) throw ShapeError("[expand] " + to_string(x.sizes()) + " to " + to_string(sizes));
  return as_strided(x, result, strides, x.storage_offset());
}

namespace {

// One loop per dimension, the outermost first.
template <class T>
T* copy_dimension(const T* from, T* to, const Tensor& x, std::int64_t d) {
  if (d == x.dim()) {
    *to = *from;
    return to + 1;
  }
  for (std::int64_t i = 0; i < x.sizes()[d]; ++i) to = copy_dimension(from + i * x.strides()[d], to, x, d + 1);
  return to;
}

template <class T>
void copy(const Tensor& x, const Tensor& y) {
  copy_dimension(x.data<T>(), y.data<T>(), x, 0);
}

}  // namespace

Tensor raw::contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  const Tensor y = empty(x.sizes(), x.dtype());
  switch (x.dtype()) {
    case DType::float32:
      copy<float>(x, y);
      break;
    case DType::float64:
      copy<double>(x, y);
      break;
    case DType::int64:
      copy<std::int64_t>(x, y);
      break;
    case DType::int32:
      copy<std::int32_t>(x, y);
      break;
    case DType::uint8:
      copy<std::uint8_t>(x, y);
      break;
    case DType::int8:
      copy<std::int8_t>(x, y);
      break;
    case DType::boolean:
      copy<bool>(x, y);
      break;
    default:
      throw DTypeError("[contiguous] no copy for this dtype");
  }
  return y;
}

std::optional<Shape> view_strides(const Shape& sizes, const Shape& strides, const Shape& wanted) {
  if (numel(sizes) == 0) return contiguous_strides(wanted);
  // The cell of element `flat` in row-major order.
  const auto cell = [](std::int64_t flat, const Shape& shape, const Shape& steps) {
    std::int64_t at = 0;
    for (std::int64_t d = shape.size() - 1; d >= 0; --d) {
      at += flat % shape[d] * steps[d];
      flat /= shape[d];
    }
    return at;
  };
  Shape result = contiguous_strides(wanted);
  for (std::int64_t d = 0; d < wanted.size(); ++d) {
    if (wanted[d] > 1) result[d] = cell(result[d], sizes, strides);
  }
  for (std::int64_t i = 0; i < numel(sizes); ++i) {
    if (cell(i, wanted, result) != cell(i, sizes, strides)) return std::nullopt;
  }
  return result;
}

Tensor raw::reshape(const Tensor& x, const Shape& wanted) {
  const auto open = std::find(wanted.begin(), wanted.end(), -1);
  Shape sizes = wanted;
  if (open != wanted.end()) {
    std::int64_t& size = sizes[open - wanted.begin()];
    size = 1;
    const std::int64_t known = numel(sizes);
    if (known != 0) size = x.numel() / known;
    if (known == 0) size = -1;
  }
  if (std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size < 0; }) ||
      numel(sizes) != x.numel()) {
    throw ShapeError("[reshape] " + to_string(x.sizes()) + " to " + to_string(wanted));
  }
  const Tensor source = view_strides(x.sizes(), x.strides(), sizes) ? x : contiguous(x);
  return as_strided(source, sizes, *view_strides(source.sizes(), source.strides(), sizes), source.storage_offset());
}

}  // namespace tinytorch
