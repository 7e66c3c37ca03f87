// Another right answer to part A: a copy finds each element by division and remainder; view_strides matches groups of
// equal products from the left, as NumPy does.

#include "tinytorch/core/strides.hpp"

#include <cstring>

namespace tinytorch {

Shape contiguous_strides(const Shape& sizes) {
  Shape strides = sizes;
  std::int64_t right = 1;
  for (std::int64_t d = sizes.size(); d-- > 0;) {
    strides[d] = right;
    if (sizes[d] != 0) right *= sizes[d];
  }
  return strides;
}

bool is_contiguous(const Shape& sizes, const Shape& strides) {
  const Shape ideal = contiguous_strides(sizes);
  bool same = true;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 0) return true;
    if (sizes[d] != 1 && strides[d] != ideal[d]) same = false;
  }
  return same;
}

Tensor raw::permute(const Tensor& x, Dims order) {
  const std::int64_t rank = x.dim();
  if (static_cast<std::int64_t>(order.size()) != rank) throw ShapeError("[permute] one place for each dimension");
  Shape sizes = x.sizes(), strides = x.strides();
  unsigned used = 0;
  for (std::int64_t k = 0; k < rank; ++k) {
    std::int64_t from = order[static_cast<std::size_t>(k)];
    if (from < -rank || from >= rank) throw IndexError("[permute] no such dimension");
    if (from < 0) from += rank;
    used |= 1U << from;
    sizes[k] = x.sizes()[from];
    strides[k] = x.strides()[from];
  }
  if (used != (1U << rank) - 1) throw ShapeError("[permute] a dimension is named twice");
  return as_strided(x, sizes, strides, x.storage_offset());
}

Tensor raw::slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step <= 0) throw ValueError("[slice] step must be positive");
  dim = wrap_dim(dim, x.dim(), "slice");
  const std::int64_t size = x.sizes()[dim];
  const auto clamp = [&](std::int64_t p) {
    if (p < 0) p += size;
    return p < 0 ? 0 : p > size ? size : p;
  };
  start = clamp(start);
  stop = clamp(stop);
  std::int64_t taken = 0;
  if (start < stop) taken = (stop - start) / step + ((stop - start) % step != 0 ? 1 : 0);
  Shape sizes = x.sizes(), strides = x.strides();
  sizes[dim] = taken;
  if (taken > 1) strides[dim] = strides[dim] * step;
  return as_strided(x, sizes, strides, x.storage_offset() + start * x.strides()[dim]);
}

Tensor raw::expand(const Tensor& x, const Shape& sizes) {
  if (sizes.size() < x.dim()) throw ShapeError("[expand] too few dimensions");
  Shape result, strides;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    const std::int64_t own = d - (sizes.size() - x.dim());
    if (own < 0) {
      if (sizes[d] < 0) throw ShapeError("[expand] a new dimension needs a size");
      result.push_back(sizes[d]);
      strides.push_back(0);
    } else if (sizes[d] == -1 || sizes[d] == x.sizes()[own]) {
      result.push_back(x.sizes()[own]);
      strides.push_back(x.strides()[own]);
    } else if (x.sizes()[own] == 1 && sizes[d] >= 0) {
      result.push_back(sizes[d]);
      strides.push_back(0);
    } else {
      throw ShapeError("[expand] only a size of 1 can change");
    }
  }
  return as_strided(x, result, strides, x.storage_offset());
}

Tensor raw::contiguous(const Tensor& x) {
  if (tinytorch::is_contiguous(x.sizes(), x.strides())) return x;
  const Tensor y = empty(x.sizes(), x.dtype());
  const std::int64_t bytes = item_size(x.dtype());
  const auto* from = static_cast<const char*>(x.data());
  auto* to = static_cast<char*>(y.data());
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    std::int64_t rest = i, cell = 0;
    for (std::int64_t d = x.dim() - 1; d >= 0; --d) {
      cell += rest % x.sizes()[d] * x.strides()[d];
      rest /= x.sizes()[d];
    }
    std::memcpy(to + i * bytes, from + cell * bytes, static_cast<std::size_t>(bytes));
  }
  return y;
}

std::optional<Shape> view_strides(const Shape& sizes, const Shape& strides, const Shape& wanted) {
  Shape old_sizes, old_strides;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 0) return contiguous_strides(wanted);
    if (sizes[d] == 1) continue;
    old_sizes.push_back(sizes[d]);
    old_strides.push_back(strides[d]);
  }
  Shape result = contiguous_strides(wanted);
  std::int64_t from = 0, to = 0;
  while (from < old_sizes.size() && to < wanted.size()) {
    std::int64_t end_from = from, end_to = to;
    std::int64_t product_from = old_sizes[end_from++], product_to = wanted[end_to++];
    while (product_from != product_to) {
      if (product_from < product_to) {
        product_from *= old_sizes[end_from++];
      } else {
        product_to *= wanted[end_to++];
      }
    }
    for (std::int64_t d = from; d + 1 < end_from; ++d) {
      if (old_strides[d] != old_sizes[d + 1] * old_strides[d + 1]) return std::nullopt;
    }
    result[end_to - 1] = old_strides[end_from - 1];
    for (std::int64_t d = end_to - 1; d > to; --d) result[d - 1] = result[d] * wanted[d];
    from = end_from;
    to = end_to;
  }
  return result;
}

Tensor raw::reshape(const Tensor& x, const Shape& wanted) {
  Shape sizes = wanted;
  std::int64_t product = 1, unknown = 0;
  for (const std::int64_t size : wanted) {
    if (size < -1) throw ShapeError("[reshape] a negative size");
    if (size == -1) {
      ++unknown;
    } else {
      product *= size;
    }
  }
  if (unknown > 1) throw ShapeError("[reshape] more than one -1");
  if (unknown == 1) {
    if (product == 0) throw ShapeError("[reshape] -1 could be anything");
    for (std::int64_t& size : sizes) size = size == -1 ? x.numel() / product : size;
    product *= x.numel() / product;
  }
  if (product != x.numel()) throw ShapeError("[reshape] another number of elements");
  const std::optional<Shape> strides = view_strides(x.sizes(), x.strides(), sizes);
  if (strides) return as_strided(x, sizes, *strides, x.storage_offset());
  return reshape(contiguous(x), sizes);
}

}  // namespace tinytorch
