// The library's convolution: no matrix of columns, as lab 03's solution makes for each image, but vectors that read the
// image itself. What it bought: `build/release/bin/bench_nn` shows both side by side on your machine.

#include "src/nn/conv/conv_kernels.hpp"

#include "src/core/gemm/gemm_vector.hpp"
#include "src/nn/conv/direct_conv.hpp"
#include "tinytorch/core/creation.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

#include <optional>
#include <vector>

namespace tinytorch {
namespace {

bool library_multiplies() {
  const auto table = kernels::gemm_table();
  return !table.empty() && table.front().run == kernels::gemm_vector;
}

/// The sizes of a convolution of float32 images, if the kernels are made for it.
std::optional<conv::Sizes> sizes_for_kernels(const Shape& x, const Shape& w, const ConvSpec& spec) {
  if (x.size() != 4 || w.size() != 4 || x[1] != w[1] || !library_multiplies()) return std::nullopt;
  const Pair out{nn::conv_output_size(x[2], w[2], spec.stride.h, spec.padding.h, spec.dilation.h),
                 nn::conv_output_size(x[3], w[3], spec.stride.w, spec.padding.w, spec.dilation.w)};
  const conv::Sizes sizes{x[0], x[1], w[0], {x[2], x[3]}, {w[2], w[3]}, out, spec};
  if (!conv::fits(sizes)) return std::nullopt;
  return sizes;
}

bool all_float32(const Tensor& a, const Tensor& b) {
  return a.dtype() == DType::float32 && b.dtype() == DType::float32;
}

/// w (O, C, Kh, Kw) -> (C, O, Kh, Kw) with each kernel turned by half a turn.
Tensor turned(const Tensor& w) {
  const std::int64_t kernels = w.size(0), channels = w.size(1), taps = w.size(2) * w.size(3);
  const Tensor from = raw::contiguous(w), to = empty({channels, kernels, w.size(2), w.size(3)});
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t o = 0; o < kernels; ++o) {
      const float* kernel = from.data<float>() + (o * channels + c) * taps;
      std::reverse_copy(kernel, kernel + taps, to.data<float>() + (c * kernels + o) * taps);
    }
  return to;
}

}  // namespace

Tensor conv_kernels::forward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec) {
  if (!all_float32(x, w) || (b.defined() && (b.dtype() != DType::float32 || b.sizes() != Shape{w.size(0)}))) return {};
  const bool pointwise = spec.stride == Pair{1, 1} && spec.padding == Pair{0, 0};
  if (w.dim() == 4 && w.size(2) == 1 && w.size(3) == 1 && pointwise) return {};  // the image is its columns
  const auto sizes = sizes_for_kernels(x.sizes(), w.sizes(), spec);
  if (!sizes) return {};
  const Tensor images = raw::contiguous(x), kernels = raw::contiguous(w), bias = b.defined() ? raw::contiguous(b) : b;
  const Tensor y = empty({sizes->n, sizes->kernels, sizes->out.h, sizes->out.w});
  const Tensor workspace = empty({conv::canvas_numbers(*sizes)});
  conv::convolve(*sizes, images.data<float>(), kernels.data<float>(), b.defined() ? bias.data<float>() : nullptr,
                 y.data<float>(), workspace.data<float>());
  return y;
}

// With a stride of 1 it is a convolution of the gradient with the turned kernels, padded so that the sizes are those of
// x. The products with that padding are in no sum of the formula, so the weights must be finite.
Tensor conv_kernels::grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec) {
  if (!all_float32(grad, w) || grad.dim() != 4 || spec.stride != Pair{1, 1}) return {};
  const auto sizes = sizes_for_kernels(x_sizes, w.sizes(), spec);
  if (!sizes || grad.sizes() != Shape{sizes->n, sizes->kernels, sizes->out.h, sizes->out.w}) return {};
  const Tensor kernels = turned(w);
  if (!conv::all_finite(kernels.data<float>(), kernels.numel())) return {};
  const ConvSpec back{
      {1, 1},
      {spec.dilation.h * (w.size(2) - 1) - spec.padding.h, spec.dilation.w * (w.size(3) - 1) - spec.padding.w},
      spec.dilation};
  if (back.padding.h < 0 || back.padding.w < 0) return {};
  return forward(grad, kernels, Tensor(), back);
}

// The gradients are padded with zeros to whole vectors, which meet pixels of other outputs: so these must be finite.
Tensor conv_kernels::grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec) {
  if (!all_float32(grad, x)) return {};
  const auto sizes = sizes_for_kernels(x.sizes(), w_sizes, spec);
  if (!sizes || grad.sizes() != Shape{sizes->n, sizes->kernels, sizes->out.h, sizes->out.w}) return {};
  const Tensor images = raw::contiguous(x), upstream = raw::contiguous(grad);
  if (!conv::all_finite(images.data<float>(), images.numel())) return {};
  std::vector<double> sums(static_cast<std::size_t>(numel(w_sizes)));
  const Tensor workspace = empty({conv::gradient_numbers(*sizes)});
  conv::add_weight_gradient(*sizes, images.data<float>(), upstream.data<float>(), sums.data(), workspace.data<float>());
  const Tensor w_grad = empty(w_sizes);
  std::copy(sums.begin(), sums.end(), w_grad.data<float>());
  return w_grad;
}

}  // namespace tinytorch
