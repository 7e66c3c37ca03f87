// Convolution by Highway: this file is compiled once for each instruction set, and the program chooses one of the
// copies when it runs.

#include "src/nn/conv/direct_conv.hpp"

#include "src/core/vector/instruction_sets.hpp"
#include "src/core/vector/targets.hpp"
#include "src/nn/conv/canvas.hpp"

#include <algorithm>
#include <utility>
#include <vector>
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "src/nn/conv/direct_conv.cpp"
#include <hwy/foreach_target.h>
// Only after the header above.
#include "src/core/vector/functions.inl"

HWY_BEFORE_NAMESPACE();
namespace tinytorch::conv::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using vectors::HWY_NAMESPACE::d, vectors::HWY_NAMESPACE::lanes, vectors::HWY_NAMESPACE::V;
using vectors::HWY_NAMESPACE::load_part, vectors::HWY_NAMESPACE::store_part;

// A tile is `most_kernels` kernels times three vectors of outputs: 24 sums fit AVX-512's 32 registers, 12 the 16 of
// other machines.
constexpr int most_kernels = HWY_TARGET == HWY_AVX3 ? 8 : 4;
constexpr int most_slots = 3;
// A tile of the gradient of w is `rows_of_grad` kernels times six taps.
constexpr int rows_of_grad = HWY_TARGET == HWY_AVX3 ? 4 : 2;
constexpr int most_taps = 6;

// f(0), ..., f(count - 1), written out: only then are the sums of a tile in registers.
template <int count, class F>
HWY_INLINE void unrolled(F f) {
  [&]<int... i>(std::integer_sequence<int, i...>) { (f(i), ...); }
  (std::make_integer_sequence<int, count>{});
}

// Copies a vector of outputs to their places in y. Behind `sums` a vector may be read.
void place(const float* sums, const Slot& slot, const std::vector<Run>& runs, float* y) {
  const Run* run = runs.data() + slot.first;
  if (run->count == lanes) return hn::StoreU(hn::LoadU(d, sums), d, y + run->to);
  for (const Run* end = run + slot.count; run != end; ++run)
    store_part(hn::LoadU(d, sums + run->lane), y + run->to, run->count);
}

struct Tile {
  const float* canvas;
  const float* w;     // of the first kernel
  const float* bias;  // of the first kernel, or null
  float* y;           // of the first kernel
  std::int64_t taps, pixels;
};

template <int kernels, int vectors>
void tile(const Sizes& sizes, const Canvas& canvas, const Slots& slots, std::int64_t first, const Tile& at) {
  V sums[kernels][vectors];
  unrolled<kernels>([&](int o) {
    const V start = hn::Set(d, at.bias == nullptr ? 0.0F : at.bias[o]);
    unrolled<vectors>([&](int v) { sums[o][v] = start; });
  });
  const float* from[vectors];
  unrolled<vectors>([&](int v) { from[v] = at.canvas + slots.list[static_cast<std::size_t>(first + v)].from; });
  const float* w = at.w;
  for (std::int64_t c = 0; c < sizes.channels; ++c) {
    for (const std::int64_t tap : canvas.taps) {
      V pixels[vectors];
      unrolled<vectors>([&](int v) { pixels[v] = hn::LoadU(d, from[v] + tap); });
      unrolled<kernels>([&](int o) {
        const V weight = hn::Set(d, w[o * at.taps]);
        unrolled<vectors>([&](int v) { sums[o][v] = hn::MulAdd(weight, pixels[v], sums[o][v]); });
      });
      ++w;
    }
    unrolled<vectors>([&](int v) { from[v] += canvas.plane; });
  }
  HWY_ALIGN float results[kernels + 1][vectors][hn::MaxLanes(d)];
  unrolled<kernels>([&](int o) { unrolled<vectors>([&](int v) { hn::Store(sums[o][v], d, results[o][v]); }); });
  for (int o = 0; o < kernels; ++o)
    for (int v = 0; v < vectors; ++v)
      place(results[o][v], slots.list[static_cast<std::size_t>(first + v)], slots.runs, at.y + o * at.pixels);
}

template <int kernels>
void tiles_of_image(const Sizes& sizes, const Canvas& canvas, const Slots& slots, const Tile& at) {
  const auto count = static_cast<std::int64_t>(slots.list.size());
  std::int64_t i = 0;
  for (; i + most_slots <= count; i += most_slots) tile<kernels, most_slots>(sizes, canvas, slots, i, at);
  if (i + 2 == count) tile<kernels, 2>(sizes, canvas, slots, i, at);
  if (i + 1 == count) tile<kernels, 1>(sizes, canvas, slots, i, at);
}

void convolve_images(const Sizes& sizes, const float* x, const float* w, const float* b, float* y, float* workspace) {
  const Canvas canvas = canvas_of(sizes);
  const Slots slots = slots_of(sizes, canvas, lanes);
  const std::int64_t taps = sizes.channels * sizes.kernel.h * sizes.kernel.w, pixels = sizes.out.h * sizes.out.w;
  std::fill_n(workspace, canvas_numbers(sizes), 0.0F);
  for (std::int64_t n = 0; n < sizes.n; ++n) {
    paint(sizes, canvas, x + n * sizes.channels * sizes.image.h * sizes.image.w, workspace);
    Tile at{workspace, w, b, y + n * sizes.kernels * pixels, taps, pixels};
    const auto advance = [&](std::int64_t kernels) {
      at.w += kernels * taps;
      at.y += kernels * pixels;
      if (at.bias != nullptr) at.bias += kernels;
    };
    std::int64_t o = 0;
    for (; o + most_kernels <= sizes.kernels; o += most_kernels, advance(most_kernels))
      tiles_of_image<most_kernels>(sizes, canvas, slots, at);
    if (most_kernels == 8 && o + 4 <= sizes.kernels) tiles_of_image<4>(sizes, canvas, slots, at), o += 4, advance(4);
    if (o + 2 <= sizes.kernels) tiles_of_image<2>(sizes, canvas, slots, at), o += 2, advance(2);
    if (o < sizes.kernels) tiles_of_image<1>(sizes, canvas, slots, at);
  }
}

// A few images: their canvases, and their gradients in the order of the slots, a vector each.
struct Images {
  const float *canvases, *grads;
  std::int64_t count, canvas_size;
};

// The gradients of `kernels` kernels and `taps` taps, summed over the images.
template <int kernels, int taps>
void gradient_tile(const Sizes& sizes, const Slots& slots, const Images& images, const std::int64_t* offsets,
                   std::int64_t first, double* w_grad, std::int64_t all_taps) {
  // A longer sum of float32 would drift.
  constexpr std::int64_t longest = 256;
  const auto vectors = static_cast<std::int64_t>(slots.list.size());
  const std::int64_t block = std::max<std::int64_t>(1, longest / images.count);
  for (std::int64_t begin = 0; begin < vectors; begin += block) {
    const std::int64_t end = std::min(begin + block, vectors);
    V sums[kernels][taps];
    unrolled<kernels>([&](int o) { unrolled<taps>([&](int t) { sums[o][t] = hn::Zero(d); }); });
    for (std::int64_t n = 0; n < images.count; ++n) {
      const float* canvas = images.canvases + n * images.canvas_size;
      const float* grad = images.grads + ((n * sizes.kernels + first) * vectors + begin) * lanes;
      for (std::int64_t i = begin; i < end; ++i, grad += lanes) {
        V upstream[kernels];
        unrolled<kernels>([&](int o) { upstream[o] = hn::LoadU(d, grad + o * vectors * lanes); });
        const float* from = canvas + slots.list[static_cast<std::size_t>(i)].from;
        unrolled<taps>([&](int t) {
          const V pixels = hn::LoadU(d, from + offsets[t]);
          unrolled<kernels>([&](int o) { sums[o][t] = hn::MulAdd(upstream[o], pixels, sums[o][t]); });
        });
      }
    }
    unrolled<kernels>([&](int o) {
      unrolled<taps>(
          [&](int t) { w_grad[o * all_taps + t] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sums[o][t]))); });
    });
  }
}

template <int kernels>
void gradient_of_kernels(const Sizes& sizes, const Slots& slots, const Images& images,
                         const std::vector<std::int64_t>& offsets, std::int64_t first, double* w_grad) {
  const auto taps = static_cast<std::int64_t>(offsets.size());
  double* to = w_grad + first * taps;
  std::int64_t t = 0;
  for (; t + most_taps <= taps; t += most_taps)
    gradient_tile<kernels, most_taps>(sizes, slots, images, offsets.data() + t, first, to + t, taps);
  if (t + 3 <= taps) gradient_tile<kernels, 3>(sizes, slots, images, offsets.data() + t, first, to + t, taps), t += 3;
  for (; t < taps; ++t) gradient_tile<kernels, 1>(sizes, slots, images, offsets.data() + t, first, to + t, taps);
}

// Copies gradients (kernels, out) to the order of the slots. Lanes without an output stay zero.
void order_gradients(const Sizes& sizes, const Slots& slots, const float* grad, float* to) {
  const std::int64_t pixels = sizes.out.h * sizes.out.w;
  for (std::int64_t o = 0; o < sizes.kernels; ++o, grad += pixels) {
    for (const Slot& slot : slots.list) {
      const Run* run = slots.runs.data() + slot.first;
      if (slot.count == 1 && run->lane == 0) {
        const V numbers = run->count == lanes ? hn::LoadU(d, grad + run->to) : load_part(grad + run->to, run->count);
        hn::StoreU(numbers, d, to);
      } else {
        for (const Run* end = run + slot.count; run != end; ++run)
          std::copy_n(grad + run->to, run->count, to + run->lane);
      }
      to += lanes;
    }
  }
}

void add_gradient(const Sizes& sizes, const float* x, const float* grad, double* w_grad, float* workspace) {
  const Canvas canvas = canvas_of(sizes);
  const Slots slots = slots_of(sizes, canvas, lanes);
  std::vector<std::int64_t> offsets;
  for (std::int64_t c = 0; c < sizes.channels; ++c)
    for (const std::int64_t tap : canvas.taps) offsets.push_back(c * canvas.plane + tap);
  const std::int64_t canvas_size = canvas_numbers(sizes), at_once = images_at_once(sizes);
  const std::int64_t grads_size = sizes.kernels * static_cast<std::int64_t>(slots.list.size()) * lanes;
  float* grads = workspace + at_once * canvas_size;
  std::fill_n(workspace, at_once * (canvas_size + grads_size), 0.0F);
  for (std::int64_t n = 0; n < sizes.n; n += at_once) {
    const Images images{workspace, grads, std::min(at_once, sizes.n - n), canvas_size};
    for (std::int64_t i = 0; i < images.count; ++i) {
      paint(sizes, canvas, x + (n + i) * sizes.channels * sizes.image.h * sizes.image.w, workspace + i * canvas_size);
      order_gradients(sizes, slots, grad + (n + i) * sizes.kernels * sizes.out.h * sizes.out.w, grads + i * grads_size);
    }
    std::int64_t o = 0;
    for (; o + rows_of_grad <= sizes.kernels; o += rows_of_grad)
      gradient_of_kernels<rows_of_grad>(sizes, slots, images, offsets, o, w_grad);
    for (; o < sizes.kernels; ++o) gradient_of_kernels<1>(sizes, slots, images, offsets, o, w_grad);
  }
}

bool finite_numbers(const float* from, std::int64_t count) {
  V zeros = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) zeros = hn::MulAdd(hn::LoadU(d, from + i), hn::Zero(d), zeros);
  float rest = hn::GetLane(hn::SumOfLanes(d, zeros));
  for (; i < count; ++i) rest += from[i] * 0.0F;
  return rest == 0.0F;
}

}  // namespace
}  // namespace tinytorch::conv::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tinytorch::conv {
void convolve(const Sizes& sizes, const float* x, const float* w, const float* b, float* y, float* workspace) {
  TINYTORCH_BEST_COPY(convolve_images)(sizes, x, w, b, y, workspace);
}

void add_weight_gradient(const Sizes& sizes, const float* x, const float* grad, double* w_grad, float* workspace) {
  TINYTORCH_BEST_COPY(add_gradient)(sizes, x, grad, w_grad, workspace);
}

bool all_finite(const float* from, std::int64_t count) { return TINYTORCH_BEST_COPY(finite_numbers)(from, count); }

}  // namespace tinytorch::conv
#endif
