#include "src/nn/conv/canvas.hpp"

#include <algorithm>

namespace tinytorch::conv {
namespace {

constexpr std::int64_t most_lanes = 16;  // of AVX-512

std::int64_t rounded_up(std::int64_t count, std::int64_t step) { return (count + step - 1) / step * step; }

// Pixels that the outputs of one dimension read.
std::int64_t extent(std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t dilation) {
  return (out - 1) * stride + (kernel - 1) * dilation + 1;
}

// A canvas without the places of its taps.
Canvas bare_canvas(const Sizes& sizes) {
  const ConvSpec& s = sizes.spec;
  const std::int64_t columns = extent(sizes.out.w, sizes.kernel.w, s.stride.w, s.dilation.w);
  const std::int64_t phase = (columns + s.stride.w - 1) / s.stride.w, row = phase * s.stride.w;
  return {phase, row, row * extent(sizes.out.h, sizes.kernel.h, s.stride.h, s.dilation.h), {}};
}

// One vector for each `lanes` outputs of each row.
Slots slots_of_rows(const Sizes& sizes, const Canvas& canvas, std::int64_t lanes) {
  Slots slots;
  for (std::int64_t i = 0; i < sizes.out.h; ++i)
    for (std::int64_t j = 0; j < sizes.out.w; j += lanes) {
      slots.list.push_back({i * sizes.spec.stride.h * canvas.row + j, static_cast<std::int64_t>(slots.runs.size()), 1});
      slots.runs.push_back({0, std::min(lanes, sizes.out.w - j), i * sizes.out.w + j});
    }
  return slots;
}

// Vectors over the whole plane: some of their lanes are no outputs, but the ends of rows.
Slots slots_of_plane(const Sizes& sizes, const Canvas& canvas, std::int64_t lanes) {
  Slots slots;
  const std::int64_t end = (sizes.out.h - 1) * canvas.row + sizes.out.w;
  for (std::int64_t from = 0; from < end; from += lanes) {
    Slot slot{from, static_cast<std::int64_t>(slots.runs.size()), 0};
    for (std::int64_t at = from; at < std::min(from + lanes, end);) {
      const std::int64_t i = at / canvas.row, j = at % canvas.row, next = (i + 1) * canvas.row;
      if (j < sizes.out.w) {
        slots.runs.push_back({at - from, std::min(sizes.out.w - j, from + lanes - at), i * sizes.out.w + j});
        ++slot.count;
      }
      at = next;
    }
    if (slot.count > 0) slots.list.push_back(slot);
  }
  return slots;
}

}  // namespace

Canvas canvas_of(const Sizes& sizes) {
  const ConvSpec& s = sizes.spec;
  Canvas canvas = bare_canvas(sizes);
  canvas.taps.reserve(static_cast<std::size_t>(sizes.kernel.h * sizes.kernel.w));
  for (std::int64_t p = 0; p < sizes.kernel.h; ++p)
    for (std::int64_t q = 0; q < sizes.kernel.w; ++q) {
      const std::int64_t column = q * s.dilation.w;
      canvas.taps.push_back(p * s.dilation.h * canvas.row + column % s.stride.w * canvas.phase + column / s.stride.w);
    }
  return canvas;
}

std::int64_t canvas_numbers(const Sizes& sizes) {
  return rounded_up(sizes.channels * bare_canvas(sizes).plane + most_lanes, most_lanes);
}

void paint(const Sizes& sizes, const Canvas& canvas, const float* image, float* to) {
  const ConvSpec& s = sizes.spec;
  const std::int64_t rows = canvas.plane / canvas.row;
  const std::int64_t last = std::min(sizes.image.h, rows - s.padding.h);
  const std::int64_t width = std::min(sizes.image.w, canvas.row - s.padding.w);
  for (std::int64_t c = 0; c < sizes.channels; ++c, image += sizes.image.h * sizes.image.w, to += canvas.plane) {
    for (std::int64_t i = 0; i < last; ++i) {
      const float* from = image + i * sizes.image.w;
      float* row = to + (i + s.padding.h) * canvas.row;
      if (s.stride.w == 1) {
        std::copy_n(from, width, row + s.padding.w);
        continue;
      }
      for (std::int64_t j = 0; j < width; ++j) {
        const std::int64_t column = j + s.padding.w;
        row[column % s.stride.w * canvas.phase + column / s.stride.w] = from[j];
      }
    }
  }
}

Slots slots_of(const Sizes& sizes, const Canvas& canvas, std::int64_t lanes) {
  Slots rows = slots_of_rows(sizes, canvas, lanes);
  if (sizes.spec.stride.h != 1) return rows;
  Slots plane = slots_of_plane(sizes, canvas, lanes);
  return plane.list.size() < rows.list.size() ? plane : rows;
}

std::int64_t images_at_once(const Sizes& sizes) {
  constexpr std::int64_t numbers = (512 << 10) / sizeof(float);
  const std::int64_t each = canvas_numbers(sizes) + sizes.kernels * sizes.out.h * rounded_up(sizes.out.w, most_lanes);
  return std::clamp<std::int64_t>(numbers / each, 1, sizes.n);
}

std::int64_t gradient_numbers(const Sizes& sizes) {
  const std::int64_t grads = sizes.kernels * sizes.out.h * rounded_up(sizes.out.w, most_lanes);
  return images_at_once(sizes) * (canvas_numbers(sizes) + grads);
}

bool fits(const Sizes& sizes) {
  // A longer sum of float32 would drift.
  constexpr std::int64_t longest = 4096, fewest_outputs = 4;
  return sizes.n > 0 && sizes.kernels > 0 && sizes.channels * sizes.kernel.h * sizes.kernel.w <= longest &&
         sizes.out.w >= fewest_outputs;
}

}  // namespace tinytorch::conv
