#include "src/core/autograd/record.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>

namespace tinytorch {

using detail::Grads, detail::make_node, detail::needs_grad, detail::needs_of, detail::Node, detail::record,
    detail::Saved, detail::set, detail::window;

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

// A matrix for which gemm is fast: one of its strides is 1.
Tensor with_unit_stride(const Tensor& x) {
  const bool unit = x.stride(0) == 1 || x.stride(1) == 1 || x.size(0) == 1 || x.size(1) == 1;
  return unit ? x : raw::contiguous(x);
}

// Whether every matrix of a batch is the same one.
bool repeats_one_matrix(const Tensor& x) {
  for (std::int64_t d = 0; d < x.dim() - 2; ++d)
    if (x.sizes()[d] != 1 && x.strides()[d] != 0) return false;
  return true;
}

// One product of all matrices of `left`, stacked as rows, and the only matrix of `right`. Returns false, and computes
// nothing, if `right` has several or no strides show `left` as one matrix.
bool folded(const Tensor& left, const Tensor& right, const Tensor& out) {
  if (out.numel() == 0 || !repeats_one_matrix(right)) return false;
  const std::int64_t k = left.size(-1), n = right.size(-1), rows = out.numel() / n;
  const auto strides = view_strides(left.sizes(), left.strides(), {rows, k});
  if (!strides) return false;
  kernels::gemm(with_unit_stride(window(left, {rows, k}, *strides, left.storage_offset())),
                with_unit_stride(matrix_of(right, leading(right.sizes()), 0)), window(out, {rows, n}, {n, 1}, 0));
  return true;
}

// Whether the sizes of two batches can be broadcast.
bool fit(const Shape& a, const Shape& b) {
  for (std::int64_t i = 1; i <= std::min(a.size(), b.size()); ++i) {
    const std::int64_t left = a[a.size() - i], right = b[b.size() - i];
    if (left != right && left != 1 && right != 1) return false;
  }
  return true;
}

// Both operands at least 2-d, of one dtype.
Tensor batched(const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1);
  const Shape batch = broadcast_shapes(leading(a.sizes()), leading(b.sizes()));
  Tensor out = empty(with_matrix(batch, m, n), a.dtype());
  if (out.dim() == 2) {
    kernels::gemm(with_unit_stride(a), with_unit_stride(b), out);
    return out;
  }
  const Tensor left = raw::expand(a, with_matrix(batch, m, k));
  const Tensor right = raw::expand(b, with_matrix(batch, k, n));
  if (folded(left, right, out)) return out;
  for (std::int64_t i = 0; i < numel(batch); ++i)
    kernels::gemm(with_unit_stride(matrix_of(left, batch, i)), with_unit_stride(matrix_of(right, batch, i)),
                  matrix_of(out, batch, i));
  return out;
}

// The kernels support floats and int64. Narrower integers are converted to int64 and back.
Tensor product(const Tensor& a, const Tensor& b) {
  if (is_floating(a.dtype()) || a.dtype() == DType::int64 || a.dtype() == DType::boolean) return batched(a, b);
  return to(batched(to(a, DType::int64), to(b, DType::int64)), a.dtype());
}

// Whether a batch times one matrix can be one product of matrices. Then forward and gradient call gemm once each.
bool is_one_product(const Tensor& a, const Tensor& b) {
  if (a.dim() < 3 || b.dim() > a.dim() || b.numel() != b.size(-2) * b.size(-1)) return false;
  return a.numel() > 0 && view_strides(a.sizes(), a.strides(), {a.numel() / a.size(-1), a.size(-1)}).has_value();
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (a.dim() == 0 || b.dim() == 0)
    throw ShapeError(detail::text({"[matmul] a scalar has no rows: ", a.sizes(), " x ", b.sizes()}));
  if (a.size(-1) != b.size(b.dim() == 1 ? 0 : -2))
    throw ShapeError(detail::text({"[matmul] inner dimensions differ: ", a.sizes(), " x ", b.sizes()}));
  if (a.dtype() != b.dtype()) throw DTypeError(detail::text({"[matmul] dtypes differ: ", a.dtype(), " x ", b.dtype()}));
  if (a.dim() == 1) return squeeze(matmul(unsqueeze(a, 0), b), b.dim() == 1 ? 0 : -2);
  if (b.dim() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  if (!fit(leading(a.sizes()), leading(b.sizes())))
    throw ShapeError(detail::text({"[matmul] batches don't fit each other: ", a.sizes(), " x ", b.sizes()}));
  if (needs_grad({&a, &b}) && is_one_product(a, b)) {
    const Tensor flat = matmul(reshape(a, {-1, a.size(-1)}), reshape(b, {b.size(-2), b.size(-1)}));
    return reshape(flat, with_matrix(leading(a.sizes()), a.size(-2), b.size(-1)));
  }
  OpScope scope("matmul", {&a, &b});
  Tensor out = product(a, b);
  if (needs_grad({&a, &b}))
    record(out, {&a, &b}, make_node("matmul", [a = Saved(a), b = Saved(b)](const Tensor& grad, Grads grads, Node& n) {
             set(grads, vjp::matmul(grad, a.get("matmul"), b.get("matmul"), needs_of(n)));
           }));
  return scope.result(std::move(out));
}

}  // namespace tinytorch
