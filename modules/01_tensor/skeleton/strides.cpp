// Lab 01, part A: views. A tensor is a window on a strip of cells: sizes, strides and an offset. Everything here
// changes the window; only `contiguous` moves elements.

#include "tinytorch/core/strides.hpp"

#include "src/course/holes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch {

// Strides of a row-major layout without gaps.
//   (2, 3, 4) -> (12, 4, 1)     (2, 0, 4) -> (4, 4, 1)     () -> ()
Shape contiguous_strides(const Shape& sizes) {
  // BEGIN 1.1: the last dimension has stride 1; go left from there
  TINYTORCH_TODO("1.1");
  // END 1.1
}

// Whether row-major order visits cell after cell.
//   sizes (2, 3), strides (3, 1) -> true     (2, 3), (1, 2) -> false     (1, 3), (99, 1) -> true
bool is_contiguous(const Shape& sizes, const Shape& strides) {
  // BEGIN 1.1: compare with the stride that the dimensions to the right ask for
  TINYTORCH_TODO("1.1");
  // END 1.1
}

// A view with dimension order[i] of x at place i. wrap_dim throws IndexError.
//   x (2, 3), order {1, 0} -> (3, 2): the transpose
Tensor raw::permute(const Tensor& x, Dims order) {
  // BEGIN 1.2: a view; sizes and strides change places together
  TINYTORCH_TODO("1.2");
  // END 1.2
}

// A view of start, start + step, ... before stop along `dim`.
//   x = (0 1 2 3 4): slice(x, 0, 1, 5, 2) -> (1 3)     slice(x, 0, -2, 99, 1) -> (3 4)     slice(x, 0, 3, 1, 1) -> ()
Tensor raw::slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step) {
  // BEGIN 1.3: a view; the offset moves by `start`, the stride grows by `step`
  TINYTORCH_TODO("1.3");
  // END 1.3
}

// A view in which sizes of 1 repeat and new dimensions lead.
//   x (3, 1), sizes (2, -1, 4) -> (2, 3, 4)
Tensor raw::expand(const Tensor& x, const Shape& sizes) {
  // BEGIN 1.4: a repeated dimension has stride 0
  TINYTORCH_TODO("1.4");
  // END 1.4
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
  // BEGIN 1.5: row by row; an odometer counts through the other dimensions
  TINYTORCH_TODO("1.5");
  // END 1.5
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
  // BEGIN 1.5: the same handle, or copy_elements into a tensor of its own
  TINYTORCH_TODO("1.5");
  // END 1.5
}

// Strides with which the same cells read as `wanted`; nothing if only a copy can do it.
//   (2, 3), strides (3, 1), as (3, 2) -> (2, 1)     (3, 2), strides (1, 3), as (6) -> nothing
std::optional<Shape> view_strides(const Shape& sizes, const Shape& strides, const Shape& wanted) {
  // BEGIN 1.6: merge neighbours into runs of even steps, then cut the runs into `wanted`
  TINYTORCH_TODO("1.6");
  // END 1.6
}

// The same elements in the same order under another shape: a view if view_strides finds one, else a copy.
//   x (2, 6), wanted (3, -1) -> (3, 4)
Tensor raw::reshape(const Tensor& x, const Shape& wanted) {
  // BEGIN 1.6: work out -1, then a view if there is one
  TINYTORCH_TODO("1.6");
  // END 1.6
}

}  // namespace tinytorch
