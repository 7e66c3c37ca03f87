#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/options.hpp"
#include "tinytorch/nn/pool.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Larger and smaller images: interpolation, padding as layers, pooling along one dimension, and Unflatten.
namespace tinytorch::nn::functional {

enum class Interpolation : std::uint8_t { nearest, linear };

/// What interpolate does: InterpolateFuncOptions().size({8, 8}).mode(kBilinear).
class InterpolateFuncOptions {
 public:
  InterpolateFuncOptions& size(const std::vector<std::int64_t>& sizes) {
    size_ = Shape(Dims(sizes));
    return *this;
  }
  InterpolateFuncOptions& scale_factor(std::vector<double> factors) {
    factors_ = std::move(factors);
    return *this;
  }
  InterpolateFuncOptions& mode(Interpolation kind) {
    mode_ = kind;
    return *this;
  }
  InterpolateFuncOptions& align_corners(bool on) {
    corners_ = on;
    return *this;
  }
  const Shape& size() const { return size_; }
  const std::vector<double>& scale_factor() const { return factors_; }
  Interpolation mode() const { return mode_; }
  bool align_corners() const { return corners_; }

 private:
  Shape size_;
  std::vector<double> factors_;
  Interpolation mode_ = Interpolation::nearest;
  bool corners_ = false;
};

}  // namespace tinytorch::nn::functional

namespace tinytorch {
constexpr auto kNearest = nn::functional::Interpolation::nearest;
constexpr auto kLinear = nn::functional::Interpolation::linear;
/// linear along both axes.
constexpr auto kBilinear = nn::functional::Interpolation::linear;
}  // namespace tinytorch

namespace tinytorch::detail {

/// x with `size` elements along a dimension. `scale` is the distance of two of them in x, unless corners are aligned.
inline Tensor resampled(const Tensor& x, std::int64_t dim, std::int64_t size, double scale,
                        nn::functional::Interpolation mode, bool corners) {
  const std::int64_t n = x.size(dim);
  const Tensor low = empty({size}, DType::int64), high = empty({size}, DType::int64);
  const Tensor weight = empty({size}, DType::float64);
  const bool nearest = mode == nn::functional::Interpolation::nearest;
  if (corners) scale = size > 1 ? static_cast<double>(n - 1) / static_cast<double>(size - 1) : 0.0;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto at = static_cast<double>(i);
    const double place = nearest || corners ? at * scale : std::max(0.0, (at + 0.5) * scale - 0.5);
    const std::int64_t first = std::min(n - 1, static_cast<std::int64_t>(std::floor(place)));
    low.data<std::int64_t>()[i] = first;
    high.data<std::int64_t>()[i] = std::min(n - 1, first + 1);
    weight.data<double>()[i] = place - static_cast<double>(first);
  }
  const Tensor a = index_select(x, dim, low);
  if (nearest) return a;
  Shape along = Shape::filled(x.dim(), 1);
  along[dim] = size;
  const Tensor w = reshape(to(weight, x.dtype()), along);
  return a * (1.0 - w) + index_select(x, dim, high) * w;
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// x (N, C, L) or (N, C, H, W) with other sizes: those given, or each axis times its factor, rounded down. `nearest`
/// takes the element at floor(i in / out); `linear` mixes the two nearest along each axis, where the pixels are unit
/// squares, or points with the corners kept (align_corners). Throws ShapeError, and ValueError unless there is a size
/// or a factor for each axis.
inline Tensor interpolate(const Tensor& x, const InterpolateFuncOptions& options) {
  const std::int64_t axes = x.dim() - 2;
  if (axes < 1 || x.numel() == 0)
    throw ShapeError(detail::text({"[interpolate] x is (N, C, L) or (N, C, H, W), not ", x.sizes()}));
  const auto factors = static_cast<std::int64_t>(options.scale_factor().size());
  if ((options.size().size() == axes) == (factors == axes))
    throw ValueError(detail::text({"[interpolate] a size or a factor for each of ", axes, " axes"}));
  Tensor y = x;
  for (std::int64_t axis = 0; axis < axes; ++axis) {
    const std::int64_t n = x.size(axis + 2);
    const double factor = factors == axes ? options.scale_factor()[static_cast<std::size_t>(axis)] : 0.0;
    const std::int64_t size =
        factors == axes ? static_cast<std::int64_t>(std::floor(static_cast<double>(n) * factor)) : options.size()[axis];
    if (size < 1) throw ValueError(detail::text({"[interpolate] axis ", axis, " of ", x.sizes(), " would be ", size}));
    const double scale = factors == axes ? 1.0 / factor : static_cast<double>(n) / static_cast<double>(size);
    y = detail::resampled(y, axis + 2, size, scale, options.mode(), options.align_corners());
  }
  return y;
}

/// (N, C r^2, H, W) -> (N, C, H r, W r): the channels become pixels. Source: Shi et al., "Real-time single image and
/// video super-resolution", 2016. Throws ShapeError.
inline Tensor pixel_shuffle(const Tensor& x, std::int64_t factor) {
  if (x.dim() != 4 || factor < 1 || x.size(1) % (factor * factor) != 0)
    throw ShapeError(detail::text({"[pixel_shuffle] ", x.sizes(), " by ", factor}));
  const std::int64_t channels = x.size(1) / (factor * factor);
  const Tensor parts = reshape(x, {x.size(0), channels, factor, factor, x.size(2), x.size(3)});
  return reshape(permute(parts, Shape{0, 1, 4, 2, 5, 3}),
                 {x.size(0), channels, x.size(2) * factor, x.size(3) * factor});
}

// Windows along one dimension: x (N, C, L) -> (N, C, Lo). A stride of 0 is the kernel's size.
inline Tensor max_pool1d(const Tensor& x, std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0) {
  if (x.dim() != 3) throw ShapeError(detail::text({"[max_pool1d] x is (N, C, L), not ", x.sizes()}));
  return squeeze(max_pool2d(unsqueeze(x, 2), PoolSpec{{1, kernel}, {1, stride}, {0, padding}}), 2);
}
inline Tensor avg_pool1d(const Tensor& x, std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0) {
  if (x.dim() != 3) throw ShapeError(detail::text({"[avg_pool1d] x is (N, C, L), not ", x.sizes()}));
  return squeeze(avg_pool2d(unsqueeze(x, 2), PoolSpec{{1, kernel}, {1, stride}, {0, padding}}), 2);
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

using functional::InterpolateFuncOptions;
using UpsampleOptions = InterpolateFuncOptions;

class Upsample : public Module, public PointerSyntax<Upsample> {
 public:
  explicit Upsample(UpsampleOptions options) : options_(std::move(options)) {}
  Tensor forward(const Tensor& x) override { return functional::interpolate(x, options_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Upsample(options_)); }

 private:
  UpsampleOptions options_;
};

class PixelShuffle : public Module, public PointerSyntax<PixelShuffle> {
 public:
  explicit PixelShuffle(std::int64_t factor) : factor_(factor) {}
  Tensor forward(const Tensor& x) override { return functional::pixel_shuffle(x, factor_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new PixelShuffle(factor_)); }

 private:
  std::int64_t factor_;
};

struct UnflattenOptions {
  UnflattenOptions(std::int64_t dim_, const Shape& sizes_) : dim(dim_), sizes(sizes_) {}
  std::int64_t dim;
  Shape sizes;
};

/// One dimension becomes several: Unflatten(1, {2, 3}).
class Unflatten : public Module, public PointerSyntax<Unflatten> {
 public:
  explicit Unflatten(const UnflattenOptions& layer) : Unflatten(layer.dim, layer.sizes) {}
  Unflatten(std::int64_t dim, const Shape& sizes) : dim_(dim), sizes_(sizes) {}
  Tensor forward(const Tensor& x) override { return unflatten(x, dim_, sizes_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Unflatten(dim_, sizes_)); }

 private:
  std::int64_t dim_;
  Shape sizes_;
};

/// More elements on both ends of the last dimensions, as pad() does: the four layers below.
class Padding : public Module {
 public:
  /// pad = (before, after) of the last dimension, then of the one before it.
  Padding(const Shape& pad, std::string mode, double value = 0.0) : pad_(pad), mode_(std::move(mode)), value_(value) {}
  Tensor forward(const Tensor& x) override { return tinytorch::pad(x, pad_, mode_, value_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new Padding(pad_, mode_, value_)); }

 private:
  Shape pad_;
  std::string mode_;
  double value_;
};
class ZeroPad2d : public Padding {
 public:
  explicit ZeroPad2d(const Shape& pad) : Padding(pad, "constant") {}
  explicit ZeroPad2d(std::int64_t side) : ZeroPad2d(Shape{side, side, side, side}) {}
};
class ConstantPad2d : public Padding {
 public:
  ConstantPad2d(std::int64_t side, double value) : Padding(Shape{side, side, side, side}, "constant", value) {}
};
class ReflectionPad2d : public Padding {
 public:
  explicit ReflectionPad2d(std::int64_t side) : Padding(Shape{side, side, side, side}, "reflect") {}
};
class ReplicationPad2d : public Padding {
 public:
  explicit ReplicationPad2d(std::int64_t side) : Padding(Shape{side, side, side, side}, "replicate") {}
};

/// The largest value, and the mean, of each window along the last dimension: (N, C, L) -> (N, C, Lo).
class MaxPool1d : public Module, public PointerSyntax<MaxPool1d> {
 public:
  explicit MaxPool1d(std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0)
      : kernel_(kernel), stride_(stride), padding_(padding) {}
  Tensor forward(const Tensor& x) override { return functional::max_pool1d(x, kernel_, stride_, padding_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new MaxPool1d(kernel_, stride_, padding_)); }

 private:
  std::int64_t kernel_, stride_, padding_;
};
class AvgPool1d : public Module, public PointerSyntax<AvgPool1d> {
 public:
  explicit AvgPool1d(std::int64_t kernel, std::int64_t stride = 0, std::int64_t padding = 0)
      : kernel_(kernel), stride_(stride), padding_(padding) {}
  Tensor forward(const Tensor& x) override { return functional::avg_pool1d(x, kernel_, stride_, padding_); }
  std::shared_ptr<Module> clone() const override { return clone_into(new AvgPool1d(kernel_, stride_, padding_)); }

 private:
  std::int64_t kernel_, stride_, padding_;
};

}  // namespace tinytorch::nn
