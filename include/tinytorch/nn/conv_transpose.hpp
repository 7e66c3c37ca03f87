#pragma once

#include "tinytorch/nn/conv.hpp"

#include <cmath>
#include <concepts>
#include <memory>
#include <utility>

/// Transposed convolution: the gradient of a convolution by its input, as a layer. It makes images larger by the
/// stride. Source: Zeiler et al., "Deconvolutional networks", 2010.
namespace tinytorch::nn::functional {

/// x (N, C, H, W), w (C, O / groups, Kh, Kw), b (O) or undefined -> (N, O, Ho, Wo) with Ho = (H - 1) stride - 2 padding
/// + dilation (Kh - 1) + output_padding + 1. The output padding, below stride or dilation, adds rows at one end. Throws
/// ShapeError, ValueError.
inline Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& b = Tensor(), const ConvSpec& spec = {},
                               Pair output_padding = {0, 0}, std::int64_t groups = 1) {
  if (x.dim() != 4 || w.dim() != 4 || groups < 1 || x.size(1) != w.size(0) || x.size(1) % groups != 0)
    throw ShapeError(detail::text(
        {"[conv_transpose2d] images ", x.sizes(), " don't fit kernels ", w.sizes(), " in ", groups, " groups"}));
  const auto size = [](std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                       std::int64_t dilation, std::int64_t extra) {
    if (stride < 1 || dilation < 1 || padding < 0 || extra < 0 || (extra >= stride && extra >= dilation))
      throw ValueError(detail::text({"[conv_transpose2d] stride ", stride, ", dilation ", dilation, ", padding ",
                                     padding, ", output padding ", extra}));
    return (in - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1;
  };
  const Shape sizes{x.size(0), w.size(1),
                    size(x.size(2), w.size(2), spec.stride.h, spec.padding.h, spec.dilation.h, output_padding.h),
                    size(x.size(3), w.size(3), spec.stride.w, spec.padding.w, spec.dilation.w, output_padding.w)};
  if (sizes[2] < 1 || sizes[3] < 1)
    throw ShapeError(detail::text({"[conv_transpose2d] nothing is left of images ", x.sizes(), ": ", sizes}));
  const std::int64_t in = x.size(1) / groups;
  std::vector<Tensor> parts;
  for (std::int64_t k = 0; k < groups; ++k)
    parts.push_back(detail::conv2d_grad_input(groups == 1 ? x : slice(x, 1, k * in, (k + 1) * in),
                                              groups == 1 ? w : slice(w, 0, k * in, (k + 1) * in), sizes, spec));
  const Tensor y = groups == 1 ? parts[0] : cat(parts, 1);
  return b.defined() ? y + reshape(b, {1, b.numel(), 1, 1}) : y;
}

/// Along one dimension: x (N, C, L), w (C, O / groups, K) -> (N, O, Lo).
inline Tensor conv_transpose1d(const Tensor& x, const Tensor& w, const Tensor& b = Tensor(), std::int64_t stride = 1,
                               std::int64_t padding = 0, std::int64_t output_padding = 0, std::int64_t groups = 1,
                               std::int64_t dilation = 1) {
  if (x.dim() != 3 || w.dim() != 3)
    throw ShapeError(
        detail::text({"[conv_transpose1d] x is (N, C, L) and w (C, O, K), not ", x.sizes(), " and ", w.sizes()}));
  return squeeze(conv_transpose2d(unsqueeze(x, 2), unsqueeze(w, 2), b, {{1, stride}, {0, padding}, {1, dilation}},
                                  {0, output_padding}, groups),
                 2);
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// x: (N, in, H, W) -> (N, out, Ho, Wo).
class ConvTranspose2d : public Module, public PointerSyntax<ConvTranspose2d> {
 public:
  /// Weights and bias are uniform in +-1 / sqrt(out / groups * kernel^2), as in libtorch. The weights are drawn first.
  /// Throws ValueError unless `groups` divides in and out.
  ConvTranspose2d(const ConvTranspose2dOptions& layer, Generator& generator) : options_(layer) {
    const std::int64_t in = layer.in_channels(), out = layer.out_channels(), groups = layer.groups();
    if (groups < 1 || in % groups != 0 || out % groups != 0)
      throw ValueError(
          detail::text({"[conv_transpose2d] ", groups, " groups don't divide ", in, " and ", out, " channels"}));
    weight = detail::default_weight({in, out / groups, layer.kernel_size().h, layer.kernel_size().w}, generator);
    const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in_out(weight.sizes()).in));
    if (layer.bias()) bias = detail::uniform_parameter({out}, bound, generator);
  }
  /// The same from default_generator().
  explicit ConvTranspose2d(const ConvTranspose2dOptions& layer) : ConvTranspose2d(layer, default_generator()) {}
  ConvTranspose2d(std::int64_t in, std::int64_t out, PairArgument kernel)
      : ConvTranspose2d(ConvTranspose2dOptions(in, out, kernel)) {}
  /// Without parameters, until another layer is assigned.
  template <std::same_as<std::nullptr_t> Null>  // not for a 0
  explicit ConvTranspose2d(Null) : options_(0, 0, 1) {}

  Tensor forward(const Tensor& x) override {
    return functional::conv_transpose2d(x, weight, bias, options_.spec(), options_.output_padding(), options_.groups());
  }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new ConvTranspose2d(options_, unused));
  }

  Tensor weight;  ///< (in, out / groups, kh, kw)
  Tensor bias;    ///< (out), or undefined

 private:
  ConvTranspose2dOptions options_;
};

class ConvTranspose1dOptions {
 public:
  ConvTranspose1dOptions(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_size)
      : plane_(in_channels, out_channels, {1, kernel_size}) {}
  ConvTranspose1dOptions& stride(std::int64_t step) {
    plane_.stride({1, step});
    return *this;
  }
  ConvTranspose1dOptions& padding(std::int64_t zeros) {
    plane_.padding({0, zeros});
    return *this;
  }
  ConvTranspose1dOptions& output_padding(std::int64_t extra) {
    plane_.output_padding({0, extra});
    return *this;
  }
  ConvTranspose1dOptions& dilation(std::int64_t apart) {
    plane_.dilation({1, apart});
    return *this;
  }
  ConvTranspose1dOptions& groups(std::int64_t count) {
    plane_.groups(count);
    return *this;
  }
  ConvTranspose1dOptions& bias(bool on) {
    plane_.bias(on);
    return *this;
  }
  /// The same for images of one row.
  const ConvTranspose2dOptions& plane() const { return plane_; }

 private:
  ConvTranspose2dOptions plane_;
};

/// x: (N, in, L) -> (N, out, Lo). Parameters as ConvTranspose2d's: weight (in, out / groups, k).
class ConvTranspose1d : public Module, public PointerSyntax<ConvTranspose1d> {
 public:
  ConvTranspose1d(const ConvTranspose1dOptions& layer, Generator& generator) : options_(layer) {
    ConvTranspose2d plane(layer.plane(), generator);
    weight = squeeze(plane.weight.detach(), 2).set_requires_grad();
    bias = plane.bias;
  }
  /// The same from default_generator().
  explicit ConvTranspose1d(const ConvTranspose1dOptions& layer) : ConvTranspose1d(layer, default_generator()) {}
  ConvTranspose1d(std::int64_t in, std::int64_t out, std::int64_t kernel)
      : ConvTranspose1d(ConvTranspose1dOptions(in, out, kernel)) {}

  Tensor forward(const Tensor& x) override {
    const ConvTranspose2dOptions& o = options_.plane();
    return functional::conv_transpose1d(x, weight, bias, o.spec().stride.w, o.spec().padding.w, o.output_padding().w,
                                        o.groups(), o.spec().dilation.w);
  }
  void members(MemberVisitor& visit) override {
    visit.parameter("weight", weight);
    visit.parameter("bias", bias);
  }
  std::shared_ptr<Module> clone() const override {
    Generator unused;
    return clone_into(new ConvTranspose1d(options_, unused));
  }

  Tensor weight;  ///< (in, out / groups, k)
  Tensor bias;    ///< (out), or undefined

 private:
  ConvTranspose1dOptions options_;
};

}  // namespace tinytorch::nn
