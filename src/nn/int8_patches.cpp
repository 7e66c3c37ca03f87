#include "tinytorch/core/strides.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/int8.hpp"

#include <algorithm>

namespace tinytorch::nn {

Tensor int8_patches(const Tensor& x8, Pair kernel, const ConvSpec& spec, std::int8_t pad) {
  if (x8.dim() != 4) throw ShapeError(detail::text({"[int8_patches] images are (N, C, H, W), not ", x8.sizes()}));
  const std::int64_t N = x8.size(0), C = x8.size(1), H = x8.size(2), W = x8.size(3);
  const std::int64_t Ho = conv_output_size(H, kernel.h, spec.stride.h, spec.padding.h, spec.dilation.h);
  const std::int64_t Wo = conv_output_size(W, kernel.w, spec.stride.w, spec.padding.w, spec.dilation.w);
  const Tensor images = raw::contiguous(x8);
  const Tensor rows = empty({N * Ho * Wo, C * kernel.h * kernel.w}, DType::int8);
  std::int8_t* to = rows.data<std::int8_t>();
  for (std::int64_t place = 0; place < N * Ho * Wo; ++place) {
    const std::int64_t n = place / (Ho * Wo), i = place / Wo % Ho, j = place % Wo;
    const std::int64_t left = j * spec.stride.w - spec.padding.w;
    for (std::int64_t c = 0; c < C; ++c) {
      const std::int8_t* const plane = images.data<std::int8_t>() + (n * C + c) * H * W;
      for (std::int64_t p = 0; p < kernel.h; ++p) {
        const std::int64_t row = i * spec.stride.h - spec.padding.h + p * spec.dilation.h;
        if (row < 0 || row >= H) {
          to = std::fill_n(to, kernel.w, pad);
          continue;
        }
        for (std::int64_t q = 0; q < kernel.w; ++q) {
          const std::int64_t column = left + q * spec.dilation.w;
          *to++ = column >= 0 && column < W ? plane[row * W + column] : pad;
        }
      }
    }
  }
  return rows;
}

}  // namespace tinytorch::nn
