#pragma once

#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/op_trace.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/conv_grad.hpp"
#include "tinytorch/nn/cost.hpp"
#include "tinytorch/nn/init.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/options.hpp"
#include "tinytorch/nn/window.hpp"

#include <concepts>
#include <utility>
#include <vector>

/// Convolution. Lab 03 defines the functions of raw and the costs (unit nn/conv); the gradients are in conv_grad.hpp.
///
/// Throughout: x (N, C, H, W) images, w (O, C, Kh, Kw) kernels, b (O) or undefined, y (N, O, Ho, Wo);
///     y[n, o, i, j] = b[o] + sum over c, p, q of w[o, c, p, q] * x[n, c, i s - pad + p d, j s - pad + q d]
/// with zeros outside the image. The kernel isn't flipped (a cross-correlation), as in every framework. 0 times
/// infinity is NaN; only a product with a zero of the padding may be left out. Kernels take float32 and float64, all
/// but conv2d_gemm also traced, any strides; they throw ShapeError, DTypeError, and ValueError as conv_output_size.
namespace tinytorch {

namespace nn {

/// floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. 28, 5, 1, 2, 1 -> 28.
/// Throws ShapeError when the kernel does not fit, and ValueError when stride, dilation or kernel is below 1 or the
/// padding is negative.
std::int64_t conv_output_size(std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                              std::int64_t dilation);

/// With a bias: 2 * N * O * Ho * Wo * C * Kh * Kw operations for the products and N * O * Ho * Wo for the bias.
/// Parameters: w and b. Read once: x, w and b; written once: y. Here x and w are shapes.
Cost conv2d_cost(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype = DType::float32);
/// Bytes of the column matrices of all N images: N * C * Kh * Kw * Ho * Wo elements.
std::int64_t im2col_bytes(const Shape& x, const Shape& w, const ConvSpec& spec, DType dtype = DType::float32);

/// `pointwise`: a 1x1 kernel with stride 1 and no padding, where the image is its own column matrix.
enum class ConvAlgo : std::uint8_t { direct, im2col, pointwise };

/// How to convolve images of shape x with kernels of shape w when the workspace may take `workspace_limit` bytes.
/// Returns pointwise where it applies. Never returns im2col when the columns of one float32 image exceed the limit.
ConvAlgo choose_conv(const Shape& x, const Shape& w, const ConvSpec& spec, std::int64_t workspace_limit);

}  // namespace nn

namespace raw {

/// Convolves by loops over the formula, without a padded copy of x.
Tensor conv2d_direct(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec);

/// Writes into `columns` the pixels that the kernel covers: image (C, H, W) -> (C * Kh * Kw, Ho * Wo). Row (c, p, q),
/// column (i, j) is the pixel under tap (c, p, q) for output (i, j), or 0 in the padding. `columns` is row-major and
/// has that shape; its old values are overwritten. Reads a pixel once for each entry that it becomes.
void im2col(const Tensor& image, Pair kernel, const ConvSpec& spec, Tensor& columns);

/// As conv2d_direct, by a product of matrices per image: (O, C Kh Kw) x (C Kh Kw, Ho Wo), written directly into y[n].
/// The workspace holds the columns of one image; a pointwise kernel needs none.
Tensor conv2d_gemm(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec);

}  // namespace raw

}  // namespace tinytorch

namespace tinytorch::detail {

// By the library's kernels where they compute the stack's convolutions, else by lab 03's functions, as choose_conv
// says. A convolution is linear in x and in w. Its two gradients are linear in their own two inputs. Each of the three
// is a gradient of the other two, so these functions have derivatives of every order.
Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec);
Tensor conv2d_grad_input(const Tensor& grad, const Tensor& w, const Shape& x_sizes, const ConvSpec& spec);
Tensor conv2d_grad_weight(const Tensor& grad, const Tensor& x, const Shape& w_sizes, const ConvSpec& spec);

// conv2d without a record.
Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Tensor& b, const ConvSpec& spec);

// Tells a tracer how the kernel moves.
template <class Scope>
void note_windows(Scope& scope, const ConvSpec& spec, std::int64_t groups) {
  scope.setting("stride", {spec.stride.h, spec.stride.w});
  scope.setting("padding", {spec.padding.h, spec.padding.w});
  scope.setting("dilation", {spec.dilation.h, spec.dilation.w});
  scope.setting("groups", {groups});
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// As above, also for one image (C, H, W) -> (O, Ho, Wo). With groups, x is (N, C, H, W) and w (O, C / groups, Kh, Kw):
/// each group of O / groups kernels reads C / groups channels of its own. The gradient of x is computed only when x
/// needs one: not for the images of a first layer. Throws ShapeError, also when groups does not divide C and O, and
/// ValueError for groups below 1.
inline Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b = Tensor(), const ConvSpec& spec = {},
                     std::int64_t groups = 1) {
  if (x.dim() == 3) return squeeze(conv2d(unsqueeze(x, 0), w, b, spec, groups), 0);
  if (groups == 1) return detail::conv2d(x, w, b, spec);
  if (groups < 1) throw ValueError(detail::text({"[conv2d] groups are 1 or more, not ", groups}));
  if (x.dim() != 4 || w.dim() != 4 || x.size(1) % groups != 0 || w.size(0) % groups != 0 ||
      x.size(1) / groups != w.size(1))
    throw ShapeError(
        detail::text({"[conv2d] images ", x.sizes(), " don't fit kernels ", w.sizes(), " in ", groups, " groups"}));
  TracedOp scope("conv2d", {&x, &w, &b});
  detail::note_windows(scope, spec, groups);
  const std::int64_t in = w.size(1), out = w.size(0) / groups;
  std::vector<Tensor> parts;
  for (std::int64_t k = 0; k < groups; ++k)
    parts.push_back(detail::conv2d(slice(x, 1, k * in, (k + 1) * in), slice(w, 0, k * out, (k + 1) * out),
                                   b.defined() ? slice(b, 0, k * out, (k + 1) * out) : b, spec));
  return scope.result(cat(parts, 1));
}

/// Along one dimension: x (N, C, L), w (O, C / groups, K), b (O) or undefined -> (N, O, Lo); or x (C, L) -> (O, Lo).
inline Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor& b = Tensor(), std::int64_t stride = 1,
                     std::int64_t padding = 0, std::int64_t dilation = 1, std::int64_t groups = 1) {
  if (x.dim() == 2) return squeeze(conv1d(unsqueeze(x, 0), w, b, stride, padding, dilation, groups), 0);
  if (x.dim() != 3 || w.dim() != 3)
    throw ShapeError(detail::text({"[conv1d] x is (N, C, L) and w (O, C, K), not ", x.sizes(), " and ", w.sizes()}));
  TracedOp scope("conv1d", {&x, &w, &b});
  const ConvSpec spec{{1, stride}, {0, padding}, {1, dilation}};
  detail::note_windows(scope, spec, groups);
  return scope.result(squeeze(conv2d(unsqueeze(x, 2), unsqueeze(w, 2), b, spec, groups), 2));
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// A layer of kernels. x: (N, in, H, W) -> (N, out, Ho, Wo), or one image (in, H, W).
class Conv2d : public Module, public PointerSyntax<Conv2d> {
 public:
  /// Weights and bias are uniform in +-1 / sqrt(in / groups * kernel^2), as in libtorch. The weights are drawn first.
  /// Throws ValueError unless `groups` divides in and out.
  Conv2d(std::int64_t in, std::int64_t out, Pair kernel, Generator& generator, const ConvSpec& conv = {},
         bool with_bias = true, std::int64_t conv_groups = 1)
      : weight(detail::default_weight(sizes_of(in, out, kernel, conv_groups), generator)),
        bias(with_bias ? detail::default_bias(weight.sizes(), generator) : Tensor()),
        spec(conv),
        groups(conv_groups) {}
  /// Square kernels.
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, Generator& generator, const ConvSpec& conv = {},
         bool with_bias = true, std::int64_t conv_groups = 1)
      : Conv2d(in, out, Pair{kernel, kernel}, generator, conv, with_bias, conv_groups) {}
  // The same from default_generator().
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, const ConvSpec& conv = {}, bool with_bias = true,
         std::int64_t conv_groups = 1)
      : Conv2d(in, out, Pair{kernel, kernel}, default_generator(), conv, with_bias, conv_groups) {}
  Conv2d(const Conv2dOptions& conv)  // NOLINT(google-explicit-constructor): as in libtorch
      : Conv2d(conv.in_channels(), conv.out_channels(), conv.kernel_size(), default_generator(), conv.spec(),
               conv.bias(), conv.groups()) {}
  // Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit Conv2d(Null) {}
  /// Keeps the given tensors without a copy: weight (out, in / groups, kh, kw), bias (out) or undefined.
  Conv2d(Tensor weight_, Tensor bias_, const ConvSpec& conv = {}, std::int64_t conv_groups = 1)
      : weight(std::move(weight_)), bias(std::move(bias_)), spec(conv), groups(conv_groups) {}

  Tensor forward(const Tensor& x) override { return functional::conv2d(x, weight, bias, spec, groups); }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new Conv2d(weight, bias, spec, groups)); }

  Tensor weight;  ///< (out, in / groups, kh, kw)
  Tensor bias;    ///< (out), or undefined
  ConvSpec spec;
  std::int64_t groups = 1;

 private:
  static Shape sizes_of(std::int64_t in, std::int64_t out, Pair kernel, std::int64_t groups) {
    if (groups < 1 || in % groups != 0 || out % groups != 0)
      throw ValueError(detail::text({"[conv2d] ", groups, " groups don't divide ", in, " and ", out, " channels"}));
    return {out, in / groups, kernel.h, kernel.w};
  }
};

struct Conv1dOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
};

/// A layer of kernels along one dimension. x: (N, in, L) -> (N, out, Lo).
class Conv1d : public Module, public PointerSyntax<Conv1d> {
 public:
  /// As Conv2d: uniform in +-1 / sqrt(in / groups * kernel), weights drawn first.
  Conv1d(std::int64_t in, std::int64_t out, std::int64_t kernel, Generator& generator, const Conv1dOptions& conv = {})
      : options(conv) {
    if (options.groups < 1 || in % options.groups != 0 || out % options.groups != 0)
      throw ValueError(
          detail::text({"[conv1d] ", options.groups, " groups don't divide ", in, " and ", out, " channels"}));
    weight = detail::default_weight({out, in / options.groups, kernel}, generator);
    if (options.bias) bias = detail::default_bias(weight.sizes(), generator);
  }
  // The same from default_generator().
  Conv1d(std::int64_t in, std::int64_t out, std::int64_t kernel, const Conv1dOptions& conv = {})
      : Conv1d(in, out, kernel, default_generator(), conv) {}
  // Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit Conv1d(Null) {}
  /// Keeps the given tensors without a copy: weight (out, in / groups, k), bias (out) or undefined.
  Conv1d(Tensor weight_, Tensor bias_, const Conv1dOptions& conv = {})
      : weight(std::move(weight_)), bias(std::move(bias_)), options(conv) {}

  Tensor forward(const Tensor& x) override {
    return functional::conv1d(x, weight, bias, options.stride, options.padding, options.dilation, options.groups);
  }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override { return clone_into(new Conv1d(weight, bias, options)); }

  Tensor weight;  ///< (out, in / groups, k)
  Tensor bias;    ///< (out), or undefined
  Conv1dOptions options;
};

}  // namespace tinytorch::nn
