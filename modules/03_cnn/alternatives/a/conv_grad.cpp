// Another right answer to part C: no columns at all. The forward loops run again; where they read a pixel with a
// weight, the gradients are added (scatter).

#include "tinytorch/nn/conv_grad.hpp"

#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

namespace tinytorch {

namespace {

Pair out_of(std::int64_t H, std::int64_t W, Pair kernel, const ConvSpec& s) {
  return {nn::conv_output_size(H, kernel.h, s.stride.h, s.padding.h, s.dilation.h),
          nn::conv_output_size(W, kernel.w, s.stride.w, s.padding.w, s.dilation.w)};
}

void check(const Tensor& grad, const Shape& x, const Shape& w, const ConvSpec& s) {
  if (x.size() != 4 || w.size() != 4 || x[1] != w[1]) throw ShapeError("[conv2d_grad] " + to_string(x) + to_string(w));
  const Pair out = out_of(x[2], x[3], {w[2], w[3]}, s);
  if (grad.sizes() != Shape{x[0], w[0], out.h, out.w}) throw ShapeError("[conv2d_grad] " + to_string(grad.sizes()));
}

// Calls meet(position in grad, in x, in w) for every pixel that a tap meets; all three are row-major.
template <class Meet>
void for_each_meeting(const Shape& y, const Shape& x, const Shape& w, const ConvSpec& s, Meet meet) {
  for (std::int64_t k = 0; k < numel(y); ++k) {
    const std::int64_t j = k % y[3], i = k / y[3] % y[2], o = k / y[3] / y[2] % y[1], n = k / y[3] / y[2] / y[1];
    for (std::int64_t tap = 0; tap < w[1] * w[2] * w[3]; ++tap) {
      const std::int64_t q = tap % w[3], p = tap / w[3] % w[2], c = tap / w[3] / w[2];
      const std::int64_t row = i * s.stride.h + p * s.dilation.h - s.padding.h;
      const std::int64_t column = j * s.stride.w + q * s.dilation.w - s.padding.w;
      if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) continue;
      meet(k, ((n * x[1] + c) * x[2] + row) * x[3] + column, o * w[1] * w[2] * w[3] + tap);
    }
  }
}

// into[a] += from[b] * grad, for both gradients.
template <class Run>
void with_type(DType dtype, Run run) {
  if (dtype == DType::float32) return run(float{});
  if (dtype == DType::float64) return run(double{});
  throw DTypeError("[conv2d_grad] no loop");
}

}  // namespace

void raw::col2im(const Tensor& columns, Pair kernel, const ConvSpec& spec, Tensor& image) {
  if (image.dim() != 3 || !image.is_contiguous()) throw ShapeError("[col2im] not a row-major image");
  const std::int64_t H = image.size(1), W = image.size(2);
  const Pair out = out_of(H, W, kernel, spec);
  if (columns.sizes() != Shape{image.size(0) * kernel.h * kernel.w, out.h * out.w}) throw ShapeError("[col2im] sizes");
  with_type(image.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t place = 0; place < out.h * out.w; ++place) {
      for (std::int64_t row = 0; row < columns.size(0); ++row) {
        const std::int64_t q = row % kernel.w, p = row / kernel.w % kernel.h, c = row / kernel.w / kernel.h;
        const std::int64_t i = place / out.w * spec.stride.h + p * spec.dilation.h - spec.padding.h;
        const std::int64_t j = place % out.w * spec.stride.w + q * spec.dilation.w - spec.padding.w;
        if (i < 0 || i >= H || j < 0 || j >= W) continue;
        image.data<T>()[(c * H + i) * W + j] += columns.data<T>()[row * columns.stride(0) + place * columns.stride(1)];
      }
    }
  });
}

Tensor raw::conv2d_grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec) {
  check(grad, x_sizes, w.sizes(), spec);
  const Tensor upstream = raw::contiguous(grad), kernels = raw::contiguous(w), x_grad = zeros(x_sizes, grad.dtype());
  with_type(grad.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from = upstream.data<T>(), *weight = kernels.data<T>();
    T* to = x_grad.data<T>();
    for_each_meeting(grad.sizes(), x_sizes, w.sizes(), spec,
                     [&](std::int64_t y, std::int64_t x, std::int64_t tap) { to[x] += from[y] * weight[tap]; });
  });
  return x_grad;
}

Tensor raw::conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec) {
  check(grad, x.sizes(), w_sizes, spec);
  const Tensor upstream = raw::contiguous(grad), images = raw::contiguous(x), w_grad = zeros(w_sizes, grad.dtype());
  with_type(grad.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *from = upstream.data<T>(), *pixels = images.data<T>();
    T* to = w_grad.data<T>();
    for_each_meeting(grad.sizes(), x.sizes(), w_sizes, spec,
                     [&](std::int64_t y, std::int64_t at, std::int64_t tap) { to[tap] += from[y] * pixels[at]; });
  });
  return w_grad;
}

Tensor raw::max_pool2d_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes) {
  if (grad.dim() != 4 || x_sizes.size() != 4 || grad.sizes() != index.sizes() || grad.size(0) != x_sizes[0] ||
      grad.size(1) != x_sizes[1]) {
    throw ShapeError("[max_pool2d_grad] " + to_string(grad.sizes()));
  }
  const Tensor x_grad = zeros(x_sizes, grad.dtype());
  const std::int64_t pixels = x_sizes[2] * x_sizes[3];
  const Shape &sizes = grad.sizes(), &from = grad.strides(), &at = index.strides();
  with_type(grad.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t n = 0; n < sizes[0]; ++n) {
      for (std::int64_t c = 0; c < sizes[1]; ++c) {
        for (std::int64_t i = 0; i < sizes[2]; ++i) {
          for (std::int64_t j = 0; j < sizes[3]; ++j) {
            const std::int64_t won = index.data<std::int64_t>()[n * at[0] + c * at[1] + i * at[2] + j * at[3]];
            if (won < 0 || won >= pixels) throw IndexError("[max_pool2d_grad] no such pixel");
            x_grad.data<T>()[(n * sizes[1] + c) * pixels + won] +=
                grad.data<T>()[n * from[0] + c * from[1] + i * from[2] + j * from[3]];
          }
        }
      }
    }
  });
  return x_grad;
}

}  // namespace tinytorch
