#pragma once

#include "tinytorch/core/ops.hpp"
#include "tinytorch/data/batching.hpp"

#include <cstdint>
#include <utility>
#include <vector>

/// Changes of pictures (..., H, W) of any dtype. Each returns a new tensor and throws ShapeError below two dimensions.
namespace tinytorch::data {

/// Rows top..top + height and columns left..left + width; pixels outside the picture are 0, so a negative `top` pads:
/// (..., H, W) -> (..., height, width). Throws ValueError for a negative height or width.
Tensor crop(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width);

/// Left and right exchanged.
Tensor hflip(const Tensor& image);

/// Turned about its centre by that many degrees, counter-clockwise; the size stays. Each pixel is a weighted mean of
/// the four pixels around the place that it comes from (bilinear); outside is 0. float64 stays float64, every other
/// dtype gives float32.
Tensor rotate(const Tensor& image, double degrees);

}  // namespace tinytorch::data

/// Changes of examples, with torchvision's names. Each is a Transform: it is called with an example and a generator. A
/// transform that changes the input returns the same handle of the target, and the other way round.
namespace tinytorch::data::transforms {

/// Several transforms, one after the other.
class Compose {
 public:
  explicit Compose(std::vector<Transform> steps) : steps_(std::move(steps)) {}
  Example operator()(const Example& example, Generator& generator) const {
    Example changed = example;
    for (const Transform& step : steps_) changed = step(changed, generator);
    return changed;
  }

 private:
  std::vector<Transform> steps_;
};

/// Bytes to float32: input * scale, 0..255 -> 0..1.
struct ToFloat {
  double scale = 1.0 / 255.0;
  Example operator()(const Example& example, Generator&) const {
    return {to(example.input, DType::float32) * scale, example.target};
  }
};

/// (input - mean) / deviation, in float32.
class Normalize {
 public:
  /// One number per channel of inputs (C, H, W). Throws ValueError unless both lists are equally long and no deviation
  /// is 0.
  Normalize(const std::vector<double>& mean, const std::vector<double>& deviation)
      : normalizer_{per_channel(mean), per_channel(deviation)} {
    if (mean.size() != deviation.size())
      throw ValueError(
          tinytorch::detail::text({"[normalize] ", mean.size(), " means and ", deviation.size(), " deviations"}));
    for (const double value : deviation)
      if (value == 0.0) throw ValueError("[normalize] a deviation is 0");
  }
  /// What fit_normalizer measured.
  explicit Normalize(Normalizer normalizer) : normalizer_(std::move(normalizer)) {}

  Example operator()(const Example& example, Generator&) const {
    return {normalizer_.apply(example.input), example.target};
  }

 private:
  static Tensor per_channel(const std::vector<double>& values) {
    const Tensor channels = empty({static_cast<std::int64_t>(values.size()), 1, 1});
    for (std::size_t i = 0; i < values.size(); ++i) channels.data<float>()[i] = static_cast<float>(values[i]);
    return channels;
  }
  Normalizer normalizer_;
};

/// A window of height x width at a random place in the input with `padding` zeros around it. Draws the top, then the
/// left edge: below(H + 2 padding - height + 1), below(W + 2 padding - width + 1). Throws ShapeError when the window is
/// larger than the padded input.
struct RandomCrop {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t padding = 0;
  Example operator()(const Example& example, Generator& generator) const {
    const Tensor& image = example.input;
    if (image.dim() < 2 || image.size(-2) + 2 * padding < height || image.size(-1) + 2 * padding < width)
      throw ShapeError(tinytorch::detail::text({"[random_crop] no window of ", height, " x ", width, " in an image ",
                                                image.sizes(), " with a padding of ", padding}));
    const auto rows = static_cast<std::uint64_t>(image.size(-2) + 2 * padding - height + 1);
    const auto columns = static_cast<std::uint64_t>(image.size(-1) + 2 * padding - width + 1);
    const std::int64_t top = static_cast<std::int64_t>(generator.below(rows)) - padding;
    const std::int64_t left = static_cast<std::int64_t>(generator.below(columns)) - padding;
    return {crop(image, top, left, height, width), example.target};
  }
};

/// Left and right exchanged with probability p. Draws one uniform() and exchanges when it is below p.
struct RandomHorizontalFlip {
  double p = 0.5;
  Example operator()(const Example& example, Generator& generator) const {
    if (!(generator.uniform() < p)) return example;
    return {hflip(example.input), example.target};
  }
};

/// Moved by up to `reach` rows and columns; zeros fill the rest: random_shift of batching.hpp.
struct RandomShift {
  std::int64_t reach = 1;
  Example operator()(const Example& example, Generator& generator) const {
    return random_shift(example, reach, generator);
  }
};

/// Turned about the centre by (2 uniform() - 1) * degrees.
struct RandomRotation {
  double degrees = 10.0;
  Example operator()(const Example& example, Generator& generator) const {
    return {rotate(example.input, (2.0 * generator.uniform() - 1.0) * degrees), example.target};
  }
};

/// A square of size x size pixels set to 0; parts outside the image are left out. Draws its middle: below(H), then
/// below(W).
/// Source: DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.
struct Cutout {
  std::int64_t size = 8;
  Example operator()(const Example& example, Generator& generator) const {
    const Tensor& image = example.input;
    if (image.dim() < 2 || image.numel() == 0)
      throw ShapeError(tinytorch::detail::text({"[cutout] an image is (..., H, W), not ", image.sizes()}));
    const std::int64_t H = image.size(-2), W = image.size(-1);
    const std::int64_t top = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(H))) - size / 2;
    const std::int64_t left = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(W))) - size / 2;
    Tensor cut = image.clone();
    const std::int64_t first_row = top < 0 ? 0 : top, first_column = left < 0 ? 0 : left;
    if (top + size > first_row && left + size > first_column)
      cut.slice(-2, first_row, top + size).slice(-1, first_column, left + size).fill_(0.0);
    return {cut, example.target};
  }
};

/// The target () int64, a class k, becomes (classes) float32 with 1 at k and 0 elsewhere. Throws IndexError for a class
/// outside 0..classes-1.
struct OneHot {
  std::int64_t classes = 0;
  Example operator()(const Example& example, Generator&) const {
    const auto k = example.target.item<std::int64_t>();
    if (k < 0 || k >= classes) throw IndexError(tinytorch::detail::text({"[one_hot] class ", k, " of ", classes}));
    const Tensor target = zeros({classes});
    target.data<float>()[k] = 1.0F;
    return {example.input, target};
  }
};

}  // namespace tinytorch::data::transforms
