// Lab 03, part B: max pooling. Each window returns its largest value and the place of that value.

#include "tinytorch/nn/pool.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace tinytorch {

namespace {

// BEGIN HELPER 3.5
// Where a window that starts at `from` (perhaps in the padding) begins and ends inside 0..size-1.
struct Range {
  std::int64_t first, last;
};
Range clipped(std::int64_t from, std::int64_t kernel, std::int64_t size) {
  return {from < 0 ? 0 : from, from + kernel > size ? size : from + kernel};
}
// END HELPER

// The spec with its strides filled in: 0 means the size of the kernel, for each axis separately.
// Throws ValueError for padding above half the kernel, where a window could lie outside the image.
PoolSpec settled(PoolSpec s) {
  // BEGIN SOLUTION 3.5: windows side by side, and a pixel in every window
  if (s.stride.h == 0) s.stride.h = s.kernel.h;
  if (s.stride.w == 0) s.stride.w = s.kernel.w;
  if (2 * s.padding.h > s.kernel.h || 2 * s.padding.w > s.kernel.w) {
    throw ValueError("[max_pool2d] padding above half the kernel: a window could lie outside the image");
  }
  return s;
  // END SOLUTION
}

// The largest value of each window and its index in the plane; x is row-major, s is settled.
template <class T>
void max_pool_loop(const Tensor& x, const PoolSpec& s, const Tensor& values, const Tensor& indices) {
  // BEGIN SOLUTION 3.5: padding is never read; only a larger value replaces the first
  const std::int64_t planes = x.size(0) * x.size(1), H = x.size(2), W = x.size(3);
  const std::int64_t Ho = values.size(2), Wo = values.size(3);
  T* value = values.data<T>();
  std::int64_t* index = indices.data<std::int64_t>();
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const T* pixels = x.data<T>() + plane * H * W;
    for (std::int64_t i = 0; i < Ho; ++i) {
      const Range rows = clipped(i * s.stride.h - s.padding.h, s.kernel.h, H);
      for (std::int64_t j = 0; j < Wo; ++j) {
        const Range columns = clipped(j * s.stride.w - s.padding.w, s.kernel.w, W);
        std::int64_t where = rows.first * W + columns.first;
        T best = pixels[where];
        for (std::int64_t row = rows.first; row < rows.last; ++row) {
          for (std::int64_t at = row * W + columns.first; at < row * W + columns.last; ++at) {
            const bool first_nan = pixels[at] != pixels[at] && best == best;
            if (pixels[at] > best || first_nan) {
              best = pixels[at];
              where = at;
            }
          }
        }
        *value++ = best;
        *index++ = where;
      }
    }
  }
  // END SOLUTION
}

}  // namespace

// The largest value of each window, and its index i * W + j in the plane.
//   ((1 2), (4 3)) with a 2x2 kernel -> 4, index 2
std::pair<Tensor, Tensor> raw::max_pool2d(const Tensor& x, const PoolSpec& spec) {
  if (x.dim() != 4) throw ShapeError("[max_pool2d] not images (N, C, H, W): " + to_string(x.sizes()));
  const PoolSpec s = settled(spec);
  const Shape sizes{x.size(0), x.size(1), nn::conv_output_size(x.size(2), s.kernel.h, s.stride.h, s.padding.h, 1),
                    nn::conv_output_size(x.size(3), s.kernel.w, s.stride.w, s.padding.w, 1)};
  const Tensor values = empty(sizes, x.dtype()), indices = empty(sizes, DType::int64);
  switch (x.dtype()) {
    case DType::float32:
      max_pool_loop<float>(raw::contiguous(x), s, values, indices);
      break;
    case DType::float64:
      max_pool_loop<double>(raw::contiguous(x), s, values, indices);
      break;
    case DType::traced:
      max_pool_loop<Traced>(raw::contiguous(x), s, values, indices);
      break;
    default:
      throw DTypeError(std::string("[max_pool2d] no loop for ") + to_string(x.dtype()));
  }
  return {values, indices};
}

}  // namespace tinytorch
