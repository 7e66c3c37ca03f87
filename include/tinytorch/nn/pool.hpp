#pragma once

#include "tinytorch/core/graph.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/op_trace.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/nn/conv.hpp"
#include "tinytorch/nn/conv_grad.hpp"
#include "tinytorch/nn/module.hpp"
#include "tinytorch/nn/options.hpp"
#include "tinytorch/nn/window.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

/// Max pooling (lab 03 defines raw::max_pool2d, unit nn/pool; its gradient is in conv_grad.hpp) and average pooling.
namespace tinytorch::raw {

/// The largest value in each window, and its index i * W + j in the plane (H, W), as int64. Of equal values the first
/// counts; NaN counts as larger than any number. x (N, C, H, W) -> two tensors (N, C, Ho, Wo). Padding counts as
/// -infinity and is never chosen. A stride of 0 is the size of the kernel along its axis. Throws ShapeError,
/// DTypeError, and ValueError as conv_output_size and for padding above half the kernel (a window could lie outside the
/// image).
std::pair<Tensor, Tensor> max_pool2d(const Tensor& x, const PoolSpec& spec);

/// The pixels first..last-1 of one axis, and the factor by which their sum is multiplied.
struct Span {
  std::int64_t first, last;
  double factor;
};
using Spans = std::span<const Span>;

/// y[n, c, i, j] is the sum of x[n, c] over rows[i] and columns[j], times both factors. x (N, C, H, W), any strides ->
/// (N, C, rows, columns). float32 and float64. Throws ShapeError, DTypeError.
Tensor window_sums(const Tensor& x, Spans rows, Spans columns);
/// The transpose of window_sums: grad (N, C, rows, columns) -> x_sizes.
Tensor window_sums_grad(const Tensor& grad, Spans rows, Spans columns, const Shape& x_sizes);

}  // namespace tinytorch::raw

namespace tinytorch::detail {

/// The pixels of x (N, C, H, W) that index (N, C, Ho, Wo) names; an index counts within a plane.
inline Tensor gather_plane(const Tensor& x, const Tensor& index) {
  const std::int64_t planes = x.size(0) * x.size(1), windows = index.size(2) * index.size(3);
  const Tensor first = mul(arange(planes), x.size(2) * x.size(3));
  const Tensor places = reshape(index, {planes, windows}) + reshape(first, {planes, 1});
  return reshape(index_select(reshape(x, {x.numel()}), 0, reshape(to(places, DType::int64), {planes * windows})),
                 index.sizes());
}

/// Linear in grad: its own gradient reads the upstream gradient at the same pixels.
inline Tensor max_pool2d_grad(const Tensor& grad, const Tensor& index, const Shape& x_sizes) {
  OpScope scope("max_pool2d_grad", {&grad, &index});
  Tensor out = raw::max_pool2d_grad(grad, index, x_sizes);
  if (needs_grad({&grad}))
    record(out, {&grad}, make_node("max_pool2d_grad", [index](const Tensor& upstream, Grads grads, Node&) {
             grads[0] = gather_plane(upstream, index);
           }));
  return scope.result(std::move(out));
}

using SpanList = std::vector<raw::Span>;

// Both are linear, and each is the gradient of the other.
inline Tensor window_sums_grad(const Tensor& grad, const SpanList& rows, const SpanList& columns, const Shape& sizes);

inline Tensor window_sums(const Tensor& x, const SpanList& rows, const SpanList& columns) {
  OpScope scope("window_sums", {&x});
  Tensor y = raw::window_sums(x, rows, columns);
  if (needs_grad({&x}))
    record(y, {&x},
           make_node("window_sums", [rows, columns, sizes = x.sizes()](const Tensor& grad, Grads grads, Node&) {
             grads[0] = window_sums_grad(grad, rows, columns, sizes);
           }));
  return scope.result(std::move(y));
}

inline Tensor window_sums_grad(const Tensor& grad, const SpanList& rows, const SpanList& columns, const Shape& sizes) {
  OpScope scope("window_sums_grad", {&grad});
  Tensor out = raw::window_sums_grad(grad, rows, columns, sizes);
  if (needs_grad({&grad}))
    record(out, {&grad}, make_node("window_sums_grad", [rows, columns](const Tensor& upstream, Grads grads, Node&) {
             grads[0] = window_sums(upstream, rows, columns);
           }));
  return scope.result(std::move(out));
}

/// The pixels that lie behind one axis when a last window may be cut off there: it must begin before `size + padding`.
inline std::int64_t ceil_padding(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  const std::int64_t step = stride == 0 ? kernel : stride;
  const std::int64_t next = nn::conv_output_size(size, kernel, step, padding, 1) * step;  // where one more would begin
  const bool some_are_left = (size + 2 * padding - kernel) % step != 0;
  return some_are_left && next < size + padding ? next + kernel - size - 2 * padding : 0;
}

/// How the windows of a pool lie along one axis.
struct PoolAxis {
  std::int64_t size, kernel, stride, padding;
  bool ceil_mode, count_padding;
};

/// The windows of `kernel` pixels at every `stride`-th place. With `count_padding` the padding counts as zeros; what
/// ceil_mode adds behind it does not count.
inline SpanList pool_spans(const PoolAxis& axis) {
  const std::int64_t padding = axis.padding, kernel = axis.kernel, end = axis.size + padding;
  if (2 * padding > kernel)
    throw ValueError("[avg_pool2d] padding above half the kernel: a window could lie outside the image");
  const std::int64_t step = axis.stride == 0 ? kernel : axis.stride;
  const bool one_more = axis.ceil_mode && ceil_padding(axis.size, kernel, step, padding) > 0;
  const std::int64_t count = nn::conv_output_size(axis.size, kernel, step, padding, 1) + (one_more ? 1 : 0);
  SpanList spans;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t begin = i * step - padding;
    const std::int64_t first = std::max<std::int64_t>(0, begin), last = std::min(axis.size, begin + kernel);
    const std::int64_t counted = axis.count_padding ? std::min(begin + kernel, end) - begin : last - first;
    spans.push_back({first, last, 1.0 / static_cast<double>(counted)});
  }
  return spans;
}

/// `count` windows that cover the axis evenly: window i from floor(i size / count) to ceil((i + 1) size / count).
inline SpanList even_spans(std::int64_t size, std::int64_t count) {
  if (count < 1 || size < 1)
    throw ShapeError(text({"[adaptive_avg_pool2d] ", count, " windows don't fit over ", size, " pixels"}));
  SpanList spans;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t first = i * size / count, last = ((i + 1) * size + count - 1) / count;
    spans.push_back({first, last, 1.0 / static_cast<double>(last - first)});
  }
  return spans;
}

inline void check_images(const Tensor& x, const char* op) {
  if (x.dim() != 4) throw ShapeError(text({"[", op, "] not images (N, C, H, W): ", x.sizes()}));
}

// Tells a tracer how the window moves.
template <class Scope>
void note_pool(Scope& scope, const PoolSpec& spec) {
  scope.setting("kernel", {spec.kernel.h, spec.kernel.w});
  scope.setting("stride", {spec.stride.h == 0 ? spec.kernel.h : spec.stride.h,
                           spec.stride.w == 0 ? spec.kernel.w : spec.stride.w});
  scope.setting("padding", {spec.padding.h, spec.padding.w});
}

inline Tensor max_pool2d(const Tensor& x, const PoolSpec& spec) {
  OpScope scope("max_pool2d", {&x});
  scope.window({spec.kernel.h, spec.kernel.w});
  note_pool(scope, spec);
  auto [values, index] = raw::max_pool2d(x, spec);
  if (needs_grad({&x}))
    record(values, {&x},
           make_node("max_pool2d", [index = index, sizes = x.sizes()](const Tensor& grad, Grads grads, Node&) {
             grads[0] = max_pool2d_grad(grad, index, sizes);
           }));
  return scope.result(values);
}

}  // namespace tinytorch::detail

namespace tinytorch::nn::functional {

/// The largest value of each window: x (N, C, H, W) -> (N, C, Ho, Wo), or one image (C, H, W) -> (C, Ho, Wo). With
/// ceil_mode a last window may be cut off by the end of the image.
inline Tensor max_pool2d(const Tensor& x, const PoolSpec& spec, bool ceil_mode = false) {
  if (x.dim() == 3) return squeeze(max_pool2d(unsqueeze(x, 0), spec, ceil_mode), 0);
  if (!ceil_mode || x.dim() != 4) return detail::max_pool2d(x, spec);
  const std::int64_t below = detail::ceil_padding(x.size(2), spec.kernel.h, spec.stride.h, spec.padding.h);
  const std::int64_t right = detail::ceil_padding(x.size(3), spec.kernel.w, spec.stride.w, spec.padding.w);
  if (below + right == 0) return detail::max_pool2d(x, spec);
  return detail::max_pool2d(pad(x, Shape{0, right, 0, below}, -std::numeric_limits<double>::infinity()), spec);
}

/// The mean of each window: x (N, C, H, W) -> (N, C, Ho, Wo), or one image (C, H, W) -> (C, Ho, Wo). Padding counts as
/// zeros unless count_include_pad is false. With ceil_mode a last window may be cut off by the end of the image and its
/// padding: it is the mean of the rest. Throws ShapeError, ValueError for padding above half the kernel.
inline Tensor avg_pool2d(const Tensor& x, const PoolSpec& spec, bool count_include_pad = true, bool ceil_mode = false) {
  if (x.dim() == 3) return squeeze(avg_pool2d(unsqueeze(x, 0), spec, count_include_pad, ceil_mode), 0);
  detail::check_images(x, "avg_pool2d");
  TracedOp scope("avg_pool2d", {&x});
  detail::note_pool(scope, spec);
  scope.setting("modes", {count_include_pad, ceil_mode});
  return scope.result(detail::window_sums(
      x, detail::pool_spans({x.size(2), spec.kernel.h, spec.stride.h, spec.padding.h, ceil_mode, count_include_pad}),
      detail::pool_spans({x.size(3), spec.kernel.w, spec.stride.w, spec.padding.w, ceil_mode, count_include_pad})));
}

/// output.h times output.w windows, spread evenly: x (N, C, H, W) -> (N, C, output.h, output.w), or one image
/// (C, H, W). Throws ShapeError.
inline Tensor adaptive_avg_pool2d(const Tensor& x, Pair output) {
  if (x.dim() == 3) return squeeze(adaptive_avg_pool2d(unsqueeze(x, 0), output), 0);
  detail::check_images(x, "adaptive_avg_pool2d");
  TracedOp scope("adaptive_avg_pool2d", {&x});
  scope.setting("output", {output.h, output.w});
  return scope.result(
      detail::window_sums(x, detail::even_spans(x.size(2), output.h), detail::even_spans(x.size(3), output.w)));
}

}  // namespace tinytorch::nn::functional

namespace tinytorch::nn {

/// x: (N, C, H, W) -> (N, C, Ho, Wo), or one image (C, H, W) -> (C, Ho, Wo).
class MaxPool2d : public Module, public PointerSyntax<MaxPool2d> {
 public:
  explicit MaxPool2d(std::int64_t kernel) : spec{{kernel, kernel}} {}
  explicit MaxPool2d(const PoolSpec& pool, bool ceil = false) : spec(pool), ceil_mode(ceil) {}
  explicit MaxPool2d(const MaxPool2dOptions& pool) : MaxPool2d(pool.spec(), pool.ceil_mode()) {}

  Tensor forward(const Tensor& x) override { return functional::max_pool2d(x, spec, ceil_mode); }
  std::shared_ptr<Module> clone() const override { return clone_into(new MaxPool2d(spec, ceil_mode)); }

  PoolSpec spec;
  bool ceil_mode = false;
};

/// x: (N, C, H, W) -> (N, C, Ho, Wo), or one image (C, H, W) -> (C, Ho, Wo).
class AvgPool2d : public Module, public PointerSyntax<AvgPool2d> {
 public:
  explicit AvgPool2d(std::int64_t kernel) : spec{{kernel, kernel}} {}
  explicit AvgPool2d(const PoolSpec& pool, bool include_pad = true, bool ceil = false)
      : spec(pool), count_include_pad(include_pad), ceil_mode(ceil) {}
  explicit AvgPool2d(const AvgPool2dOptions& pool)
      : AvgPool2d(pool.spec(), pool.count_include_pad(), pool.ceil_mode()) {}

  Tensor forward(const Tensor& x) override { return functional::avg_pool2d(x, spec, count_include_pad, ceil_mode); }
  std::shared_ptr<Module> clone() const override {
    return clone_into(new AvgPool2d(spec, count_include_pad, ceil_mode));
  }

  PoolSpec spec;
  bool count_include_pad = true;
  bool ceil_mode = false;
};

/// x: (N, C, H, W) -> (N, C, output.h, output.w), whatever H and W are.
class AdaptiveAvgPool2d : public Module, public PointerSyntax<AdaptiveAvgPool2d> {
 public:
  explicit AdaptiveAvgPool2d(std::int64_t side) : output{side, side} {}
  explicit AdaptiveAvgPool2d(Pair size) : output(size) {}

  Tensor forward(const Tensor& x) override { return functional::adaptive_avg_pool2d(x, output); }
  std::shared_ptr<Module> clone() const override { return clone_into(new AdaptiveAvgPool2d(output)); }

  Pair output;
};

}  // namespace tinytorch::nn
