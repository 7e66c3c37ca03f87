#include "src/core/autograd/record.hpp"
#include "src/core/ops/reduce.hpp"
#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>
#include <limits>

namespace tinytorch {

using detail::dims_of, detail::dispatch, detail::dispatch_floating, detail::floating, detail::for_each_offset,
    detail::Grads, detail::kept_sizes, detail::make_node, detail::marked_dims, detail::reduced_count,
    detail::needs_grad, detail::Node, detail::record, detail::reduce, detail::Saved;

namespace {

// Integers and booleans are summed and compared as int64.
Tensor summable(const Tensor& x) { return is_floating(x.dtype()) ? x : to(x, DType::int64); }

// A reduced tensor, or its gradient, with each reduced dimension as size 1.
Tensor with_kept(const Tensor& reduced, const Shape& x, Dims dims, bool keepdim) {
  return keepdim ? reduced : reshape(reduced, kept_sizes(x, dims, "reduction"));
}

}  // namespace

std::int64_t detail::reduced_count(const Tensor& x, DimList dims, const char* op) {
  const Shape marked = marked_dims(dims_of(x, dims, op), x.dim(), op);
  std::int64_t count = 1;
  for (std::int64_t d = 0; d < x.dim(); ++d)
    if (marked[d] != 0) count *= x.sizes()[d];
  return count;
}

Tensor sum(const Tensor& x, DimList list, bool keepdim) {
  OpScope scope("sum", {&x});
  const Shape dims = dims_of(x, list, "sum");
  scope.setting("dims", dims);
  scope.setting("keepdim", {keepdim});
  Tensor out = raw::sum(summable(x), dims, keepdim);
  if (needs_grad({&x}))
    record(out, {&x}, make_node("sum", [sizes = x.sizes(), d = dims, keepdim](const Tensor& grad, Grads grads, Node&) {
             grads[0] = vjp::sum(grad, sizes, d, keepdim);
           }));
  return scope.result(std::move(out));
}

Tensor mean(const Tensor& x, DimList list, bool keepdim) {
  OpScope scope("mean", {&x});
  const Tensor in = floating(x);
  const Shape dims = dims_of(x, list, "mean");
  scope.setting("dims", dims);
  scope.setting("keepdim", {keepdim});
  const auto count = static_cast<double>(reduced_count(in, dims, "mean"));
  Tensor out;
  {
    const NoGrad kernel;  // recorded as one node
    out = sum(in, dims, keepdim) / count;
  }
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("mean", [sizes = in.sizes(), d = dims, keepdim](const Tensor& grad, Grads grads, Node&) {
             grads[0] = vjp::mean(grad, sizes, d, keepdim);
           }));
  return scope.result(std::move(out));
}

namespace {

// For each entry the product of the other entries of its row, (m, n) -> (m, n), without a division. The products of
// pairs, left[i] * right[i], make a row of half the length; the result for it, times right (or left), is that for left
// (or right).
Tensor product_of_others(const Tensor& x) {
  const std::int64_t m = x.size(0), n = x.size(1);
  if (n <= 1) return ones(x.sizes(), x.dtype());
  if (n % 2 != 0) {
    const Tensor even[] = {x, ones({m, 1}, x.dtype())};
    return slice(product_of_others(cat(even, 1)), 1, 0, n);
  }
  const Tensor left = slice(x, 1, 0, n / 2), right = slice(x, 1, n / 2, n);
  const Tensor outer = product_of_others(left * right);
  const Tensor halves[] = {outer * right, outer * left};
  return cat(halves, 1);
}

Tensor product_gradient(const Tensor& grad, const Tensor& x, Dims dims, bool keepdim) {
  if (x.numel() == 0) return zeros(x.sizes(), x.dtype());
  const Shape marked = marked_dims(dims, x.dim(), "prod");
  Shape order, back = Shape::filled(x.dim(), 0);
  for (const std::int64_t wanted : {0, 1})
    for (std::int64_t d = 0; d < x.dim(); ++d)
      if (marked[d] == wanted) order.push_back(d);
  for (std::int64_t d = 0; d < x.dim(); ++d) back[order[d]] = d;
  const Tensor last = permute(x, order);
  const std::int64_t rows = numel(kept_sizes(x.sizes(), dims, "prod"));
  const Tensor others = reshape(product_of_others(reshape(last, {rows, x.numel() / rows})), last.sizes());
  return permute(others, back) * with_kept(grad, x.sizes(), dims, keepdim);
}

}  // namespace

Tensor prod(const Tensor& x, DimList list, bool keepdim) {
  OpScope scope("prod", {&x});
  const Tensor in = summable(x);
  const Shape dims = dims_of(x, list, "prod");
  scope.setting("dims", dims);
  scope.setting("keepdim", {keepdim});
  Tensor out = reduce(
      in, dims, keepdim, "prod", [](auto* type) { return std::remove_pointer_t<decltype(type)>(1); },
      [](auto total, auto v) { return total * v; });
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("prod", [saved = Saved(in), d = dims, keepdim](const Tensor& grad, Grads grads, Node&) {
             grads[0] = product_gradient(grad, saved.get("prod"), d, keepdim);
           }));
  return scope.result(std::move(out));
}

Tensor var(const Tensor& x, DimList list, double correction, bool keepdim) {
  OpScope scope("var", {&x});
  const Tensor in = is_floating(x.dtype()) ? x : to(x, DType::float32);
  const Shape dims = dims_of(in, list, "var");
  const double divisor = std::max(0.0, static_cast<double>(reduced_count(in, dims, "var")) - correction);
  Tensor out;
  {
    const NoGrad kernel;  // recorded as one node
    out = div(sum(square(in - mean(in, dims, true)), dims, keepdim), divisor);
  }
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("var", [saved = Saved(in), d = dims, keepdim, divisor](const Tensor& grad, Grads grads, Node&) {
             const Tensor& all = saved.get("var");
             // The gradient through the mean is 0: the distances from the mean add up to 0.
             grads[0] = (all - mean(all, d, true)) * with_kept(grad, all.sizes(), d, keepdim) * (2.0 / divisor);
           }));
  return scope.result(std::move(out));
}

namespace {

// Every element that equals the extreme gets an equal share. NaN equals NaN here.
Tensor shares_of(const Tensor& x, const Tensor& y, const Shape& dims, bool keepdim) {
  const NoGrad constant;  // a small step does not change which is the largest
  const Tensor best = with_kept(y, x.sizes(), dims, keepdim);
  const Tensor equals = logical_or(eq(x, best), logical_and(isnan(x), isnan(best)));
  return div(to(equals, x.dtype()), to(sum(equals, dims, true), x.dtype()));
}

template <class Init, class F>
Tensor extreme(const char* op, const Tensor& x, DimList list, bool keepdim, Init init, F f) {
  OpScope scope(op, {&x});
  const Tensor in = summable(x);
  const Shape dims = dims_of(x, list, op);
  scope.setting("dims", dims);
  scope.setting("keepdim", {keepdim});
  if (reduced_count(in, dims, op) == 0 && numel(kept_sizes(x.sizes(), dims, op)) > 0)
    throw ValueError(detail::text({"[", op, "] nothing to choose from in ", x.sizes()}));
  Tensor out = to(reduce(in, dims, keepdim, op, init, f), x.dtype());
  if (needs_grad({&in}))
    record(out, {&in},
           make_node(op, [op, sx = Saved(in), sy = Saved::output(out), d = dims, keepdim](const Tensor& grad,
                                                                                          Grads grads, Node&) {
             const Tensor& all = sx.get(op);
             const Tensor share = shares_of(all, sy.get(op), d, keepdim);
             grads[0] = share * with_kept(grad, all.sizes(), d, keepdim);
           }));
  return scope.result(std::move(out));
}

}  // namespace

Tensor amax(const Tensor& x, DimList dims, bool keepdim) {
  return extreme(
      "amax", x, dims, keepdim,
      [](auto* type) {
        using Limits = std::numeric_limits<std::remove_pointer_t<decltype(type)>>;
        return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
      },
      [](auto best, auto v) { return v > best || v != v ? v : best; });
}

Tensor amin(const Tensor& x, DimList dims, bool keepdim) {
  return extreme(
      "amin", x, dims, keepdim,
      [](auto* type) {
        using Limits = std::numeric_limits<std::remove_pointer_t<decltype(type)>>;
        return Limits::has_infinity ? Limits::infinity() : Limits::max();
      },
      [](auto best, auto v) { return v < best || v != v ? v : best; });
}

namespace {

// The gradient of a value that was selected along a dimension is that of the selected element.
void record_pick(const char* op, const Tensor& x, Tensor& values, const Tensor& indices, std::int64_t dim,
                 bool keepdim) {
  if (!needs_grad({&x})) return;
  const std::int64_t d = wrap_dim(dim, x.dim(), op);
  record(values, {&x},
         make_node(op, [sizes = x.sizes(), d, keepdim, index = indices](const Tensor& grad, Grads grads, Node&) {
           Shape along = Shape::filled(sizes.size(), 1);
           along[d] = sizes[d];
           const Tensor picked = keepdim ? index : unsqueeze(index, d);
           grads[0] = where(eq(reshape(arange(sizes[d]), along), picked), keepdim ? grad : unsqueeze(grad, d), 0);
         }));
}

template <class T>
void min_loop(const Tensor& x, std::int64_t d, const Tensor& values, const Tensor& indices) {
  const std::int64_t length = x.sizes()[d], step = x.strides()[d];
  T* best = values.data<T>();
  std::int64_t* index = indices.data<std::int64_t>();
  for_each_offset<1>(values.sizes(), {x.strides()}, [&](std::int64_t i, std::int64_t at) {
    const T* line = x.data<T>() + at;
    std::int64_t least = 0;
    for (std::int64_t j = 1; j < length; ++j) {
      const T value = line[j * step], so_far = line[least * step];
      if (value < so_far || (value != value && so_far == so_far)) least = j;
    }
    best[i] = line[least * step];
    index[i] = least;
  });
}

// A scalar is its own extreme, at index 0.
std::pair<Tensor, Tensor> of_scalar(const Tensor& x, std::int64_t dim, const char* op) {
  wrap_dim(dim, 1, op);
  return {x.clone(), zeros({}, DType::int64)};
}

// As raw::max of lab 01.
std::pair<Tensor, Tensor> raw_min(const Tensor& x, std::int64_t dim, bool keepdim) {
  const std::int64_t d = wrap_dim(dim, x.dim(), "min");
  if (x.sizes()[d] == 0) throw ValueError(detail::text({"[min] dimension ", dim, " is empty: ", x.sizes()}));
  Shape sizes = x.sizes();
  sizes[d] = 1;
  const Tensor values = empty(sizes, x.dtype()), indices = empty(sizes, DType::int64);
  if (x.dtype() == DType::int64)
    min_loop<std::int64_t>(x, d, values, indices);
  else
    dispatch_floating(x.dtype(), "min",
                      [&](auto* type) { min_loop<std::remove_pointer_t<decltype(type)>>(x, d, values, indices); });
  if (keepdim) return {values, indices};
  return {squeeze(values, d), squeeze(indices, d)};
}

}  // namespace

std::pair<Tensor, Tensor> max(const Tensor& x, std::int64_t dim, bool keepdim) {
  if (x.dim() == 0) return of_scalar(x, dim, "max");
  OpScope scope("max", {&x});
  scope.setting("dim", {dim, keepdim});
  auto [values, indices] = raw::max(summable(x), dim, keepdim);
  if (!is_floating(x.dtype())) values = to(values, x.dtype());
  record_pick("max", x, values, indices, dim, keepdim);
  scope.result(values);
  scope.further_result(indices);
  return {values, indices};
}

std::pair<Tensor, Tensor> min(const Tensor& x, std::int64_t dim, bool keepdim) {
  if (x.dim() == 0) return of_scalar(x, dim, "min");
  OpScope scope("min", {&x});
  scope.setting("dim", {dim, keepdim});
  auto [values, indices] = raw_min(summable(x.detach()), dim, keepdim);
  if (!is_floating(x.dtype())) values = to(values, x.dtype());
  record_pick("min", x, values, indices, dim, keepdim);
  scope.result(values);
  scope.further_result(indices);
  return {values, indices};
}

namespace {

// Throws as max and min do, in the name of `op`.
void check_choice(const Tensor& x, std::int64_t dim, const char* op) {
  const std::int64_t d = wrap_dim(dim, std::max<std::int64_t>(x.dim(), 1), op);
  if (x.dim() > 0 && x.sizes()[d] == 0)
    throw ValueError(detail::text({"[", op, "] nothing to choose from in ", x.sizes()}));
}

}  // namespace

Tensor argmax(const Tensor& x, std::int64_t dim, bool keepdim) {
  check_choice(x, dim, "argmax");
  return max(x.detach(), dim, keepdim).second;
}
Tensor argmin(const Tensor& x, std::int64_t dim, bool keepdim) {
  check_choice(x, dim, "argmin");
  return min(x.detach(), dim, keepdim).second;
}
Tensor argmax(const Tensor& x) { return argmax(reshape(x.detach(), {-1}), 0); }
Tensor argmin(const Tensor& x) { return argmin(reshape(x.detach(), {-1}), 0); }

Tensor any(const Tensor& x, DimList dims, bool keepdim) {
  OpScope scope("any", {&x});
  return scope.result(reduce<bool>(
      ne(x, 0), dims_of(x, dims, "any"), keepdim, "any", [](auto*) { return false; },
      [](bool total, bool v) { return total || v; }));
}
Tensor all(const Tensor& x, DimList dims, bool keepdim) {
  OpScope scope("all", {&x});
  return scope.result(reduce<bool>(
      ne(x, 0), dims_of(x, dims, "all"), keepdim, "all", [](auto*) { return true; },
      [](bool total, bool v) { return total && v; }));
}

namespace {

// Running totals from the first element on, or from the last. Totals of floats are doubles.
Tensor running_totals(const Tensor& x, std::int64_t d, bool backwards) {
  const Tensor out = empty(x.sizes(), x.dtype());
  if (x.numel() == 0) return out;
  Shape lines = x.sizes();
  const std::int64_t length = lines[d];
  lines[d] = 1;
  dispatch(x.dtype(), "cumsum", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    using Total = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    for_each_offset<2>(lines, {x.strides(), out.strides()}, [&](std::int64_t, std::int64_t at, std::int64_t to) {
      const T* from = x.data<T>() + at;
      T* result = out.data<T>() + to;
      Total total = 0;
      for (std::int64_t k = 0; k < length; ++k) {
        const std::int64_t j = backwards ? length - 1 - k : k;
        total += static_cast<Total>(from[j * x.strides()[d]]);
        result[j * out.strides()[d]] = static_cast<T>(total);
      }
    });
  });
  return out;
}

// The gradient of running totals are running totals from the other end.
Tensor cumulated(const Tensor& x, std::int64_t d, bool backwards) {
  OpScope scope("cumsum", {&x});
  Tensor out = running_totals(x, d, backwards);
  if (needs_grad({&x}))
    record(out, {&x}, make_node("cumsum", [d, backwards](const Tensor& grad, Grads grads, Node&) {
             grads[0] = cumulated(grad, d, !backwards);
           }));
  return scope.result(std::move(out));
}

}  // namespace

Tensor cumsum(const Tensor& x, std::int64_t dim) {
  const Tensor in = summable(x);
  if (in.dim() == 0) return reshape(cumsum(reshape(in, {1}), dim), {});
  return cumulated(in, wrap_dim(dim, in.dim(), "cumsum"), false);
}

}  // namespace tinytorch
