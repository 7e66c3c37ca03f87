#pragma once

#include "src/core/loops.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

namespace tinytorch::detail {

/// A row-major tensor of f(element); integers become float32 first.
template <class F>
Tensor map_float(const Tensor& x, const char* op, F f) {
  const Tensor in = is_floating(x.dtype()) ? raw::contiguous(x) : to(x, DType::float32);
  Tensor out = empty(in.sizes(), in.dtype());
  dispatch_floating(in.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const T* from = in.data<T>();
    T* result = out.data<T>();
    const std::int64_t count = in.numel();
    for (std::int64_t i = 0; i < count; ++i) result[i] = f(from[i]);
  });
  return out;
}

}  // namespace tinytorch::detail
