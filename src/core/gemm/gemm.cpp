#include "src/core/ops/loops.hpp"
#include "src/core/tensor/tensor_impl.hpp"
#include "tinytorch/core/kernels.hpp"
#include "tinytorch/core/raw.hpp"

#include <algorithm>

namespace tinytorch::kernels {
namespace {

const GemmEntry* choose(const GemmArgs& args) {
  for (const GemmEntry& entry : gemm_table())
    if (entry.fits(args)) return &entry;
  return nullptr;
}

// A tensor on the caller's elements, for the time of a product.
Tensor borrow(const void* data, DType dtype, std::int64_t rows, std::int64_t columns, std::int64_t row_stride,
              std::int64_t column_stride) {
  const Tensor base = from_blob(const_cast<void*>(data), {rows, columns}, dtype);
  return detail::window(base, {rows, columns}, {row_stride, column_stride}, 0);
}

// c = beta * c + product, row by row. In loops of its own: operations on tensors would be reported as the work of
// whoever called gemm (core/op_hook.hpp).
template <class T>
void add_rows(const GemmArgs& args, const T* product) {
  for (std::int64_t i = 0; i < args.m; ++i, product += args.n) {
    T* const row = static_cast<T*>(args.c) + i * args.c_row;
    if (args.beta == 0.0) {
      std::copy_n(product, args.n, row);
      continue;
    }
    if (args.beta != 1.0)
      for (std::int64_t j = 0; j < args.n; ++j) row[j] = static_cast<T>(row[j] * static_cast<T>(args.beta));
    for (std::int64_t j = 0; j < args.n; ++j) row[j] = static_cast<T>(row[j] + product[j]);
  }
}

// Lab 01's product, added to beta * c.
void by_matmul(const GemmArgs& args) {
  const Tensor a = borrow(args.a, args.dtype, args.m, args.k, args.a_row, args.a_column);
  const Tensor b = borrow(args.b, args.dtype, args.k, args.n, args.b_row, args.b_column);
  const Tensor product = raw::matmul(a, b);
  detail::with_element_type(product, "gemm", [&](auto zero) { add_rows(args, product.data<decltype(zero)>()); });
}

}  // namespace

void gemm(const GemmArgs& args) {
  if (args.m == 0 || args.n == 0) return;
  if (const GemmEntry* entry = choose(args))
    entry->run(args);
  else
    by_matmul(args);
}

const char* gemm_choice(const GemmArgs& args) {
  const GemmEntry* entry = choose(args);
  return entry ? entry->name : "raw::matmul";
}

void gemm(const Tensor& a, const Tensor& b, const Tensor& c, double beta) {
  if (a.dim() != 2 || b.dim() != 2 || c.dim() != 2 || a.sizes()[1] != b.sizes()[0] || a.sizes()[0] != c.sizes()[0] ||
      b.sizes()[1] != c.sizes()[1])
    throw ShapeError(detail::text({"[gemm] ", a.sizes(), " x ", b.sizes(), " into ", c.sizes()}));
  if (a.dtype() != b.dtype() || a.dtype() != c.dtype())
    throw DTypeError(detail::text({"[gemm] dtypes differ: ", a.dtype(), " x ", b.dtype(), " into ", c.dtype()}));
  if (c.sizes()[1] > 1 && c.strides()[1] != 1)
    throw ShapeError(detail::text({"[gemm] the rows of the result have gaps: strides ", c.strides()}));
  detail::bump_version(c);
  gemm({a.dtype(), a.sizes()[0], b.sizes()[1], a.sizes()[1], a.data(), a.strides()[0], a.strides()[1], b.data(),
        b.strides()[0], b.strides()[1], c.data(), c.strides()[0], beta});
}

}  // namespace tinytorch::kernels
