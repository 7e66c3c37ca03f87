#include "src/core/loops.hpp"
#include "src/core/node.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>

namespace tinytorch {

using namespace detail;  // NOLINT(google-build-using-namespace): our own private shorthand

namespace {

// Integers are summed, and compared, as int64.
Tensor summable(const Tensor& x) { return is_floating(x.dtype()) ? x : to(x, DType::int64); }

}  // namespace

Tensor sum(const Tensor& x, Dims dims, bool keepdim) {
  Tensor out = raw::sum(summable(x), dims, keepdim);
  if (needs_grad({&x}))
    record(out, {&x},
           make_node("sum", [sizes = x.sizes(), d = Shape(dims), keepdim](const Tensor& grad, Grads grads, Node&) {
             grads[0] = vjp::sum(grad, sizes, d, keepdim);
           }));
  return out;
}

Tensor mean(const Tensor& x, Dims dims, bool keepdim) {
  const Tensor in = is_floating(x.dtype()) ? x : to(x, DType::float32);
  const Tensor total = raw::sum(in, dims, keepdim);
  const auto count = static_cast<double>(in.numel()) / static_cast<double>(std::max<std::int64_t>(1, total.numel()));
  Tensor out;
  {
    const NoGrad no_grad;
    out = total * (1.0 / count);
  }
  if (needs_grad({&in}))
    record(out, {&in},
           make_node("mean", [sizes = in.sizes(), d = Shape(dims), keepdim](const Tensor& grad, Grads grads, Node&) {
             grads[0] = vjp::mean(grad, sizes, d, keepdim);
           }));
  return out;
}

std::pair<Tensor, Tensor> max(const Tensor& x, std::int64_t dim, bool keepdim) {
  auto [values, indices] = raw::max(summable(x), dim, keepdim);
  if (!is_floating(x.dtype())) values = to(values, x.dtype());
  if (needs_grad({&x})) {
    const std::int64_t d = wrap_dim(dim, x.dim(), "max");
    record(values, {&x},
           make_node("max", [sizes = x.sizes(), d, keepdim, index = indices](const Tensor& grad, Grads grads, Node&) {
             Shape along = Shape::filled(sizes.size(), 1);
             along[d] = sizes[d];
             const Tensor where = keepdim ? index : unsqueeze(index, d);
             const Tensor chosen = to(eq(reshape(arange(sizes[d]), along), where), grad.dtype());
             grads[0] = chosen * (keepdim ? grad : unsqueeze(grad, d));
           }));
  }
  return {values, indices};
}

Tensor argmax(const Tensor& x, std::int64_t dim, bool keepdim) { return raw::max(summable(x), dim, keepdim).second; }

}  // namespace tinytorch
