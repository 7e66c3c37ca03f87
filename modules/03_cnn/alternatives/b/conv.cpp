// Another right answer to part A: each window is copied once and multiplied by every kernel; columns are copied in
// runs; the bias is added after the product.

#include "tinytorch/nn/conv.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <vector>

namespace tinytorch {

std::int64_t nn::conv_output_size(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                  std::int64_t dilation) {
  if (std::min({kernel, stride, dilation}) < 1 || padding < 0) throw ValueError("[conv_output_size] out of range");
  const std::int64_t padded = in + padding + padding, reach = (kernel - 1) * dilation + 1;
  if (reach > padded) throw ShapeError("[conv_output_size] " + to_string(Shape{in, kernel}));
  return (padded - reach + stride) / stride;
}

namespace {

Pair out_of(Dims image, Pair kernel, const ConvSpec& s) {
  return {nn::conv_output_size(image[0], kernel.h, s.stride.h, s.padding.h, s.dilation.h),
          nn::conv_output_size(image[1], kernel.w, s.stride.w, s.padding.w, s.dilation.w)};
}

Shape shape_of_y(const Shape& x, const Shape& w, const ConvSpec& s) {
  if (x.size() != 4 || w.size() != 4) throw ShapeError("[conv2d] not four dimensions");
  if (x[1] != w[1]) throw ShapeError("[conv2d] channels differ");
  const Pair out = out_of(Shape{x[2], x[3]}, {w[2], w[3]}, s);
  return {x[0], w[0], out.h, out.w};
}

// What output (i, j) sees of an image, in the order of w; zeros outside.
template <class T>
void gather(const T* image, const Shape& x, const Shape& w, const ConvSpec& s, Pair at, std::vector<T>& window) {
  std::size_t next = 0;
  for (std::int64_t c = 0; c < w[1]; ++c) {
    for (std::int64_t p = 0; p < w[2]; ++p) {
      for (std::int64_t q = 0; q < w[3]; ++q, ++next) {
        const std::int64_t row = at.h * s.stride.h + p * s.dilation.h - s.padding.h;
        const std::int64_t column = at.w * s.stride.w + q * s.dilation.w - s.padding.w;
        window[next] = T(0);
        if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) continue;
        window[next] = image[(c * x[2] + row) * x[3] + column];
      }
    }
  }
}

template <class T>
void by_windows(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& s, const Tensor& y) {
  const std::int64_t taps = w.size(1) * w.size(2) * w.size(3), Ho = y.size(2), Wo = y.size(3), O = y.size(1);
  std::vector<T> window(static_cast<std::size_t>(taps));
  for (std::int64_t place = 0; place < y.size(0) * Ho * Wo; ++place) {
    const std::int64_t n = place / (Ho * Wo), pixel = place % (Ho * Wo);
    gather(x.data<T>() + n * x.size(1) * x.size(2) * x.size(3), x.sizes(), w.sizes(), s, {pixel / Wo, pixel % Wo},
           window);
    for (std::int64_t o = 0; o < O; ++o) {
      T total(0);
      for (std::int64_t k = 0; k < taps; ++k) total += w.data<T>()[o * taps + k] * window[static_cast<std::size_t>(k)];
      if (b.defined()) total += b.data<T>()[o * b.stride(0)];
      y.data<T>()[(n * O + o) * Ho * Wo + pixel] = total;
    }
  }
}

// One line of an image under one tap: the pixels that the tap meets, with zeros around them.
template <class T>
void copy_run(const T* line, std::int64_t right, std::int64_t width, std::int64_t start, std::int64_t stride,
              std::int64_t count, T* to) {
  if (stride == 1 && right == 1) {
    const std::int64_t first = std::clamp<std::int64_t>(-start, 0, count);
    const std::int64_t last = std::clamp<std::int64_t>(width - start, first, count);
    std::fill(to, to + first, T(0));
    if (last > first) std::copy(line + start + first, line + start + last, to + first);
    std::fill(to + last, to + count, T(0));
    return;
  }
  for (std::int64_t j = 0; j < count; ++j) {
    const std::int64_t column = start + j * stride;
    to[j] = T(0);
    if (column >= 0 && column < width) to[j] = line[column * right];
  }
}

template <class T>
void fill_columns(const Tensor& image, Pair kernel, const ConvSpec& s, Pair out, T* to) {
  for (std::int64_t c = 0; c < image.size(0); ++c) {
    for (std::int64_t tap = 0; tap < kernel.h * kernel.w; ++tap) {
      for (std::int64_t i = 0; i < out.h; ++i, to += out.w) {
        const std::int64_t row = i * s.stride.h + tap / kernel.w * s.dilation.h - s.padding.h;
        if (row < 0 || row >= image.size(1)) {
          std::fill(to, to + out.w, T(0));
          continue;
        }
        copy_run(image.data<T>() + c * image.stride(0) + row * image.stride(1), image.stride(2), image.size(2),
                 tap % kernel.w * s.dilation.w - s.padding.w, s.stride.w, out.w, to);
      }
    }
  }
}

template <class T>
void add_bias(const Tensor& y, const Tensor& b) {
  const std::int64_t pixels = y.size(2) * y.size(3);
  for (std::int64_t k = 0; k < y.numel(); ++k) y.data<T>()[k] += b.data<T>()[k / pixels % y.size(1) * b.stride(0)];
}

}  // namespace

Tensor raw::conv2d_direct(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  const Tensor y = empty(shape_of_y(x.sizes(), w.sizes(), spec), x.dtype());
  if (b.defined() && b.sizes() != Shape{w.size(0)}) throw ShapeError("[conv2d] bias");
  if (x.dtype() == DType::float32) {
    by_windows<float>(raw::contiguous(x), raw::contiguous(w), b, spec, y);
  } else if (x.dtype() == DType::float64) {
    by_windows<double>(raw::contiguous(x), raw::contiguous(w), b, spec, y);
  } else if (x.dtype() == DType::traced) {
    by_windows<Traced>(raw::contiguous(x), raw::contiguous(w), b, spec, y);
  } else {
    throw DTypeError("[conv2d] no loop");
  }
  return y;
}

void raw::im2col(const Tensor& image, Pair kernel, const ConvSpec& spec, Tensor& columns) {
  if (image.dim() != 3) throw ShapeError("[im2col] not an image");
  const Pair out = out_of(Shape{image.size(1), image.size(2)}, kernel, spec);
  const Shape wanted{image.size(0) * kernel.h * kernel.w, out.h * out.w};
  if (columns.sizes() != wanted || !columns.is_contiguous()) throw ShapeError("[im2col] columns");
  if (image.dtype() == DType::float32) {
    fill_columns(image, kernel, spec, out, columns.data<float>());
  } else if (image.dtype() == DType::float64) {
    fill_columns(image, kernel, spec, out, columns.data<double>());
  } else if (image.dtype() == DType::traced) {
    fill_columns(image, kernel, spec, out, columns.data<Traced>());
  } else {
    throw DTypeError("[im2col] no loop");
  }
}

Tensor raw::conv2d_gemm(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  const Tensor y = empty(shape_of_y(x.sizes(), w.sizes(), spec), x.dtype());
  if (b.defined() && b.sizes() != Shape{w.size(0)}) throw ShapeError("[conv2d] bias");
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64) throw DTypeError("[conv2d] no product");
  const std::int64_t taps = w.size(1) * w.size(2) * w.size(3), pixels = y.size(2) * y.size(3), O = w.size(0);
  const Tensor kernels = raw::reshape(w, {O, taps});
  const bool itself = nn::choose_conv(x.sizes(), w.sizes(), spec, 0) == nn::ConvAlgo::pointwise;
  Tensor columns = itself ? Tensor() : empty({taps, pixels}, x.dtype());
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    const Tensor image = as_strided(x, {x.size(1), x.size(2), x.size(3)}, {x.stride(1), x.stride(2), x.stride(3)},
                                    x.storage_offset() + n * x.stride(0));
    if (itself) columns = raw::reshape(image, {taps, pixels});
    if (!itself) im2col(image, {w.size(2), w.size(3)}, spec, columns);
    kernels::gemm(kernels, columns, as_strided(y, {O, pixels}, {pixels, 1}, n * O * pixels));
  }
  if (b.defined()) x.dtype() == DType::float32 ? add_bias<float>(y, b) : add_bias<double>(y, b);
  return y;
}

nn::Cost nn::conv2d_cost(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  const std::int64_t item = item_size(dtype), weights = w[0] * w[1] * w[2] * w[3];
  const Shape y = shape_of_y(x, w, spec);
  const std::int64_t images_and_places = y[0] * y[2] * y[3];
  return {weights + w[0], images_and_places * (2 * weights + w[0]), item * (numel(x) + weights + w[0]),
          item * images_and_places * w[0]};
}

std::int64_t nn::im2col_bytes(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  const Shape y = shape_of_y(x, w, spec);
  return numel(Shape{x[0], w[1], w[2], w[3], y[2], y[3]}) * item_size(dtype);
}

nn::ConvAlgo nn::choose_conv(const Shape& x, const Shape& w, const ConvSpec& spec, std::int64_t workspace_limit) {
  const bool moves = !(spec.stride == Pair{1, 1}) || !(spec.padding == Pair{0, 0});
  if (w[2] * w[3] == 1 && !moves) return ConvAlgo::pointwise;
  const Shape one{1, x[1], x[2], x[3]};
  return im2col_bytes(one, w, spec) > workspace_limit ? ConvAlgo::direct : ConvAlgo::im2col;
}

}  // namespace tinytorch
