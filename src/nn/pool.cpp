// Tuned nn/pool: windows of 2 x 2 side by side, the usual ones, by vectors of the machine that runs. Other windows go
// tap by tap over a row of outputs, so that a compiler can make vectors of the comparisons.
// What it bought: `./tito bench 03 --only pool` shows both side by side on your machine.

#include "tinytorch/nn/pool.hpp"

#include "src/course/traced.hpp"
#include "src/nn/pool_vector.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch {
namespace {

PoolSpec with_strides(PoolSpec spec) {
  if (spec.stride.h == 0) spec.stride.h = spec.kernel.h;
  if (spec.stride.w == 0) spec.stride.w = spec.kernel.w;
  if (2 * spec.padding.h > spec.kernel.h || 2 * spec.padding.w > spec.kernel.w)
    throw ValueError(detail::text({"[max_pool2d] padding (", spec.padding.h, ", ", spec.padding.w,
                                   ") above half the kernel: a window could lie outside the image"}));
  return spec;
}

/// The outputs first..last-1 of a row whose tap q lies inside.
struct Inside {
  std::int64_t first, last;
};
Inside outputs_with_tap(std::int64_t q, const PoolSpec& spec, std::int64_t width, std::int64_t columns) {
  const std::int64_t left = q - spec.padding.w, stride = spec.stride.w;
  const std::int64_t first = left >= 0 ? 0 : (-left + stride - 1) / stride;
  const std::int64_t last = width <= left ? 0 : (width - left + stride - 1) / stride;
  return {std::min(first, columns), std::min(last, columns)};
}

/// A row of windows, over image rows top..end-1. The first pixel of each window, then each tap of all windows.
template <class T>
void pool_row(const T* pixels, Inside image_rows, const PoolSpec& spec, std::int64_t width, std::int64_t columns,
              T* best, std::int64_t* where) {
  for (std::int64_t j = 0; j < columns; ++j) {
    where[j] = image_rows.first * width + std::max<std::int64_t>(0, j * spec.stride.w - spec.padding.w);
    best[j] = pixels[where[j]];
  }
  for (std::int64_t row = image_rows.first; row < image_rows.last; ++row)
    for (std::int64_t q = 0; q < spec.kernel.w; ++q) {
      const Inside inside = outputs_with_tap(q, spec, width, columns);
      const std::int64_t start = row * width + q - spec.padding.w;
      for (std::int64_t j = inside.first; j < inside.last; ++j) {
        const T value = pixels[start + j * spec.stride.w];
        const bool larger = value > best[j] || (value != value && best[j] == best[j]);
        where[j] = larger ? start + j * spec.stride.w : where[j];
        best[j] = larger ? value : best[j];
      }
    }
}

template <class T>
void pool_planes(const Tensor& x, const PoolSpec& spec, const Tensor& values, const Tensor& indices) {
  const std::int64_t height = x.size(2), width = x.size(3), rows = values.size(2), columns = values.size(3);
  T* best = values.data<T>();
  std::int64_t* where = indices.data<std::int64_t>();
  for (std::int64_t plane = 0; plane < x.size(0) * x.size(1); ++plane) {
    const T* pixels = x.data<T>() + plane * height * width;
    for (std::int64_t i = 0; i < rows; ++i, best += columns, where += columns) {
      const std::int64_t top = i * spec.stride.h - spec.padding.h;
      const Inside image_rows{std::max<std::int64_t>(0, top), std::min(top + spec.kernel.h, height)};
      pool_row(pixels, image_rows, spec, width, columns, best, where);
    }
  }
}

bool is_2x2(const Tensor& x, const PoolSpec& spec) {
  const Pair two{2, 2};
  return x.dtype() == DType::float32 && spec.kernel == two && spec.stride == two && spec.padding == Pair{0, 0} &&
         x.size(2) * x.size(3) < std::numeric_limits<std::int32_t>::max();
}

void pool_2x2(const Tensor& x, const Tensor& values, const Tensor& indices) {
  const std::int64_t pixels = x.size(2) * x.size(3), windows = values.size(2) * values.size(3);
  for (std::int64_t plane = 0; plane < x.size(0) * x.size(1); ++plane)
    vectors::max_pool_2x2(x.data<float>() + plane * pixels, x.size(3), values.size(2), values.size(3),
                          values.data<float>() + plane * windows, indices.data<std::int64_t>() + plane * windows);
}

}  // namespace

std::pair<Tensor, Tensor> raw::max_pool2d(const Tensor& x, const PoolSpec& spec) {
  if (x.dim() != 4) throw ShapeError(detail::text({"[max_pool2d] not images (N, C, H, W): ", x.sizes()}));
  const PoolSpec s = with_strides(spec);
  const Shape sizes{x.size(0), x.size(1), nn::conv_output_size(x.size(2), s.kernel.h, s.stride.h, s.padding.h, 1),
                    nn::conv_output_size(x.size(3), s.kernel.w, s.stride.w, s.padding.w, 1)};
  const Tensor from = raw::contiguous(x), values = empty(sizes, x.dtype()), indices = empty(sizes, DType::int64);
  if (is_2x2(from, s))
    pool_2x2(from, values, indices);
  else if (x.dtype() == DType::float32)
    pool_planes<float>(from, s, values, indices);
  else if (x.dtype() == DType::float64)
    pool_planes<double>(from, s, values, indices);
  else if (x.dtype() == DType::traced)
    pool_planes<Traced>(from, s, values, indices);
  else
    throw DTypeError(detail::text({"[max_pool2d] no loop for ", x.dtype()}));
  return {values, indices};
}

}  // namespace tinytorch
