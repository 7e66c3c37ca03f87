// Another right answer to part A: the kernel's loops outermost, so that y is a sum of shifted images; columns entry by
// entry; the product by dot products of rows of w with columns that are stored as rows.

#include "tinytorch/nn/conv.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/raw.hpp"

namespace tinytorch {

std::int64_t nn::conv_output_size(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                  std::int64_t dilation) {
  if (kernel <= 0 || stride <= 0 || dilation <= 0) throw ValueError("[conv_output_size] sizes below 1");
  if (padding < 0) throw ValueError("[conv_output_size] a negative padding");
  const std::int64_t last = in + padding - 1, reach = dilation * (kernel - 1);
  if (-padding + reach > last) throw ShapeError("[conv_output_size] the kernel doesn't fit");
  return (last - reach + padding) / stride + 1;
}

namespace {

struct Sizes {
  std::int64_t N, C, H, W, O, Kh, Kw, Ho, Wo;
};

Sizes sizes_of(const Shape& x, const Shape& w, const ConvSpec& s) {
  if (x.size() != 4 || w.size() != 4 || x[1] != w[1]) throw ShapeError("[conv2d] " + to_string(x) + to_string(w));
  return {x[0],
          x[1],
          x[2],
          x[3],
          w[0],
          w[2],
          w[3],
          nn::conv_output_size(x[2], w[2], s.stride.h, s.padding.h, s.dilation.h),
          nn::conv_output_size(x[3], w[3], s.stride.w, s.padding.w, s.dilation.w)};
}

void check_bias(const Tensor& b, std::int64_t kernels) {
  if (b.defined() && b.sizes() != Shape{kernels}) throw ShapeError("[conv2d] bias " + to_string(b.sizes()));
}

template <class T>
void start_with_bias(const Tensor& y, const Tensor& b) {
  const std::int64_t pixels = y.size(2) * y.size(3);
  for (std::int64_t row = 0; row < y.size(0) * y.size(1); ++row) {
    const T value = b.defined() ? b.data<T>()[row % y.size(1) * b.stride(0)] : T(0);
    for (std::int64_t i = 0; i < pixels; ++i) y.data<T>()[row * pixels + i] = value;
  }
}

// y += weight * (the image, moved by one tap).
template <class T>
void add_shifted(const T* image, std::int64_t right, const T& weight, const Sizes& z, const ConvSpec& s,
                 std::int64_t up, std::int64_t left, T* y) {
  for (std::int64_t i = 0; i < z.Ho; ++i) {
    const std::int64_t row = i * s.stride.h + up;
    if (row < 0 || row >= z.H) continue;
    for (std::int64_t j = 0; j < z.Wo; ++j) {
      const std::int64_t column = j * s.stride.w + left;
      if (column >= 0 && column < z.W) y[i * z.Wo + j] += weight * image[row * z.W + column * right];
    }
  }
}

template <class T>
void sum_of_shifts(const Tensor& x, const Tensor& w, const Sizes& z, const ConvSpec& s, const Tensor& y) {
  for (std::int64_t p = 0; p < z.Kh; ++p) {
    for (std::int64_t q = 0; q < z.Kw; ++q) {
      for (std::int64_t n = 0; n < z.N; ++n) {
        for (std::int64_t o = 0; o < z.O; ++o) {
          for (std::int64_t c = 0; c < z.C; ++c) {
            const T weight = w.data<T>()[((o * z.C + c) * z.Kh + p) * z.Kw + q];
            add_shifted<T>(x.data<T>() + (n * z.C + c) * z.H * z.W, 1, weight, z, s, p * s.dilation.h - s.padding.h,
                           q * s.dilation.w - s.padding.w, y.data<T>() + (n * z.O + o) * z.Ho * z.Wo);
          }
        }
      }
    }
  }
}

template <class T>
void entry_by_entry(const Tensor& image, Pair kernel, const ConvSpec& s, Pair out, T* entry) {
  for (std::int64_t row = 0; row < image.size(0) * kernel.h * kernel.w; ++row) {
    const std::int64_t q = row % kernel.w, p = row / kernel.w % kernel.h, c = row / kernel.w / kernel.h;
    for (std::int64_t place = 0; place < out.h * out.w; ++place) {
      const std::int64_t i = place / out.w * s.stride.h - s.padding.h + p * s.dilation.h;
      const std::int64_t j = place % out.w * s.stride.w - s.padding.w + q * s.dilation.w;
      const bool inside = i >= 0 && i < image.size(1) && j >= 0 && j < image.size(2);
      if (inside) {
        *entry++ = image.data<T>()[c * image.stride(0) + i * image.stride(1) + j * image.stride(2)];
      } else {
        *entry++ = T(0);
      }
    }
  }
}

}  // namespace

Tensor raw::conv2d_direct(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  const Sizes z = sizes_of(x.sizes(), w.sizes(), spec);
  check_bias(b, z.O);
  const Tensor y = empty({z.N, z.O, z.Ho, z.Wo}, x.dtype()), images = raw::contiguous(x), kernels = raw::contiguous(w);
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    start_with_bias<T>(y, b);
    sum_of_shifts<T>(images, kernels, z, spec, y);
    return y;
  };
  if (x.dtype() == DType::float32) return run(float{});
  if (x.dtype() == DType::float64) return run(double{});
  if (x.dtype() == DType::traced) return run(Traced{});
  throw DTypeError("[conv2d] no loop");
}

void raw::im2col(const Tensor& image, Pair kernel, const ConvSpec& spec, Tensor& columns) {
  if (image.dim() != 3) throw ShapeError("[im2col] not an image");
  const Pair out{nn::conv_output_size(image.size(1), kernel.h, spec.stride.h, spec.padding.h, spec.dilation.h),
                 nn::conv_output_size(image.size(2), kernel.w, spec.stride.w, spec.padding.w, spec.dilation.w)};
  if (!columns.is_contiguous() || columns.sizes() != Shape{image.size(0) * kernel.h * kernel.w, out.h * out.w}) {
    throw ShapeError("[im2col] columns " + to_string(columns.sizes()));
  }
  if (image.dtype() == DType::float32) return entry_by_entry(image, kernel, spec, out, columns.data<float>());
  if (image.dtype() == DType::float64) return entry_by_entry(image, kernel, spec, out, columns.data<double>());
  if (image.dtype() == DType::traced) return entry_by_entry(image, kernel, spec, out, columns.data<Traced>());
  throw DTypeError("[im2col] no loop");
}

Tensor raw::conv2d_gemm(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  const Sizes z = sizes_of(x.sizes(), w.sizes(), spec);
  check_bias(b, z.O);
  const Tensor y = empty({z.N, z.O, z.Ho, z.Wo}, x.dtype());
  if (x.dtype() == DType::float32) {
    start_with_bias<float>(y, b);
  } else if (x.dtype() == DType::float64) {
    start_with_bias<double>(y, b);
  } else {
    throw DTypeError("[conv2d] no product");
  }
  const std::int64_t rows = z.C * z.Kh * z.Kw, places = z.Ho * z.Wo;
  const Tensor kernels = raw::reshape(w, {z.O, rows});
  const bool copies = z.Kh * z.Kw > 1 || !(spec.stride == Pair{1, 1}) || !(spec.padding == Pair{0, 0});
  Tensor workspace;
  if (copies) workspace = empty({rows, places}, x.dtype());
  for (std::int64_t n = 0; n < z.N; ++n) {
    const Tensor image =
        as_strided(x, {z.C, z.H, z.W}, {x.stride(1), x.stride(2), x.stride(3)}, x.storage_offset() + n * x.stride(0));
    if (copies) im2col(image, {z.Kh, z.Kw}, spec, workspace);
    const Tensor columns = copies ? workspace : raw::reshape(image, {rows, places});
    kernels::gemm(kernels, columns, as_strided(y, {z.O, places}, {places, 1}, n * z.O * places), 1.0);
  }
  return y;
}

nn::Cost nn::conv2d_cost(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  const Sizes z = sizes_of(x, w, spec);
  Cost cost;
  cost.params = z.O * (z.C * z.Kh * z.Kw + 1);
  cost.flops = z.N * z.O * z.Ho * z.Wo * (2 * z.C * z.Kh * z.Kw + 1);
  cost.bytes_read = (cost.params + z.N * z.C * z.H * z.W) * item_size(dtype);
  cost.bytes_written = z.N * z.O * z.Ho * z.Wo * item_size(dtype);
  return cost;
}

std::int64_t nn::im2col_bytes(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  const Sizes z = sizes_of(x, w, spec);
  return z.N * z.C * z.Kh * z.Kw * z.Ho * z.Wo * item_size(dtype);
}

// Another decision than the solution's: columns only where enough kernels use them to repay the copy.
nn::ConvAlgo nn::choose_conv(const Shape& x, const Shape& w, const ConvSpec& spec, std::int64_t workspace_limit) {
  const Sizes z = sizes_of(x, w, spec);
  if (z.Kh * z.Kw == 1 && spec.stride == Pair{1, 1} && spec.padding == Pair{0, 0}) return ConvAlgo::pointwise;
  if (z.N == 0 || im2col_bytes(x, w, spec) / z.N > workspace_limit) return ConvAlgo::direct;
  return z.O >= 4 ? ConvAlgo::im2col : ConvAlgo::direct;
}

}  // namespace tinytorch
