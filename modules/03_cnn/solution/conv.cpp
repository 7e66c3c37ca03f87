// Lab 03, part A: convolution by its formula and as a product of matrices, and the cost of each.
// x (N, C, H, W), w (O, C, Kh, Kw), b (O) or undefined -> y (N, O, Ho, Wo).

#include "tinytorch/nn/conv.hpp"

#include "src/course/traced.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/raw.hpp"

#include <cstdint>
#include <string>

namespace tinytorch {

// floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.
//   28, 5, 1, 2, 1 -> 28     5, 3, 2, 0, 1 -> 2
std::int64_t nn::conv_output_size(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                  std::int64_t dilation) {
  // BEGIN SOLUTION 3.1: a kernel with gaps reaches over dilation * (kernel - 1) + 1 pixels
  if (kernel < 1 || stride < 1 || dilation < 1 || padding < 0) {
    throw ValueError("[conv_output_size] kernel " + std::to_string(kernel) + ", stride " + std::to_string(stride) +
                     ", padding " + std::to_string(padding) + ", dilation " + std::to_string(dilation));
  }
  const std::int64_t room = in + 2 * padding - (dilation * (kernel - 1) + 1);
  if (room < 0) {
    throw ShapeError("[conv_output_size] a kernel of " + std::to_string(kernel) + " with dilation " +
                     std::to_string(dilation) + " doesn't fit into " + std::to_string(in) + " with padding " +
                     std::to_string(padding));
  }
  return room / stride + 1;
  // END SOLUTION
}

namespace {

// (Ho, Wo) for images of height and width `image`.
Pair output_pair(Pair image, Pair kernel, const ConvSpec& s) {
  return {nn::conv_output_size(image.h, kernel.h, s.stride.h, s.padding.h, s.dilation.h),
          nn::conv_output_size(image.w, kernel.w, s.stride.w, s.padding.w, s.dilation.w)};
}

// The shape of y. Throws ShapeError when x, w and b don't fit each other.
Shape output_shape(const Shape& x, const Shape& w, const ConvSpec& s) {
  if (x.size() != 4 || w.size() != 4 || x[1] != w[1]) {
    throw ShapeError("[conv2d] images " + to_string(x) + " don't fit kernels " + to_string(w));
  }
  const Pair out = output_pair({x[2], x[3]}, {w[2], w[3]}, s);
  return {x[0], w[0], out.h, out.w};
}

void check_bias(const Tensor& b, const Shape& w) {
  if (b.defined() && b.sizes() != Shape{w[0]}) {
    throw ShapeError("[conv2d] bias " + to_string(b.sizes()) + " doesn't fit kernels " + to_string(w));
  }
}

// Writes y by the formula. x, w and y are row-major.
template <class T>
void direct_loop(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& s, const Tensor& y) {
  // BEGIN SOLUTION 3.2: seven loops; a tap that falls outside the image is skipped, as if a zero were there
  const std::int64_t C = x.size(1), H = x.size(2), W = x.size(3), Kh = w.size(2), Kw = w.size(3);
  const std::int64_t N = y.size(0), O = y.size(1), Ho = y.size(2), Wo = y.size(3);
  T* out = y.data<T>();
  for (std::int64_t n = 0; n < N; ++n) {
    for (std::int64_t o = 0; o < O; ++o) {
      const T* kernels = w.data<T>() + o * C * Kh * Kw;
      for (std::int64_t i = 0; i < Ho; ++i) {
        for (std::int64_t j = 0; j < Wo; ++j) {
          T total = b.defined() ? b.data<T>()[o * b.stride(0)] : T(0);
          for (std::int64_t c = 0; c < C; ++c) {
            const T* plane = x.data<T>() + (n * C + c) * H * W;
            for (std::int64_t p = 0; p < Kh; ++p) {
              const std::int64_t row = i * s.stride.h - s.padding.h + p * s.dilation.h;
              if (row < 0 || row >= H) continue;
              for (std::int64_t q = 0; q < Kw; ++q) {
                const std::int64_t column = j * s.stride.w - s.padding.w + q * s.dilation.w;
                if (column < 0 || column >= W) continue;
                total += kernels[(c * Kh + p) * Kw + q] * plane[row * W + column];
              }
            }
          }
          *out++ = total;
        }
      }
    }
  }
  // END SOLUTION
}

}  // namespace

// y[n,o,i,j] = b[o] + sum of w[o,c,p,q] * x[n, c, i s - pad + p d, j s - pad + q d], zeros outside the image.
//   x of ones (1,1,3,3), w of ones (1,1,2,2) -> fours (1,1,2,2)
Tensor raw::conv2d_direct(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  const Tensor y = empty(output_shape(x.sizes(), w.sizes(), spec), x.dtype());
  check_bias(b, w.sizes());
  switch (x.dtype()) {
    case DType::float32:
      direct_loop<float>(raw::contiguous(x), raw::contiguous(w), b, spec, y);
      break;
    case DType::float64:
      direct_loop<double>(raw::contiguous(x), raw::contiguous(w), b, spec, y);
      break;
    case DType::traced:
      direct_loop<Traced>(raw::contiguous(x), raw::contiguous(w), b, spec, y);
      break;
    default:
      throw DTypeError(std::string("[conv2d] no loop for ") + to_string(x.dtype()));
  }
  return y;
}

namespace {

// BEGIN HELPER 3.3
// The outputs j = first..last-1 are those in 0..count-1 whose tap j * stride + offset is inside 0..size-1.
struct Run {
  std::int64_t first, last;
};
Run run_inside(std::int64_t offset, std::int64_t stride, std::int64_t size, std::int64_t count) {
  const std::int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const std::int64_t last = size <= offset ? 0 : (size - offset + stride - 1) / stride;
  return {first < count ? first : count, last < count ? last : count};
}
// END HELPER

// Fills `columns` (C * Kh * Kw, Ho * Wo) from an image (C, H, W) of any strides; out is (Ho, Wo).
template <class T>
void im2col_loop(const Tensor& image, Pair kernel, const ConvSpec& s, Pair out, T* columns) {
  // BEGIN SOLUTION 3.3: every entry is written: a pixel, or zero where the tap lies outside
  const std::int64_t C = image.size(0), H = image.size(1), W = image.size(2);
  const std::int64_t down = image.stride(1), right = image.stride(2);
  for (std::int64_t c = 0; c < C; ++c) {
    const T* plane = image.data<T>() + c * image.stride(0);
    for (std::int64_t p = 0; p < kernel.h; ++p) {
      for (std::int64_t q = 0; q < kernel.w; ++q) {
        const std::int64_t left = q * s.dilation.w - s.padding.w;
        const Run run = run_inside(left, s.stride.w, W, out.w);
        T* to = columns + ((c * kernel.h + p) * kernel.w + q) * out.h * out.w;
        // Zeros, a run of pixels, zeros: no test for each pixel.
        for (std::int64_t i = 0; i < out.h; ++i, to += out.w) {
          const std::int64_t row = i * s.stride.h - s.padding.h + p * s.dilation.h;
          const bool inside = row >= 0 && row < H;
          const std::int64_t first = inside ? run.first : out.w, last = inside ? run.last : out.w;
          for (std::int64_t j = 0; j < first; ++j) to[j] = T(0);
          const T* from = plane + row * down + left * right;
          for (std::int64_t j = first; j < last; ++j) to[j] = from[j * s.stride.w * right];
          for (std::int64_t j = last; j < out.w; ++j) to[j] = T(0);
        }
      }
    }
  }
  // END SOLUTION
}

}  // namespace

// The pixels under the kernel as a matrix: image (C, H, W) -> columns (C * Kh * Kw, Ho * Wo), rows in the order (c, p,
// q).
//   image ((1 2 3)), kernel 1x2 -> ((1 2), (2 3))
void raw::im2col(const Tensor& image, Pair kernel, const ConvSpec& spec, Tensor& columns) {
  if (image.dim() != 3) throw ShapeError("[im2col] not an image (C, H, W): " + to_string(image.sizes()));
  const Pair out = output_pair({image.size(1), image.size(2)}, kernel, spec);
  if (columns.sizes() != Shape{image.size(0) * kernel.h * kernel.w, out.h * out.w} || !columns.is_contiguous()) {
    throw ShapeError("[im2col] columns " + to_string(columns.sizes()) + " don't fit image " + to_string(image.sizes()));
  }
  switch (image.dtype()) {
    case DType::float32:
      return im2col_loop<float>(image, kernel, spec, out, columns.data<float>());
    case DType::float64:
      return im2col_loop<double>(image, kernel, spec, out, columns.data<double>());
    case DType::traced:
      return im2col_loop<Traced>(image, kernel, spec, out, columns.data<Traced>());
    default:
      throw DTypeError(std::string("[im2col] no loop for ") + to_string(image.dtype()));
  }
}

namespace {

// BEGIN HELPER 3.4
// Whether the kernel covers one pixel at a time: then the image is its own column matrix.
bool is_pointwise(const Shape& w, const ConvSpec& s) {
  return w[2] == 1 && w[3] == 1 && s.stride == Pair{1, 1} && s.padding == Pair{0, 0};
}
// END HELPER

// Image n of x (N, C, H, W): a view (C, H, W).
Tensor image_of(const Tensor& x, std::int64_t n) {
  return as_strided(x, {x.size(1), x.size(2), x.size(3)}, {x.stride(1), x.stride(2), x.stride(3)},
                    x.storage_offset() + n * x.stride(0));
}

// The same as a matrix (C, H * W); x is row-major.
Tensor matrix_of(const Tensor& x, std::int64_t n) {
  const std::int64_t pixels = x.size(2) * x.size(3);
  return as_strided(x, {x.size(1), pixels}, {pixels, 1}, x.storage_offset() + n * x.size(1) * pixels);
}

template <class T>
void fill_rows(const Tensor& y_n, const Tensor& b) {
  T* to = y_n.data<T>();
  for (std::int64_t o = 0; o < y_n.size(0); ++o) {
    const T value = b.defined() ? b.data<T>()[o * b.stride(0)] : T(0);
    for (std::int64_t end = y_n.size(1); end > 0; --end) *to++ = value;
  }
}

// Writes b[o], or 0 without a bias, into row o of y_n (O, Ho * Wo), which is row-major.
void fill_with_bias(const Tensor& y_n, const Tensor& b) {
  y_n.dtype() == DType::float64 ? fill_rows<double>(y_n, b) : fill_rows<float>(y_n, b);
}

}  // namespace

// As conv2d_direct, by one product of matrices per image: (O, C Kh Kw) x (C Kh Kw, Ho Wo), written directly into y[n].
// Besides y it needs memory for the columns of one image, and none for a pointwise kernel (1x1, stride 1, no padding).
// kernels::gemm(a, b, c, beta) computes c = beta c + a b, for float32 and float64.
Tensor raw::conv2d_gemm(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  const Tensor y = empty(output_shape(x.sizes(), w.sizes(), spec), x.dtype());
  check_bias(b, w.sizes());
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64) {
    throw DTypeError(std::string("[conv2d] no product for ") + to_string(x.dtype()));
  }
  // BEGIN SOLUTION 3.4: y[n] starts as the bias and the product is added to it
  const std::int64_t taps = w.size(1) * w.size(2) * w.size(3), pixels = y.size(2) * y.size(3);
  const bool pointwise = is_pointwise(w.sizes(), spec);
  const Tensor images = pointwise ? raw::contiguous(x) : x;
  const Tensor kernels = raw::reshape(w, {w.size(0), taps});
  Tensor columns = pointwise ? Tensor() : empty({taps, pixels}, x.dtype());
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    if (pointwise) {
      columns = matrix_of(images, n);
    } else {
      im2col(image_of(images, n), {w.size(2), w.size(3)}, spec, columns);
    }
    const Tensor y_n = matrix_of(y, n);
    fill_with_bias(y_n, b);
    kernels::gemm(kernels, columns, y_n, 1.0);
  }
  return y;
  // END SOLUTION
}

// Operations and bytes of a convolution with bias; x and w are shapes.
//   x (1,1,3,3), w (1,1,2,2) -> {5 parameters, 36 operations, 56 bytes read, 16 written}
nn::Cost nn::conv2d_cost(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  // BEGIN SOLUTION 3.6: every output needs C * Kh * Kw multiply-adds
  const std::int64_t outputs = numel(output_shape(x, w, spec)), item = item_size(dtype);
  const std::int64_t params = numel(w) + w[0];
  return {params, 2 * outputs * w[1] * w[2] * w[3] + outputs, item * (params + numel(x)), item * outputs};
  // END SOLUTION
}

// Bytes of the column matrices of all N images.
//   x (1,3,32,32), w (1,3,5,5), padding 2 -> 307200
std::int64_t nn::im2col_bytes(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  // BEGIN SOLUTION 3.6: a column per output pixel, a row per tap
  const Shape y = output_shape(x, w, spec);
  return item_size(dtype) * x[0] * (w[1] * w[2] * w[3]) * (y[2] * y[3]);
  // END SOLUTION
}

// pointwise where it applies; otherwise im2col or direct, whichever your benchmark shows to be faster, but never im2col
// when the columns of one float32 image exceed `workspace_limit` bytes.
nn::ConvAlgo nn::choose_conv(const Shape& x, const Shape& w, const ConvSpec& spec, std::int64_t workspace_limit) {
  // BEGIN SOLUTION 3.7: memory first, then speed
  // The product was faster at every size that was measured, so the direct loops are for too little memory only.
  if (is_pointwise(w, spec)) return ConvAlgo::pointwise;
  const Shape one_image{1, x[1], x[2], x[3]};
  return im2col_bytes(one_image, w, spec) <= workspace_limit ? ConvAlgo::im2col : ConvAlgo::direct;
  // END SOLUTION
}

}  // namespace tinytorch
