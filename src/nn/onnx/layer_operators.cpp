// Layers: products, convolutions, pools, normalisations.

#include "src/nn/onnx/operators.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/linear.hpp"
#include "tinytorch/nn/norm.hpp"
#include "tinytorch/nn/pool.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch::onnx {

namespace {

namespace F = nn::functional;

Tensors run_gemm(const Call& call) {
  const bool turn_a = call.whole("transA", 0) != 0, turn_b = call.whole("transB", 0) != 0;
  const double alpha = call.real("alpha", 1.0), beta = call.real("beta", 1.0);
  const Tensor &a = call.in[0], &b = call.in[1];
  if (a.dim() != 2 || b.dim() != 2) call.fail("A and B are matrices");
  const Tensor c = call.has(2) ? call.in[2] : Tensor();
  if (!turn_a && turn_b && alpha == 1.0 && beta == 1.0 && (!c.defined() || c.sizes() == Shape{b.size(0)}))
    return {F::linear(a, b, c)};
  Tensor y = matmul(turn_a ? a.t() : a, turn_b ? b.t() : b);
  if (alpha != 1.0) y = y * alpha;
  if (c.defined()) y = y + (beta == 1.0 ? c : c * beta);
  return {y};
}

Tensors run_matmul(const Call& call) { return {matmul(call.in[0], call.in[1])}; }

// How a window moves over an image. Lists for one dimension become lists for two, with a height of 1.
struct Window {
  Pair kernel, stride, dilation;
  Pair before, after;  // the padding
  bool even() const { return before == after; }
};

Pair pair_of(const Call& call, std::vector<std::int64_t> list, std::size_t rank, std::int64_t filler) {
  if (list.empty()) return {filler, filler};
  if (list.size() != rank) call.fail("a list of settings has another length than the image has dimensions");
  return rank == 1 ? Pair{filler, list[0]} : Pair{list[0], list[1]};
}

// The padding for as many windows as there are strides, at the end (SAME_UPPER) or at the beginning.
void pad_same(std::int64_t size, std::int64_t kernel, std::int64_t stride, bool upper, std::int64_t& before,
              std::int64_t& after) {
  const std::int64_t count = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>(0, (count - 1) * stride + kernel - size);
  before = upper ? total / 2 : total - total / 2;
  after = total - before;
}

// x is (N, C, H, W).
Window window_of(const Call& call, const Tensor& x, Pair kernel, std::size_t rank) {
  Window window{kernel,
                pair_of(call, call.wholes("strides"), rank, 1),
                pair_of(call, call.wholes("dilations"), rank, 1),
                {0, 0},
                {0, 0}};
  for (const Pair& one : {window.kernel, window.stride, window.dilation})
    if (one.h < 1 || one.w < 1 || one.h > (1 << 30) || one.w > (1 << 30))
      call.fail("a kernel, stride or dilation is below 1 or above 2^30");
  const std::string automatic = call.text("auto_pad", "NOTSET");
  std::vector<std::int64_t> pads = call.wholes("pads");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const bool upper = automatic == "SAME_UPPER";
    pad_same(x.size(2), (kernel.h - 1) * window.dilation.h + 1, window.stride.h, upper, window.before.h,
             window.after.h);
    pad_same(x.size(3), (kernel.w - 1) * window.dilation.w + 1, window.stride.w, upper, window.before.w,
             window.after.w);
  } else if (automatic == "NOTSET" && !pads.empty()) {
    if (pads.size() != 2 * rank) call.fail("pads has two numbers for each dimension of the image");
    const auto half = pads.begin() + static_cast<std::ptrdiff_t>(rank);
    window.before = pair_of(call, {pads.begin(), half}, rank, 0);
    window.after = pair_of(call, {half, pads.end()}, rank, 0);
  } else if (automatic != "NOTSET" && automatic != "VALID") {
    call.fail("auto_pad is NOTSET, VALID, SAME_UPPER or SAME_LOWER");
  }
  for (const std::int64_t pad : {window.before.h, window.before.w, window.after.h, window.after.w})
    if (pad < 0 || pad > (1 << 30)) call.fail("padding is not from 0 to 2^30");
  return window;
}

// The image with padding of its own where the two sides of a window's padding differ; the window then has none.
Tensor evened(const Tensor& x, Window& window, double value) {
  if (window.even()) return x;
  const Shape sides{window.before.w, window.after.w, window.before.h, window.after.h};
  window.before = window.after = {0, 0};
  return pad(x, sides, "constant", value);
}

// Runs f on images: a line (N, C, L) becomes an image of height 1.
template <class F>
Tensor on_images(const Call& call, F f) {
  const Tensor& x = call.in[0];
  if (x.dim() != 3 && x.dim() != 4) call.fail("x is (N, C, L) or (N, C, H, W)");
  return x.dim() == 4 ? f(x, std::size_t{2}) : squeeze(f(unsqueeze(x, 2), std::size_t{1}), 2);
}

Tensors run_conv(const Call& call) {
  return {on_images(call, [&](const Tensor& x, std::size_t rank) {
    const Tensor w = rank == 1 && call.in[1].dim() == 3 ? unsqueeze(call.in[1], 2) : call.in[1];
    if (w.dim() != 4) call.fail("the weights have as many dimensions as x");
    const Pair kernel{w.size(2), w.size(3)};
    if (const std::vector<std::int64_t> stated = call.wholes("kernel_shape");
        !stated.empty() && pair_of(call, stated, rank, 1) != kernel)
      call.fail("kernel_shape is not that of the weights");
    Window window = window_of(call, x, kernel, rank);
    const Tensor padded = evened(x, window, 0.0);
    const ConvSpec spec{window.stride, window.before, window.dilation};
    return F::conv2d(padded, w, call.has(2) ? call.in[2] : Tensor(), spec, call.whole("group", 1));
  })};
}

// The window of a pool, which has no dilation.
Window pool_window(const Call& call, const Tensor& x, std::size_t rank) {
  const std::vector<std::int64_t> kernel = call.wholes("kernel_shape");
  if (kernel.empty()) call.fail("kernel_shape is missing");
  const Window window = window_of(call, x, pair_of(call, kernel, rank, 1), rank);
  if (window.dilation != Pair{1, 1}) call.fail("dilations other than 1 are not computed");
  return window;
}

Tensors run_max_pool(const Call& call) {
  return {on_images(call, [&](const Tensor& x, std::size_t rank) {
    Window window = pool_window(call, x, rank);
    const Tensor padded = evened(x, window, -std::numeric_limits<double>::infinity());
    return F::max_pool2d(padded, {window.kernel, window.stride, window.before}, call.whole("ceil_mode", 0) != 0);
  })};
}

Tensors run_average_pool(const Call& call) {
  return {on_images(call, [&](const Tensor& x, std::size_t rank) {
    Window window = pool_window(call, x, rank);
    const bool count_padding = call.whole("count_include_pad", 0) != 0;
    if (!window.even() && !count_padding) call.fail("pads that differ at the two sides are not computed");
    const Tensor padded = evened(x, window, 0.0);
    return F::avg_pool2d(padded, {window.kernel, window.stride, window.before}, count_padding,
                         call.whole("ceil_mode", 0) != 0);
  })};
}

// The dimensions of an image behind N and C.
Shape image_dims(const Call& call) {
  if (call.in[0].dim() < 3) call.fail("x is (N, C, ...)");
  Shape dims;
  for (std::int64_t d = 2; d < call.in[0].dim(); ++d) dims.push_back(d);
  return dims;
}

Tensors run_global_average(const Call& call) { return {mean(call.in[0], image_dims(call), true)}; }
Tensors run_global_max(const Call& call) { return {amax(call.in[0], image_dims(call), true)}; }

Tensors run_batch_norm(const Call& call) {
  if (call.whole("training_mode", 0) != 0) call.fail("training_mode 1 is not computed: export the model in evaluation");
  return {F::batch_norm(call.in[0], call.in[3], call.in[4], call.in[1], call.in[2], false, 0.0,
                        call.real("epsilon", 1e-5))};
}

Tensors run_layer_norm(const Call& call) {
  const Tensor& x = call.in[0];
  const std::int64_t axis = wrap_dim(call.whole("axis", -1), x.dim(), "layer_norm");
  const Shape shape(x.sizes().begin() + axis, x.sizes().end());
  return {F::layer_norm(x, shape, call.in[1], call.has(2) ? call.in[2] : Tensor(), call.real("epsilon", 1e-5))};
}

Tensors run_dropout(const Call& call) { return {call.in[0]}; }

constexpr Operator layer_list[] = {
    {"Gemm", 2, 3, " alpha:f beta:f transA:i transB:i ", run_gemm, ""},
    {"MatMul", 2, 2, "", run_matmul, ""},
    {"Conv", 2, 3, " auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I ", run_conv,
     "(N, C, L) and (N, C, H, W)"},
    {"MaxPool", 1, 1, " auto_pad:s ceil_mode:i dilations:I kernel_shape:I pads:I storage_order:i strides:I ",
     run_max_pool, "(N, C, L) and (N, C, H, W); dilations 1; no indices"},
    {"AveragePool", 1, 1, " auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape:I pads:I strides:I ",
     run_average_pool, "(N, C, L) and (N, C, H, W); dilations 1; pads that differ only with count_include_pad"},
    {"GlobalAveragePool", 1, 1, "", run_global_average, ""},
    {"GlobalMaxPool", 1, 1, "", run_global_max, ""},
    {"BatchNormalization", 5, 5, " epsilon:f momentum:f training_mode:i ", run_batch_norm, "training_mode 0"},
    {"LayerNormalization", 2, 3, " axis:i epsilon:f stash_type:i ", run_layer_norm, "one output"},
    {"Dropout", 1, 3, " ratio:f seed:i ", run_dropout, "x itself, also in training"},
};

}  // namespace

std::span<const Operator> layer_operators() { return layer_list; }

}  // namespace tinytorch::onnx
