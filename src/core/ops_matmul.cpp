#include "src/core/node.hpp"
#include "src/core/tensor_impl.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <fmt/format.h>

namespace tinytorch {

using namespace detail;  // NOLINT(google-build-using-namespace): our own private shorthand

namespace {

// The matrix number `i` of a batch whose leading sizes are `batch`.
Tensor matrix_of(const Tensor& x, const Shape& batch, std::int64_t i) {
  std::int64_t offset = x.storage_offset();
  for (std::int64_t d = batch.size() - 1; d >= 0; --d) {
    offset += i % batch[d] * x.strides()[d];
    i /= batch[d];
  }
  const std::int64_t rank = x.dim();
  return window(x, {x.size(rank - 2), x.size(rank - 1)}, {x.stride(rank - 2), x.stride(rank - 1)}, offset);
}

Shape leading(const Shape& sizes) { return Shape(sizes.begin(), sizes.end() - 2); }

Shape with_matrix(Shape batch, std::int64_t rows, std::int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

// Both operands at least 2-d, of one dtype.
Tensor batched(const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1);
  const Shape batch = broadcast_shapes(leading(a.sizes()), leading(b.sizes()));
  Tensor out = empty(with_matrix(batch, m, n), a.dtype());
  if (out.dim() == 2) {
    kernels::gemm(a, b, out);
    return out;
  }
  const Tensor left = raw::expand(a, with_matrix(batch, m, k));
  const Tensor right = raw::expand(b, with_matrix(batch, k, n));
  for (std::int64_t i = 0; i < numel(batch); ++i)
    kernels::gemm(matrix_of(left, batch, i), matrix_of(right, batch, i), matrix_of(out, batch, i));
  return out;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.dim() == 0 || b.dim() == 0)
    throw ShapeError(fmt::format("[matmul] a scalar has no rows: {} x {}", to_string(a.sizes()), to_string(b.sizes())));
  if (a.dim() == 1) return squeeze(matmul(unsqueeze(a, 0), b), b.dim() == 1 ? 0 : -2);
  if (b.dim() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  if (a.size(-1) != b.size(-2))
    throw ShapeError(
        fmt::format("[matmul] inner dimensions differ: {} x {}", to_string(a.sizes()), to_string(b.sizes())));
  if (a.dtype() != b.dtype())
    throw DTypeError(fmt::format("[matmul] dtypes differ: {} x {}", to_string(a.dtype()), to_string(b.dtype())));
  Tensor out = batched(a, b);
  if (needs_grad({&a, &b}))
    record(out, {&a, &b}, make_node("matmul", [a = Saved(a), b = Saved(b)](const Tensor& grad, Grads grads, Node& n) {
             set(grads, vjp::matmul(grad, a.get("matmul"), b.get("matmul"), needs_of(n)));
           }));
  return out;
}

}  // namespace tinytorch
