// Lab 01, part A: views. A tensor is a window on a strip of cells: sizes, strides and an offset. Everything here
// changes the window; only `contiguous` moves elements.

#include "tinytorch/core/strides.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch {

// Strides of a row-major layout without gaps.
//   (2, 3, 4) -> (12, 4, 1)     (2, 0, 4) -> (4, 4, 1)     () -> ()
Shape contiguous_strides(const Shape& sizes) {
  // BEGIN SOLUTION 1.1: the last dimension has stride 1; go left from there
  Shape strides = Shape::filled(sizes.size(), 1);
  for (std::int64_t d = sizes.size() - 2; d >= 0; --d) {
    strides[d] = strides[d + 1] * (sizes[d + 1] == 0 ? 1 : sizes[d + 1]);
  }
  return strides;
  // END SOLUTION
}

// Whether row-major order visits cell after cell.
//   sizes (2, 3), strides (3, 1) -> true     (2, 3), (1, 2) -> false     (1, 3), (99, 1) -> true
bool is_contiguous(const Shape& sizes, const Shape& strides) {
  // BEGIN SOLUTION 1.1: compare with the stride that the dimensions to the right ask for
  if (numel(sizes) == 0) return true;
  std::int64_t expected = 1;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    if (sizes[d] == 1) continue;
    if (strides[d] != expected) return false;
    expected *= sizes[d];
  }
  return true;
  // END SOLUTION
}

// A view with dimension order[i] of x at place i. wrap_dim throws IndexError.
//   x (2, 3), order {1, 0} -> (3, 2): the transpose
Tensor raw::permute(const Tensor& x, Dims order) {
  // BEGIN SOLUTION 1.2: a view; sizes and strides change places together
  const Shape named(order);
  if (named.size() != x.dim()) {
    throw ShapeError("[permute] " + to_string(named) + " doesn't name the dimensions of " + to_string(x.sizes()));
  }
  Shape sizes, strides, seen = Shape::filled(x.dim(), 0);
  for (const std::int64_t dim : named) {
    const std::int64_t d = wrap_dim(dim, x.dim(), "permute");
    if (seen[d]++ != 0) throw ShapeError("[permute] dimension named twice: " + to_string(named));
    sizes.push_back(x.sizes()[d]);
    strides.push_back(x.strides()[d]);
  }
  return as_strided(x, sizes, strides, x.storage_offset());
  // END SOLUTION
}

// A view of start, start + step, ... before stop along `dim`.
//   x = (0 1 2 3 4): slice(x, 0, 1, 5, 2) -> (1 3)     slice(x, 0, -2, 99, 1) -> (3 4)     slice(x, 0, 3, 1, 1) -> ()
Tensor raw::slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step) {
  // BEGIN SOLUTION 1.3: a view; the offset moves by `start`, the stride grows by `step`
  const std::int64_t d = wrap_dim(dim, x.dim(), "slice");
  if (step < 1) throw ValueError("[slice] step must be at least 1: " + std::to_string(step));
  const auto inside = [size = x.sizes()[d]](std::int64_t bound) {
    if (bound < 0) bound += size;
    return bound < 0 ? 0 : bound > size ? size : bound;
  };
  start = inside(start);
  stop = inside(stop);
  Shape sizes = x.sizes(), strides = x.strides();
  sizes[d] = stop > start ? (stop - start - 1) / step + 1 : 0;  // rounds up: a last, shorter step still has its element
  if (sizes[d] > 1) strides[d] *= step;
  const std::int64_t moved = sizes[d] > 0 ? start * x.strides()[d] : 0;
  return as_strided(x, sizes, strides, x.storage_offset() + moved);
  // END SOLUTION
}

// A view in which sizes of 1 repeat and new dimensions lead.
//   x (3, 1), sizes (2, -1, 4) -> (2, 3, 4)
Tensor raw::expand(const Tensor& x, const Shape& sizes) {
  // BEGIN SOLUTION 1.4: a repeated dimension has stride 0
  const auto fail = [&] { throw ShapeError("[expand] " + to_string(x.sizes()) + " can't become " + to_string(sizes)); };
  const std::int64_t added = sizes.size() - x.dim();
  if (added < 0) fail();
  Shape result = sizes, strides = Shape::filled(sizes.size(), 0);
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    const std::int64_t have = d < added ? 1 : x.sizes()[d - added];
    if (d >= added && sizes[d] == -1) result[d] = have;
    if (result[d] < 0 || (have != 1 && result[d] != have)) fail();
    if (d >= added && result[d] == have) strides[d] = x.strides()[d - added];
  }
  return as_strided(x, result, strides, x.storage_offset());
  // END SOLUTION
}

namespace {

// An element as a number of bytes: a copy needs to know nothing else about a dtype.
template <std::size_t size>
struct Bytes {
  std::byte value[size];
};

// Copies the elements that start at `from` and have these sizes and strides to `to`, in row-major order.
template <class Item>
void copy_elements(const Item* from, const Shape& sizes, const Shape& strides, Item* to) {
  // BEGIN SOLUTION 1.5: row by row; an odometer counts through the other dimensions
  const std::int64_t rank = sizes.size(), count = numel(sizes);
  const std::int64_t row = rank == 0 ? 1 : sizes.back(), step = rank == 0 ? 0 : strides.back();
  Shape index = Shape::filled(rank, 0);
  std::int64_t at = 0;  // where the current row begins
  for (std::int64_t done = 0; done < count; done += row) {
    for (std::int64_t j = 0; j < row; ++j) to[done + j] = from[at + j * step];
    // The odometer: move on by one; a dimension that has come round starts again and moves the one to its left.
    for (std::int64_t d = rank - 2; d >= 0; --d) {
      at += strides[d];
      if (++index[d] < sizes[d]) break;
      at -= sizes[d] * strides[d];
      index[d] = 0;
    }
  }
  // END SOLUTION
}

// Chooses the copy by the size of an element.
void copy_elements(const Tensor& from, const Tensor& to) {
  const auto copy = [&](auto item) {
    using Item = decltype(item);
    copy_elements(static_cast<const Item*>(from.data()), from.sizes(), from.strides(), static_cast<Item*>(to.data()));
  };
  const std::int64_t bytes = item_size(from.dtype());
  if (bytes == 1) return copy(Bytes<1>{});
  if (bytes == 4) return copy(Bytes<4>{});
  copy(Bytes<8>{});
}

}  // namespace

// x itself if it is contiguous; else a row-major copy.
//   x (3, 2) with strides (1, 3) -> (3, 2) with strides (2, 1), its own storage
Tensor raw::contiguous(const Tensor& x) {
  // BEGIN SOLUTION 1.5: the same handle, or copy_elements into a tensor of its own
  if (x.is_contiguous()) return x;
  const Tensor copy = empty(x.sizes(), x.dtype());
  copy_elements(x, copy);
  return copy;
  // END SOLUTION
}

// Strides with which the same cells read as `wanted`; nothing if only a copy can do it.
//   (2, 3), strides (3, 1), as (3, 2) -> (2, 1)     (3, 2), strides (1, 3), as (6) -> nothing
std::optional<Shape> view_strides(const Shape& sizes, const Shape& strides, const Shape& wanted) {
  // BEGIN SOLUTION 1.6: merge neighbours into runs of even steps, then cut the runs into `wanted`
  if (numel(sizes) == 0) return contiguous_strides(wanted);
  // Runs from right to left: `lengths` elements, `steps` apart. A dimension continues the run to its right if its
  // stride is what stepping past the end of that run would be.
  Shape lengths, steps;
  for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
    if (sizes[d] == 1) continue;
    if (!lengths.empty() && strides[d] == lengths.back() * steps.back()) {
      lengths.back() *= sizes[d];
    } else {
      lengths.push_back(sizes[d]);
      steps.push_back(strides[d]);
    }
  }
  Shape result = Shape::filled(wanted.size(), 1);
  std::int64_t run = 0;
  for (std::int64_t d = wanted.size() - 1; d >= 0; --d) {
    if (wanted[d] == 1) continue;
    if (lengths[run] == 1) ++run;                            // used up
    if (lengths[run] % wanted[d] != 0) return std::nullopt;  // this dimension would need two different steps
    result[d] = steps[run];
    steps[run] *= wanted[d];
    lengths[run] /= wanted[d];
  }
  return result;
  // END SOLUTION
}

// The same elements in the same order under another shape: a view if view_strides finds one, else a copy.
//   x (2, 6), wanted (3, -1) -> (3, 4)
Tensor raw::reshape(const Tensor& x, const Shape& wanted) {
  // BEGIN SOLUTION 1.6: work out -1, then a view if there is one
  const auto fail = [&] {
    throw ShapeError("[reshape] " + to_string(x.sizes()) + " can't become " + to_string(wanted));
  };
  Shape sizes = wanted;
  std::int64_t open = -1, known = 1;
  for (std::int64_t d = 0; d < wanted.size(); ++d) {
    if (wanted[d] < -1 || (wanted[d] == -1 && open >= 0)) fail();
    if (wanted[d] == -1) {
      open = d;
    } else {
      known *= wanted[d];
    }
  }
  if (open >= 0) {
    if (known == 0) fail();
    sizes[open] = x.numel() / known;
  }
  if (numel(sizes) != x.numel()) fail();
  if (const auto strides = view_strides(x.sizes(), x.strides(), sizes)) {
    return as_strided(x, sizes, *strides, x.storage_offset());
  }
  const Tensor copy = contiguous(x);
  return as_strided(copy, sizes, contiguous_strides(sizes), copy.storage_offset());
  // END SOLUTION
}

}  // namespace tinytorch
