// Lab 03, part A: convolution by its formula and as a product of matrices, and the cost of each.
// x (N, C, H, W), w (O, C, Kh, Kw), b (O) or undefined -> y (N, O, Ho, Wo).

#include "tinytorch/nn/conv.hpp"

#include "src/course/holes.hpp"
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
  // BEGIN 3.1: a kernel with gaps reaches over dilation * (kernel - 1) + 1 pixels
  TINYTORCH_TODO("3.1");
  // END 3.1
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
  // BEGIN 3.2: seven loops; a tap that falls outside the image is skipped, as if a zero were there
  TINYTORCH_TODO("3.2");
  // END 3.2
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

// Fills `columns` (C * Kh * Kw, Ho * Wo) from an image (C, H, W) of any strides; out is (Ho, Wo).
template <class T>
void im2col_loop(const Tensor& image, Pair kernel, const ConvSpec& s, Pair out, T* columns) {
  // BEGIN 3.3: every entry is written: a pixel, or zero where the tap lies outside
  TINYTORCH_TODO("3.3");
  // END 3.3
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
  // BEGIN 3.4: y[n] starts as the bias and the product is added to it
  TINYTORCH_TODO("3.4");
  // END 3.4
}

// Operations and bytes of a convolution with bias; x and w are shapes.
//   x (1,1,3,3), w (1,1,2,2) -> {5 parameters, 36 operations, 56 bytes read, 16 written}
nn::Cost nn::conv2d_cost(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  // BEGIN 3.6: every output needs C * Kh * Kw multiply-adds
  TINYTORCH_TODO("3.6");
  // END 3.6
}

// Bytes of the column matrices of all N images.
//   x (1,3,32,32), w (1,3,5,5), padding 2 -> 307200
std::int64_t nn::im2col_bytes(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype) {
  // BEGIN 3.6: a column per output pixel, a row per tap
  TINYTORCH_TODO("3.6");
  // END 3.6
}

// pointwise where it applies; otherwise im2col or direct, whichever your benchmark shows to be faster, but never im2col
// when the columns of one float32 image exceed `workspace_limit` bytes.
nn::ConvAlgo nn::choose_conv(const Shape& x, const Shape& w, const ConvSpec& spec, std::int64_t workspace_limit) {
  // BEGIN 3.7: memory first, then speed
  TINYTORCH_TODO("3.7");
  // END 3.7
}

}  // namespace tinytorch
