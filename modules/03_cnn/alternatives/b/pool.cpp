// Another right answer to part B: two walks over each window. The first finds the largest value, starting from
// -infinity. The second finds the first pixel with this value.

#include "tinytorch/nn/pool.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch {

namespace {

struct Window {
  std::int64_t top, bottom, left, right;  // bottom and right are one past the last
};

template <class T>
bool is_nan(const T& value) {
  return value != value;
}

template <class T>
T largest(const T* pixels, std::int64_t W, Window window) {
  T best(-std::numeric_limits<float>::infinity());
  for (std::int64_t row = window.top; row < window.bottom; ++row) {
    for (std::int64_t column = window.left; column < window.right; ++column) {
      const T value = pixels[row * W + column];
      if (is_nan(value)) return value;
      if (best < value) best = value;
    }
  }
  return best;
}

template <class T>
std::int64_t first_of(const T* pixels, std::int64_t W, Window window, const T& value) {
  for (std::int64_t row = window.top; row < window.bottom; ++row) {
    for (std::int64_t column = window.left; column < window.right; ++column) {
      const T pixel = pixels[row * W + column];
      if (pixel == value || (is_nan(pixel) && is_nan(value))) return row * W + column;
    }
  }
  throw ValueError("[max_pool2d] a window of nothing but padding");
}

template <class T>
void pool(const Tensor& x, const PoolSpec& s, Pair stride, const Tensor& values, const Tensor& indices) {
  const std::int64_t H = x.size(2), W = x.size(3), Ho = values.size(2), Wo = values.size(3);
  std::int64_t k = 0;
  for (std::int64_t plane = 0; plane < x.size(0) * x.size(1); ++plane) {
    for (std::int64_t i = 0; i < Ho; ++i) {
      for (std::int64_t j = 0; j < Wo; ++j, ++k) {
        const std::int64_t top = i * stride.h - s.padding.h, left = j * stride.w - s.padding.w;
        const Window window{std::max<std::int64_t>(top, 0), std::min(top + s.kernel.h, H),
                            std::max<std::int64_t>(left, 0), std::min(left + s.kernel.w, W)};
        const T* pixels = x.data<T>() + plane * H * W;
        const T value = largest(pixels, W, window);
        values.data<T>()[k] = value;
        indices.data<std::int64_t>()[k] = first_of(pixels, W, window, value);
      }
    }
  }
}

}  // namespace

std::pair<Tensor, Tensor> raw::max_pool2d(const Tensor& x, const PoolSpec& spec) {
  if (x.dim() != 4) throw ShapeError("[max_pool2d] not images");
  Pair stride = spec.stride;
  stride.h += stride.h == 0 ? spec.kernel.h : 0;
  stride.w += stride.w == 0 ? spec.kernel.w : 0;
  const std::int64_t Ho = nn::conv_output_size(x.size(2), spec.kernel.h, stride.h, spec.padding.h, 1);
  const std::int64_t Wo = nn::conv_output_size(x.size(3), spec.kernel.w, stride.w, spec.padding.w, 1);
  if (spec.padding.h * 2 > spec.kernel.h || spec.padding.w * 2 > spec.kernel.w)
    throw ValueError("[max_pool2d] padding");
  const Tensor values = empty({x.size(0), x.size(1), Ho, Wo}, x.dtype());
  const Tensor indices = empty(values.sizes(), DType::int64);
  switch (x.dtype()) {
    case DType::float32:
      pool<float>(raw::contiguous(x), spec, stride, values, indices);
      break;
    case DType::float64:
      pool<double>(raw::contiguous(x), spec, stride, values, indices);
      break;
    case DType::traced:
      pool<Traced>(raw::contiguous(x), spec, stride, values, indices);
      break;
    default:
      throw DTypeError("[max_pool2d] no loop");
  }
  return {values, indices};
}

}  // namespace tinytorch
