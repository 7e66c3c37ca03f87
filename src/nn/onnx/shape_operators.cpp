// Other shapes for the same elements, parts of tensors, joined tensors; sums and extremes along dimensions.

#include "src/nn/onnx/operators.hpp"
#include "tinytorch/core/broadcast.hpp"
#include "tinytorch/core/error.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch::onnx {

namespace {

Shape shape_of(const Call& call, const std::vector<std::int64_t>& list) {
  if (list.size() > Shape::max_rank) call.fail("more than 8 dimensions");
  return Shape{Dims(list)};
}

Tensor of_wholes(Dims numbers) {
  const Tensor list = empty({static_cast<std::int64_t>(numbers.size())}, DType::int64);
  std::copy(numbers.begin(), numbers.end(), list.data<std::int64_t>());
  return list;
}

Tensors run_reshape(const Call& call) {
  Shape sizes = shape_of(call, call.wholes(1, "shape"));
  const Tensor& x = call.in[0];
  if (call.whole("allowzero", 0) == 0)
    for (std::int64_t d = 0; d < sizes.size(); ++d) {
      if (sizes[d] != 0) continue;
      if (d >= x.dim()) call.fail("a 0 in the shape takes a size of x that x does not have");
      sizes[d] = x.size(d);
    }
  return {reshape(x, sizes)};
}

Tensors run_flatten(const Call& call) {
  const Tensor& x = call.in[0];
  const std::int64_t axis = call.whole("axis", 1);
  if (axis < -x.dim() || axis > x.dim()) call.fail("axis is not a dimension of x");
  std::int64_t rows = 1;
  for (std::int64_t d = 0; d < (axis < 0 ? axis + x.dim() : axis); ++d) rows *= x.size(d);
  return {reshape(x, {rows, rows == 0 ? numel(Shape(x.sizes().begin() + axis, x.sizes().end())) : x.numel() / rows})};
}

Tensors run_transpose(const Call& call) {
  Shape order = shape_of(call, call.wholes("perm"));
  if (call.attribute("perm") == nullptr)
    for (std::int64_t d = call.in[0].dim(); d > 0; --d) order.push_back(d - 1);
  return {permute(call.in[0], order)};
}

Tensors run_squeeze(const Call& call) {
  const Tensor& x = call.in[0];
  const std::vector<std::int64_t> axes = call.wholes(1, "axes");
  if (axes.empty()) return {squeeze(x)};
  Shape keep = Shape::filled(x.dim(), 1), sizes;
  for (const std::int64_t axis : axes) {
    const std::int64_t d = wrap_dim(axis, x.dim(), "squeeze");
    if (x.size(d) != 1) call.fail("a dimension to be removed has another size than 1");
    keep[d] = 0;
  }
  for (std::int64_t d = 0; d < x.dim(); ++d)
    if (keep[d] != 0) sizes.push_back(x.size(d));
  return {reshape(x, sizes)};
}

Tensors run_unsqueeze(const Call& call) {
  const Tensor& x = call.in[0];
  const std::vector<std::int64_t> axes = call.wholes(1, "axes");
  const std::int64_t rank = x.dim() + static_cast<std::int64_t>(axes.size());
  if (rank > Shape::max_rank) call.fail("more than 8 dimensions");
  Shape added = Shape::filled(rank, 0), sizes;
  for (const std::int64_t axis : axes)
    if (added[wrap_dim(axis, rank, "unsqueeze")]++ != 0) call.fail("axes names a dimension twice");
  for (std::int64_t d = 0, from = 0; d < rank; ++d) sizes.push_back(added[d] != 0 ? 1 : x.size(from++));
  return {reshape(x, sizes)};
}

Tensors run_concat(const Call& call) {
  if (call.attribute("axis") == nullptr) call.fail("axis is missing");
  return {cat(call.in, call.whole("axis", 0))};
}

Tensors run_slice(const Call& call) {
  const std::vector<std::int64_t> starts = call.wholes(1, ""), ends = call.wholes(2, "");
  std::vector<std::int64_t> axes = call.wholes(3, ""), steps = call.wholes(4, "");
  if (axes.empty())
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    call.fail("starts, ends, axes and steps have different lengths");
  Tensor y = call.in[0];
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (steps[i] < 1) call.fail("steps below 1 are not computed");
    y = slice(y, axes[i], starts[i], ends[i], steps[i]);
  }
  return {y};
}

Tensors run_split(const Call& call) {
  const Tensor& x = call.in[0];
  const std::int64_t axis = wrap_dim(call.whole("axis", 0), x.dim(), "split");
  std::vector<std::int64_t> parts = call.wholes(1, "split");
  if (parts.empty()) {
    const auto count = static_cast<std::int64_t>(call.node.outputs.size());
    const std::int64_t size = (x.size(axis) + count - 1) / count;
    for (std::int64_t i = 0; i < count; ++i)
      parts.push_back(std::clamp<std::int64_t>(x.size(axis) - i * size, 0, size));
  }
  if (parts.size() != call.node.outputs.size()) call.fail("split has another length than there are outputs");
  return {split(x, Dims(parts), axis)};
}

// Indices count from the end if they are negative.
Tensor from_front(const Tensor& index, std::int64_t size) {
  const Tensor numbers = to(index, DType::int64);
  return where(lt(numbers, 0), numbers + size, numbers);
}

Tensors run_gather(const Call& call) {
  const Tensor& x = call.in[0];
  const std::int64_t d = wrap_dim(call.whole("axis", 0), x.dim(), "gather");
  if (is_floating(call.in[1].dtype())) call.fail("indices are integers");
  const Tensor index = from_front(call.in[1], x.size(d));
  Shape sizes(x.sizes().begin(), x.sizes().begin() + d);
  if (x.dim() - 1 + index.dim() > Shape::max_rank) call.fail("more than 8 dimensions");
  for (const std::int64_t size : index.sizes()) sizes.push_back(size);
  for (std::int64_t rest = d + 1; rest < x.dim(); ++rest) sizes.push_back(x.size(rest));
  return {reshape(index_select(x, d, reshape(index, {index.numel()})), sizes)};
}

Tensors run_gather_elements(const Call& call) {
  const Tensor& x = call.in[0];
  const std::int64_t d = wrap_dim(call.whole("axis", 0), x.dim(), "gather");
  return {gather(x, d, from_front(call.in[1], x.size(d)))};
}

Tensors run_expand(const Call& call) {
  return {expand(call.in[0], broadcast_shapes(call.in[0].sizes(), shape_of(call, call.wholes(1, "shape"))))};
}

Tensors run_shape(const Call& call) {
  const Shape& sizes = call.in[0].sizes();
  const std::int64_t rank = sizes.size();
  const auto place = [rank](std::int64_t d) { return std::clamp<std::int64_t>(d < 0 ? d + rank : d, 0, rank); };
  const std::int64_t start = place(call.whole("start", 0)), end = place(call.whole("end", rank));
  return {of_wholes(start < end ? Dims(sizes.data() + start, sizes.data() + end) : Dims())};
}

Tensors run_constant_of_shape(const Call& call) {
  const Attribute* const value = call.attribute("value");
  if (value != nullptr && value->t.numel() != 1) call.fail("value is one number");
  const Tensor one = value != nullptr ? reshape(value->t, {}) : zeros({});
  const Shape sizes = shape_of(call, call.wholes(0, ""));
  for (const std::int64_t size : sizes)
    if (size < 0) call.fail("a size is negative");
  return {expand(one, sizes)};
}

Tensors run_pad(const Call& call) {
  const Tensor& x = call.in[0];
  const std::vector<std::int64_t> pads = call.wholes(1, "pads");
  std::vector<std::int64_t> axes = call.wholes(3, "");
  if (axes.empty())
    for (std::int64_t d = 0; d < x.dim(); ++d) axes.push_back(d);
  if (pads.size() != 2 * axes.size()) call.fail("pads has two numbers for each dimension");
  std::vector<std::int64_t> from_last(static_cast<std::size_t>(2 * x.dim()), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto place = static_cast<std::size_t>(x.dim() - 1 - wrap_dim(axes[i], x.dim(), "pad"));
    from_last[2 * place] = pads[i];
    from_last[2 * place + 1] = pads[axes.size() + i];
  }
  const std::string mode = call.text("mode", "constant");
  const bool known = mode == "constant" || mode == "reflect" || mode == "edge" || mode == "wrap";
  if (!known) call.fail("mode is constant, reflect, edge or wrap");
  const double value = call.has(2) ? to(reshape(call.in[2], {}), DType::float64).item<double>() : 0.0;
  return {pad(x, from_last, mode == "edge" ? "replicate" : mode == "wrap" ? "circular" : mode, value)};
}

Tensors run_identity(const Call& call) { return {call.in[0]}; }

Tensors run_constant(const Call& call) {
  if (call.node.attributes.size() != 1) call.fail("one of value, value_float, value_floats, value_int, value_ints");
  const Attribute& value = call.node.attributes[0];
  if (value.type == Attribute::tensor) return {value.t};
  if (value.type == Attribute::whole) return {reshape(of_wholes(Dims(&value.i, 1)), {})};
  if (value.type == Attribute::wholes) return {of_wholes(value.ints)};
  const std::vector<float> reals = value.type == Attribute::real ? std::vector<float>{value.f} : value.floats;
  const Tensor list = empty({static_cast<std::int64_t>(reals.size())});
  std::copy(reals.begin(), reals.end(), list.data<float>());
  return {value.type == Attribute::real ? reshape(list, {}) : list};
}

using Reduce = Tensor (*)(const Tensor&, DimList, bool);

template <Reduce function>
Tensors reduce_along(const Call& call) {
  const Tensor& x = call.in[0];
  const std::vector<std::int64_t> axes = call.wholes(1, "axes");
  if (axes.empty() && call.whole("noop_with_empty_axes", 0) != 0) return {x};
  if (axes.size() > Shape::max_rank) call.fail("more than 8 dimensions");
  return {to(function(x, DimList(Shape{Dims(axes)}), call.whole("keepdims", 1) != 0), x.dtype())};
}

template <Tensor (*function)(const Tensor&, std::int64_t, bool)>
Tensors place_along(const Call& call) {
  if (call.whole("select_last_index", 0) != 0) call.fail("select_last_index 1 is not computed");
  return {function(call.in[0], call.whole("axis", 0), call.whole("keepdims", 1) != 0)};
}

constexpr std::string_view reduction_settings = " axes:I keepdims:i noop_with_empty_axes:i ";

constexpr Operator shape_list[] = {
    {"Reshape", 2, 2, " allowzero:i ", run_reshape, ""},
    {"Flatten", 1, 1, " axis:i ", run_flatten, ""},
    {"Transpose", 1, 1, " perm:I ", run_transpose, ""},
    {"Squeeze", 1, 2, "", run_squeeze, ""},
    {"Unsqueeze", 2, 2, "", run_unsqueeze, ""},
    {"Expand", 2, 2, "", run_expand, ""},
    {"Concat", 1, 1000, " axis:i ", run_concat, ""},
    {"Split", 1, 2, " axis:i num_outputs:i ", run_split, ""},
    {"Slice", 3, 5, "", run_slice, "steps of 1 or more"},
    {"Gather", 2, 2, " axis:i ", run_gather, ""},
    {"GatherElements", 2, 2, " axis:i ", run_gather_elements, ""},
    {"Pad", 2, 4, " mode:s ", run_pad, ""},
    {"Shape", 1, 1, " end:i start:i ", run_shape, ""},
    {"ConstantOfShape", 1, 1, " value:t ", run_constant_of_shape, ""},
    {"Identity", 1, 1, "", run_identity, ""},
    {"Constant", 0, 0, " value:t value_float:f value_floats:F value_int:i value_ints:I ", run_constant,
     "no text, not sparse"},
    {"ReduceSum", 1, 2, reduction_settings, reduce_along<sum>, ""},
    {"ReduceMean", 1, 2, reduction_settings, reduce_along<mean>, ""},
    {"ReduceMax", 1, 2, reduction_settings, reduce_along<amax>, ""},
    {"ReduceMin", 1, 2, reduction_settings, reduce_along<amin>, ""},
    {"ReduceProd", 1, 2, reduction_settings, reduce_along<prod>, ""},
    {"ArgMax", 1, 1, " axis:i keepdims:i select_last_index:i ", place_along<argmax>, "select_last_index 0"},
    {"ArgMin", 1, 1, " axis:i keepdims:i select_last_index:i ", place_along<argmin>, "select_last_index 0"},
};

}  // namespace

std::span<const Operator> shape_operators() { return shape_list; }

}  // namespace tinytorch::onnx
