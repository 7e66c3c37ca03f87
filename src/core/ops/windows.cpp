// Views that show an element never, once or several times (diagonals and sliding windows), padding, and flip.

#include "src/core/ops/spread.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tinytorch {

using detail::Grads, detail::make_node, detail::needs_grad, detail::Node, detail::record, detail::spread,
    detail::view_of, detail::window;

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  const std::int64_t a = wrap_dim(dim1, x.dim(), "diagonal");
  const std::int64_t b = wrap_dim(dim2, x.dim(), "diagonal");
  if (a == b) throw ShapeError(detail::text({"[diagonal] dimension ", a, " named twice: ", x.sizes()}));
  OpScope scope("diagonal", {&x});
  return scope.result(view_of("diagonal", x, [offset, a, b](const Tensor& base) {
    const Shape& whole = base.sizes();
    const Shape& steps = base.strides();
    const std::int64_t length = std::max<std::int64_t>(
        0, offset >= 0 ? std::min(whole[a], whole[b] - offset) : std::min(whole[a] + offset, whole[b]));
    const std::int64_t start = length == 0 ? 0 : offset >= 0 ? offset * steps[b] : -offset * steps[a];
    Shape sizes, strides;
    for (std::int64_t d = 0; d < whole.size(); ++d) {
      if (d == a || d == b) continue;
      sizes.push_back(whole[d]);
      strides.push_back(steps[d]);
    }
    sizes.push_back(length);
    strides.push_back(steps[a] + steps[b]);
    return window(base, sizes, strides, base.storage_offset() + start);
  }));
}

Tensor diag(const Tensor& x, std::int64_t diagonal) {
  if (x.dim() == 2) return tinytorch::diagonal(x, diagonal);
  if (x.dim() != 1) throw ShapeError(detail::text({"[diag] needs a vector or a matrix: ", x.sizes()}));
  OpScope scope("diag", {&x});
  const std::int64_t size = x.numel() + std::abs(diagonal);
  return scope.result(spread("diag", x, {size, size},
                             [diagonal](const Tensor& base) { return tinytorch::diagonal(base.detach(), diagonal); }));
}

Tensor unfold(const Tensor& x, std::int64_t dim, std::int64_t size, std::int64_t step) {
  const std::int64_t d = wrap_dim(dim, std::max<std::int64_t>(x.dim(), 1), "unfold");
  const std::int64_t length = x.dim() == 0 ? 1 : x.sizes()[d];
  if (size < 0 || size > length)
    throw ValueError(
        detail::text({"[unfold] a window of ", size, " does not fit in dimension ", dim, " of ", x.sizes()}));
  if (step < 1) throw ValueError(detail::text({"[unfold] step must be at least 1: ", step}));
  if (x.dim() == 0) return unfold(reshape(x, {1}), 0, size, step).select(0, 0);
  OpScope scope("unfold", {&x});
  return scope.result(view_of("unfold", x, [d, size, step](const Tensor& base) {
    Shape sizes = base.sizes();
    Shape strides = base.strides();
    sizes.push_back(size);
    strides.push_back(strides[d]);
    sizes[d] = (sizes[d] - size) / step + 1;
    strides[d] *= step;
    return window(base, sizes, strides, base.storage_offset());
  }));
}

namespace {

// The part of x that negative padding does not cut off, and its place in the padded result.
Tensor pad_constant(const Tensor& x, const std::vector<std::int64_t>& pad, double value) {
  OpScope scope("pad", {&x});
  if (pad.size() <= Shape::max_rank) scope.setting("pad", Shape(pad));
  scope.real("value", value);
  Shape sizes = x.sizes();
  Tensor kept = x.detach();
  Shape starts = Shape::filled(x.dim(), 0);
  for (std::size_t i = 0; i < pad.size(); i += 2) {
    const std::int64_t d = x.dim() - 1 - static_cast<std::int64_t>(i / 2);
    sizes[d] += pad[i] + pad[i + 1];
    if (sizes[d] < 0)
      throw ShapeError(detail::text(
          {"[pad] (", fmt::format("{}", fmt::join(pad, ", ")), ") cuts more off ", x.sizes(), " than there is"}));
    const std::int64_t front = std::max<std::int64_t>(0, -pad[i]), back = std::max<std::int64_t>(0, -pad[i + 1]);
    const std::int64_t stop = kept.sizes()[d] - back;
    kept = raw::slice(kept, d, std::min(front, kept.sizes()[d]), std::max<std::int64_t>(stop, 0), 1);
    starts[d] = std::max<std::int64_t>(0, pad[i]);
  }
  Tensor out = value == 0.0 ? zeros(sizes, x.dtype()) : full(sizes, value, x.dtype());
  if (kept.numel() > 0 && out.numel() > 0) {
    std::int64_t offset = 0;
    for (std::int64_t d = 0; d < out.dim(); ++d) offset += starts[d] * out.strides()[d];
    window(out, kept.sizes(), out.strides(), offset).copy_(kept);
  }
  if (needs_grad({&x}))
    record(out, {&x}, make_node("pad", [pad](const Tensor& grad, Grads grads, Node&) {
             std::vector<std::int64_t> back = pad;
             for (std::int64_t& number : back) number = -number;
             grads[0] = pad_constant(grad, back, 0.0);
           }));
  return scope.result(std::move(out));
}

// For every index of a padded dimension, the index in x that it shows.
Tensor padded_places(std::int64_t size, std::int64_t before, std::int64_t after, std::string_view mode) {
  const bool fits = mode == "reflect"     ? std::max(before, after) < size
                    : mode == "replicate" ? size > 0
                                          : std::max(before, after) <= size;
  if (before < 0 || after < 0 || !fits)
    throw ShapeError(detail::text({"[pad] ", mode, " by (", before, ", ", after, ") of a dimension of size ", size}));
  const Tensor places = empty({before + size + after}, DType::int64);
  for (std::int64_t i = 0; i < places.numel(); ++i) {
    std::int64_t at = i - before;
    if (mode == "reflect") at = at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
    if (mode == "replicate") at = std::clamp<std::int64_t>(at, 0, size - 1);
    if (mode == "circular") at = at < 0 ? at + size : at >= size ? at - size : at;
    places.data<std::int64_t>()[i] = at;
  }
  return places;
}

}  // namespace

Tensor pad(const Tensor& x, Dims pad, std::string_view mode, double value) {
  const auto count = static_cast<std::int64_t>(pad.size());
  if (count % 2 != 0 || count > 2 * x.dim())
    throw ShapeError(
        detail::text({"[pad] ", count, " numbers for ", x.sizes(), ": two for each dimension from the last on"}));
  if (mode == "constant") return pad_constant(x, {pad.begin(), pad.end()}, value);
  if (mode != "reflect" && mode != "replicate" && mode != "circular")
    throw ValueError(detail::text({"[pad] mode is constant, reflect, replicate or circular, not '", mode, "'"}));
  Tensor result = x;
  for (std::size_t i = 0; i < pad.size(); i += 2) {
    const std::int64_t d = x.dim() - 1 - static_cast<std::int64_t>(i / 2);
    if (pad[i] != 0 || pad[i + 1] != 0)
      result = index_select(result, d, padded_places(x.sizes()[d], pad[i], pad[i + 1], mode));
  }
  return result;
}

Tensor flip(const Tensor& x, Dims dims) {
  OpScope scope("flip", {&x});
  Shape strides = x.strides();
  std::int64_t offset = x.storage_offset();
  Shape turned = Shape::filled(x.dim(), 0);
  for (const std::int64_t dim : dims) {
    const std::int64_t d = wrap_dim(dim, x.dim(), "flip");
    if (turned[d]++ != 0) throw ShapeError(detail::text({"[flip] dimension ", d, " named twice: ", Shape(dims)}));
    if (x.numel() > 0) offset += (x.sizes()[d] - 1) * strides[d];
    strides[d] = -strides[d];
  }
  Tensor out = window(x, x.sizes(), strides, offset).clone();
  if (needs_grad({&x}))
    record(out, {&x}, make_node("flip", [dims = Shape(dims)](const Tensor& grad, Grads grads, Node&) {
             grads[0] = flip(grad, dims);
           }));
  return scope.result(std::move(out));
}

}  // namespace tinytorch
