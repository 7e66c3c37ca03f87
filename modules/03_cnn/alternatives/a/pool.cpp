// Another right answer to part B: each window starts without a winner and tests whether each place lies inside.

#include "tinytorch/nn/pool.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

namespace tinytorch {

namespace {

struct Plane {
  std::int64_t H, W;
};

template <class T>
std::int64_t winner_of(const T* pixels, Plane plane, Pair kernel, std::int64_t top, std::int64_t left) {
  std::int64_t winner = -1;
  for (std::int64_t p = 0; p < kernel.h; ++p) {
    for (std::int64_t q = 0; q < kernel.w; ++q) {
      const std::int64_t row = top + p, column = left + q;
      if (row < 0 || column < 0 || row >= plane.H || column >= plane.W) continue;
      const std::int64_t at = row * plane.W + column;
      if (winner < 0) winner = at;
      const bool settled = pixels[winner] != pixels[winner];  // nothing beats a NaN
      if (!settled && !(pixels[at] <= pixels[winner])) winner = at;
    }
  }
  return winner;
}

template <class T>
void pool(const Tensor& x, const PoolSpec& s, const Tensor& values, const Tensor& indices) {
  const Plane plane{x.size(2), x.size(3)};
  const std::int64_t Ho = values.size(2), Wo = values.size(3);
  for (std::int64_t k = 0; k < values.numel(); ++k) {
    const std::int64_t j = k % Wo, i = k / Wo % Ho, which = k / Wo / Ho;
    const T* pixels = x.data<T>() + which * plane.H * plane.W;
    const std::int64_t winner =
        winner_of(pixels, plane, s.kernel, i * s.stride.h - s.padding.h, j * s.stride.w - s.padding.w);
    values.data<T>()[k] = pixels[winner];
    indices.data<std::int64_t>()[k] = winner;
  }
}

}  // namespace

std::pair<Tensor, Tensor> raw::max_pool2d(const Tensor& x, const PoolSpec& spec) {
  if (x.dim() != 4) throw ShapeError("[max_pool2d] not images");
  const PoolSpec s{
      spec.kernel,
      {spec.stride.h == 0 ? spec.kernel.h : spec.stride.h, spec.stride.w == 0 ? spec.kernel.w : spec.stride.w},
      spec.padding};
  if (s.padding.h > s.kernel.h / 2 || s.padding.w > s.kernel.w / 2) throw ValueError("[max_pool2d] too much padding");
  const Shape sizes{x.size(0), x.size(1), nn::conv_output_size(x.size(2), s.kernel.h, s.stride.h, s.padding.h, 1),
                    nn::conv_output_size(x.size(3), s.kernel.w, s.stride.w, s.padding.w, 1)};
  const Tensor values = empty(sizes, x.dtype()), indices = empty(sizes, DType::int64), images = raw::contiguous(x);
  if (x.dtype() == DType::float32) {
    pool<float>(images, s, values, indices);
  } else if (x.dtype() == DType::float64) {
    pool<double>(images, s, values, indices);
  } else if (x.dtype() == DType::traced) {
    pool<Traced>(images, s, values, indices);
  } else {
    throw DTypeError("[max_pool2d] no loop");
  }
  return {values, indices};
}

}  // namespace tinytorch
