#pragma once

#include "src/nn/conv/direct_conv.hpp"

#include <cstdint>
#include <vector>

/// Where pixels and outputs lie. Private to direct_conv.
namespace tinytorch::conv {

/// An image with its padding. A row holds first the columns 0, s, 2 s, ..., then 1, 1 + s, ... for a stride of s: so
/// neighbouring outputs read neighbouring numbers for each tap.
struct Canvas {
  std::int64_t phase;              ///< numbers of a row that belong to one remainder of the division by the stride
  std::int64_t row, plane;         ///< numbers from a row to the next, and from a channel to the next
  std::vector<std::int64_t> taps;  ///< where each tap of a kernel lies, from the first
};
Canvas canvas_of(const Sizes& sizes);

/// Copies an image (channels, image) into its canvas, whose padding is there already.
void paint(const Sizes& sizes, const Canvas& canvas, const float* image, float* to);

/// Neighbouring lanes of a vector that are neighbouring outputs: lane, ... -> to, ... in the plane of y.
struct Run {
  std::int64_t lane, count, to;
};
/// A vector of outputs: it reads the canvas from `from` on, and `count` runs from `first` on say what its lanes are.
struct Slot {
  std::int64_t from, first, count;
};
struct Slots {
  std::vector<Slot> list;
  std::vector<Run> runs;
};
/// Vectors of `lanes` numbers that cover the outputs: row by row, or over the ends of the rows where that takes fewer.
Slots slots_of(const Sizes& sizes, const Canvas& canvas, std::int64_t lanes);

/// So many images that their canvases and gradients stay in a second-level cache of 512 KiB.
std::int64_t images_at_once(const Sizes& sizes);

}  // namespace tinytorch::conv
