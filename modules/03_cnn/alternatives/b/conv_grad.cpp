// Another right answer to part C: every gradient is gathered by the element it belongs to. The gradient of x is a
// convolution of upstream with the flipped kernel, that of w a correlation of upstream with x.

#include "tinytorch/nn/conv_grad.hpp"

#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

#include <vector>

namespace tinytorch {

namespace {

struct Sizes {
  std::int64_t N, C, H, W, O, Kh, Kw, Ho, Wo;
};

Sizes sizes_of(const Tensor& grad, const Shape& x, const Shape& w, const ConvSpec& s) {
  if (x.size() != 4 || w.size() != 4 || x[1] != w[1]) throw ShapeError("[conv2d_grad] images and kernels");
  const std::int64_t Ho = nn::conv_output_size(x[2], w[2], s.stride.h, s.padding.h, s.dilation.h);
  const std::int64_t Wo = nn::conv_output_size(x[3], w[3], s.stride.w, s.padding.w, s.dilation.w);
  if (grad.sizes() != Shape{x[0], w[0], Ho, Wo}) throw ShapeError("[conv2d_grad] gradient " + to_string(grad.sizes()));
  return {x[0], x[1], x[2], x[3], w[0], w[2], w[3], Ho, Wo};
}

// The output whose tap lies on this pixel, or -1.
std::int64_t output_at(std::int64_t pixel, std::int64_t tap, std::int64_t stride, std::int64_t padding,
                       std::int64_t dilation, std::int64_t count) {
  const std::int64_t moved = pixel + padding - tap * dilation;
  if (moved < 0 || moved % stride != 0 || moved / stride >= count) return -1;
  return moved / stride;
}

template <class T>
T pixel_gradient(const T* grad, const T* w, const Sizes& z, const ConvSpec& s, std::int64_t c, Pair at) {
  T total(0);
  for (std::int64_t p = 0; p < z.Kh; ++p) {
    const std::int64_t i = output_at(at.h, p, s.stride.h, s.padding.h, s.dilation.h, z.Ho);
    for (std::int64_t q = 0; q < z.Kw && i >= 0; ++q) {
      const std::int64_t j = output_at(at.w, q, s.stride.w, s.padding.w, s.dilation.w, z.Wo);
      for (std::int64_t o = 0; o < z.O && j >= 0; ++o) {
        total += grad[(o * z.Ho + i) * z.Wo + j] * w[((o * z.C + c) * z.Kh + p) * z.Kw + q];
      }
    }
  }
  return total;
}

// Plane o of upstream times channel c, for one tap.
template <class T>
T tap_gradient(const T* grad, const T* plane, const Sizes& z, const ConvSpec& s, std::int64_t p, std::int64_t q) {
  T total(0);
  for (std::int64_t i = 0; i < z.Ho; ++i) {
    const std::int64_t row = i * s.stride.h - s.padding.h + p * s.dilation.h;
    for (std::int64_t j = 0; j < z.Wo && row >= 0 && row < z.H; ++j) {
      const std::int64_t column = j * s.stride.w - s.padding.w + q * s.dilation.w;
      if (column >= 0 && column < z.W) total += grad[i * z.Wo + j] * plane[row * z.W + column];
    }
  }
  return total;
}

template <class T>
void add_columns(const Tensor& columns, Pair kernel, const ConvSpec& s, Pair out, const Tensor& image) {
  const std::int64_t H = image.size(1), W = image.size(2);
  for (std::int64_t at = 0; at < image.numel(); ++at) {
    const std::int64_t c = at / W / H, row = at / W % H, column = at % W;
    for (std::int64_t tap = 0; tap < kernel.h * kernel.w; ++tap) {
      const std::int64_t i = output_at(row, tap / kernel.w, s.stride.h, s.padding.h, s.dilation.h, out.h);
      const std::int64_t j = output_at(column, tap % kernel.w, s.stride.w, s.padding.w, s.dilation.w, out.w);
      if (i < 0 || j < 0) continue;
      image.data<T>()[at] +=
          columns.data<T>()[(c * kernel.h * kernel.w + tap) * columns.stride(0) + (i * out.w + j) * columns.stride(1)];
    }
  }
}

template <class T>
void spread(const Tensor& grad, const Tensor& index, const Tensor& x_grad) {
  const std::int64_t pixels = x_grad.size(2) * x_grad.size(3), windows = grad.size(2) * grad.size(3);
  for (std::int64_t i = 0; i < grad.numel(); ++i) {
    const std::int64_t where = index.data<std::int64_t>()[i];
    if (where >= pixels || where < 0) throw IndexError("[max_pool2d_grad] index " + std::to_string(where));
    x_grad.data<T>()[i / windows * pixels + where] += grad.data<T>()[i];
  }
}

DType checked(DType dtype) {
  if (dtype != DType::float32 && dtype != DType::float64) throw DTypeError("[conv_grad] no loop");
  return dtype;
}

}  // namespace

void raw::col2im(const Tensor& columns, Pair kernel, const ConvSpec& spec, Tensor& image) {
  if (image.dim() != 3 || !image.is_contiguous()) throw ShapeError("[col2im] image");
  const Pair out{nn::conv_output_size(image.size(1), kernel.h, spec.stride.h, spec.padding.h, spec.dilation.h),
                 nn::conv_output_size(image.size(2), kernel.w, spec.stride.w, spec.padding.w, spec.dilation.w)};
  if (columns.sizes() != Shape{image.size(0) * kernel.h * kernel.w, out.h * out.w})
    throw ShapeError("[col2im] columns");
  if (checked(image.dtype()) == DType::float32) {
    add_columns<float>(columns, kernel, spec, out, image);
  } else {
    add_columns<double>(columns, kernel, spec, out, image);
  }
}

Tensor raw::conv2d_grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec) {
  const Sizes z = sizes_of(grad, x_sizes, w.sizes(), spec);
  const Tensor upstream = raw::contiguous(grad), kernels = raw::contiguous(w),
               x_grad = empty(x_sizes, checked(grad.dtype()));
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    T* to = x_grad.data<T>();
    for (std::int64_t n = 0; n < z.N; ++n) {
      const T* from = upstream.data<T>() + n * z.O * z.Ho * z.Wo;
      for (std::int64_t at = 0; at < z.C * z.H * z.W; ++at) {
        *to++ = pixel_gradient(from, kernels.data<T>(), z, spec, at / z.W / z.H, {at / z.W % z.H, at % z.W});
      }
    }
    return x_grad;
  };
  return grad.dtype() == DType::float32 ? run(float{}) : run(double{});
}

Tensor raw::conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec) {
  const Sizes z = sizes_of(grad, x.sizes(), w_sizes, spec);
  const Tensor upstream = raw::contiguous(grad), images = raw::contiguous(x),
               w_grad = empty(w_sizes, checked(grad.dtype()));
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t k = 0; k < w_grad.numel(); ++k) {
      const std::int64_t q = k % z.Kw, p = k / z.Kw % z.Kh, c = k / z.Kw / z.Kh % z.C, o = k / z.Kw / z.Kh / z.C;
      T total(0);
      for (std::int64_t n = 0; n < z.N; ++n) {
        total += tap_gradient(upstream.data<T>() + (n * z.O + o) * z.Ho * z.Wo,
                              images.data<T>() + (n * z.C + c) * z.H * z.W, z, spec, p, q);
      }
      w_grad.data<T>()[k] = total;
    }
    return w_grad;
  };
  return grad.dtype() == DType::float32 ? run(float{}) : run(double{});
}

Tensor raw::max_pool2d_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes) {
  const bool fits = grad.dim() == 4 && x_sizes.size() == 4 && grad.sizes() == index.sizes();
  if (!fits || grad.size(0) != x_sizes[0] || grad.size(1) != x_sizes[1]) throw ShapeError("[max_pool2d_grad] sizes");
  const Tensor x_grad = zeros(x_sizes, checked(grad.dtype())), winners = raw::contiguous(index);
  if (grad.dtype() == DType::float32) {
    spread<float>(raw::contiguous(grad), winners, x_grad);
  } else {
    spread<double>(raw::contiguous(grad), winners, x_grad);
  }
  return x_grad;
}

}  // namespace tinytorch
