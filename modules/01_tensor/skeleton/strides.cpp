// Lab 01, part A: views. A tensor is a window on a strip of cells: sizes, strides and an offset. Everything here
// changes the window; only `contiguous` moves elements.

#include "src/course/holes.hpp"
#include "tinytorch/core/strides.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tinytorch {

// Strides of a row-major layout without gaps; a size of 0 counts as 1.
//   (2, 3, 4) -> (12, 4, 1)     (2, 0, 4) -> (4, 4, 1)     () -> ()
Shape contiguous_strides(const Shape& sizes) {
  TINYTORCH_TODO("1.1");  // the last dimension has stride 1; go left from there
}

// True if row-major order visits cell after cell. The stride of a dimension of size 1 doesn't matter;
// a tensor without elements is contiguous.
//   sizes (2, 3), strides (3, 1) -> true     (2, 3), (1, 2) -> false     (1, 3), (99, 1) -> true
bool is_contiguous(const Shape& sizes, const Shape& strides) {
  TINYTORCH_TODO("1.1");  // compare with the stride that the dimensions to the right ask for
}

// A view with dimension order[i] of x at place i; negative dimensions count from the end. No element moves.
//   x (2, 3), order {1, 0} -> (3, 2): the transpose
// ShapeError unless `order` names every dimension once, IndexError for one out of range (wrap_dim throws it).
Tensor raw::permute(const Tensor& x, Dims order) {
  TINYTORCH_TODO("1.2");  // a view; sizes and strides change places together
}

// A view of start, start + step, ... before stop along `dim`. Negative bounds count from the end, bounds outside clamp.
//   x = (0 1 2 3 4): slice(x, 0, 1, 5, 2) -> (1 3)     slice(x, 0, -2, 99, 1) -> (3 4)     slice(x, 0, 3, 1, 1) -> ()
// IndexError for dim, ValueError for step < 1.
Tensor raw::slice(const Tensor& x, std::int64_t dim, std::int64_t start, std::int64_t stop, std::int64_t step) {
  TINYTORCH_TODO("1.3");  // a view; the offset moves by `start`, the stride grows by `step`
}

// A view in which sizes of 1 repeat (stride 0) and new dimensions lead; -1 keeps a size of x.
//   x (3, 1), sizes (2, -1, 4) -> (2, 3, 4)
// ShapeError if a size other than 1 would change, `sizes` has fewer dimensions than x, or a new one is negative.
Tensor raw::expand(const Tensor& x, const Shape& sizes) {
  TINYTORCH_TODO("1.4");  // a repeated dimension has stride 0
}

namespace {

// An element as so many bytes: a copy needs to know no more of a dtype.
template <std::size_t size>
struct Bytes {
  std::byte value[size];
};

// Writes the elements that `sizes` and `strides` find from `from` on into `to`, in row-major order.
template <class Item>
void copy_elements(const Item* from, const Shape& sizes, const Shape& strides, Item* to) {
  TINYTORCH_TODO("1.5");  // row by row; an odometer counts through the other dimensions
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

// x itself if it is contiguous already; else a copy in row-major order, of any dtype.
//   x (3, 2) with strides (1, 3) -> (3, 2) with strides (2, 1), its own storage
Tensor raw::contiguous(const Tensor& x) {
  TINYTORCH_TODO("1.5");  // the same handle, or copy_elements into a tensor of its own
}

// Strides under which the same cells read as `wanted`, in the same order; nothing if only a copy can do it.
// Both shapes hold equally many elements, and `wanted` has no -1.
//   (2, 3), strides (3, 1), as (3, 2) -> (2, 1)     (3, 2), strides (1, 3), as (6) -> nothing
std::optional<Shape> view_strides(const Shape& sizes, const Shape& strides, const Shape& wanted) {
  TINYTORCH_TODO("1.6");  // merge neighbours into runs of even steps, then cut the runs into `wanted`
}

// The same elements in the same order under another shape: a view whenever view_strides finds one, else a copy.
//   x (2, 6), wanted (3, -1) -> (3, 4)
// ShapeError if the element counts differ, more than one size is negative, or -1 stands beside a size of 0.
Tensor raw::reshape(const Tensor& x, const Shape& wanted) {
  TINYTORCH_TODO("1.6");  // work out -1, then a view if there is one
}

}  // namespace tinytorch
