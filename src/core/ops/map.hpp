#pragma once

#include "src/core/ops/loops.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

/// The loops of given element-wise operations: inputs of any strides, a row-major result. Private to the library.
namespace tinytorch::detail {

/// result[i] = f(x[i]) in row-major order. The loop for dense input can be vectorised.
template <class T, class R, class F>
void map_loop(const Tensor& x, R* result, F f) {
  const T* from = x.data<T>();
  const std::int64_t count = x.numel();
  if (dense(x)) {
    for (std::int64_t i = 0; i < count; ++i) result[i] = f(from[i]);
  } else {
    for_each_offset<1>(x.sizes(), {x.strides()}, [&](std::int64_t i, std::int64_t at) { result[i] = f(from[at]); });
  }
}

/// f(element) for floats; integers become float32 first.
template <class F>
Tensor map_float(const Tensor& x, const char* op, F f) {
  const Tensor in = is_floating(x.dtype()) ? x : to(x.detach(), DType::float32);
  Tensor out = empty(in.sizes(), in.dtype());
  dispatch_floating(in.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    map_loop<T>(in, out.data<T>(), f);
  });
  return out;
}

/// Like map_float, but float32 goes through a kernel of src/core/vector, kernel(from, to, count). Elements of any
/// strides are copied into the result first: the kernel sees the same numbers in the same order as if they were dense.
template <class F>
Tensor map_vector(const Tensor& x, const char* op, void (*kernel)(const float*, float*, std::int64_t), F f) {
  if (x.dtype() == DType::float64) return map_float(x, op, f);
  const Tensor in = is_floating(x.dtype()) ? x : to(x.detach(), DType::float32);
  Tensor out = empty(in.sizes(), in.dtype());
  float* const result = out.data<float>();
  if (dense(in)) {
    kernel(in.data<float>(), result, in.numel());
  } else {
    map_loop<float>(in, result, [](float v) { return v; });
    kernel(result, result, in.numel());
  }
  return out;
}

/// f(element) for integers and booleans, which are converted to int64 and back.
template <class F>
Tensor map_integer(const Tensor& x, F f) {
  const Tensor in = to(x, DType::int64);
  Tensor out = empty(in.sizes(), DType::int64);
  map_loop<std::int64_t>(in, out.data<std::int64_t>(), f);
  return to(out, x.dtype());
}

/// f(element) in the tensor's own dtype.
template <class F>
Tensor map_number(const Tensor& x, const char* op, F f) {
  return is_floating(x.dtype()) ? map_float(x, op, f) : map_integer(x, f);
}

/// f(element, number) in the tensor's own dtype.
template <class F>
Tensor map_with(const Tensor& x, Scalar number, const char* op, F f) {
  if (!is_floating(x.dtype()))
    return map_integer(x, [f, value = number.to<std::int64_t>()](std::int64_t v) { return f(v, value); });
  Tensor out = empty(x.sizes(), x.dtype());
  dispatch_floating(x.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    map_loop<T>(x, out.data<T>(), [f, value = number.to<T>()](T v) { return f(v, value); });
  });
  return out;
}

/// The boolean f(element), for any dtype.
template <class F>
Tensor map_test(const Tensor& x, const char* op, F f) {
  Tensor out = empty(x.sizes(), DType::boolean);
  dispatch(x.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    map_loop<T>(x, out.data<bool>(), f);
  });
  return out;
}

/// The strides with which x reads as a tensor of `sizes`: 0 where it is stretched.
inline Shape stretched_strides(const Tensor& x, const Shape& sizes) {
  Shape strides = Shape::filled(sizes.size(), 0);
  const std::int64_t added = sizes.size() - x.dim();
  for (std::int64_t d = 0; d < x.dim(); ++d)
    if (x.sizes()[d] != 1) strides[added + d] = x.strides()[d];
  return strides;
}

/// result[i] = f(x[i step_x], y[i step_y]) for `count` elements. Where the steps are 1 or 0 the loop can be vectorised.
template <class T, class R, class F>
void zip_line(const T* x, std::int64_t step_x, const T* y, std::int64_t step_y, std::int64_t count, R* result, F f) {
  if (step_x == 1 && step_y == 1) {
    for (std::int64_t i = 0; i < count; ++i) result[i] = f(x[i], y[i]);
  } else if (step_x == 1 && step_y == 0) {
    const T number = *y;
    for (std::int64_t i = 0; i < count; ++i) result[i] = f(x[i], number);
  } else if (step_x == 0 && step_y == 1) {
    const T number = *x;
    for (std::int64_t i = 0; i < count; ++i) result[i] = f(number, y[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) result[i] = f(x[i * step_x], y[i * step_y]);
  }
}

/// result[i] = f(a[i], b[i]) over the broadcast shape `sizes`. Dense operands of equal sizes, and a single number on
/// either side, are one line.
template <class T, class R, class F>
void zip_loop(const Tensor& a, const Tensor& b, const Shape& sizes, R* result, F f) {
  const T* x = a.data<T>();
  const T* y = b.data<T>();
  const std::int64_t count = numel(sizes);
  if (count == 0) return;
  const auto step_of = [count](const Tensor& operand) -> std::int64_t {
    if (operand.numel() == 1) return 0;
    return operand.numel() == count && dense(operand) ? 1 : -1;
  };
  const std::int64_t step_a = step_of(a), step_b = step_of(b);
  if (step_a >= 0 && step_b >= 0) return zip_line(x, step_a, y, step_b, count, result, f);
  for_each_line<2>(sizes, {stretched_strides(a, sizes), stretched_strides(b, sizes)},
                   [&](std::int64_t i, const auto& offset, const auto& step, std::int64_t inner) {
                     zip_line(x + offset[0], step[0], y + offset[1], step[1], inner, result + i, f);
                   });
}

/// f(a, b) for two tensors of one integer dtype, which are converted to int64 and back.
template <class F>
Tensor zip_integer(const Tensor& a, const Tensor& b, F f) {
  const Shape sizes = broadcast_shapes(a.sizes(), b.sizes());
  Tensor out = empty(sizes, DType::int64);
  zip_loop<std::int64_t>(to(a, DType::int64), to(b, DType::int64), sizes, out.data<std::int64_t>(), f);
  return to(out, a.dtype());
}

/// f(a, b) for two tensors of one dtype.
template <class F>
Tensor zip_number(const Tensor& a, const Tensor& b, const char* op, F f) {
  if (!is_floating(a.dtype())) return zip_integer(a, b, f);
  const Shape sizes = broadcast_shapes(a.sizes(), b.sizes());
  Tensor out = empty(sizes, a.dtype());
  dispatch_floating(a.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    zip_loop<T>(a, b, sizes, out.data<T>(), f);
  });
  return out;
}

/// The boolean f(a, b), for two tensors of one dtype.
template <class F>
Tensor zip_test(const Tensor& a, const Tensor& b, const char* op, F f) {
  const Shape sizes = broadcast_shapes(a.sizes(), b.sizes());
  Tensor out = empty(sizes, DType::boolean);
  dispatch(a.dtype(), op, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    zip_loop<T>(a, b, sizes, out.data<bool>(), f);
  });
  return out;
}

/// The number as a scalar tensor of this dtype.
inline Tensor scalar_of(Scalar number, DType dtype) {
  Tensor out = empty({}, dtype);
  dispatch(dtype, "scalar", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    *out.data<T>() = number.to<T>();
  });
  return out;
}

/// Whether an integer dtype holds the integer.
inline bool holds(DType dtype, Scalar number) {
  const auto value = number.to<std::int64_t>();
  bool same = false;
  dispatch(dtype, "scalar", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    if constexpr (std::is_integral_v<T>) same = static_cast<std::int64_t>(static_cast<T>(value)) == value;
  });
  return same;
}

/// The number as a scalar tensor of dtype result_type(x, number). Throws ValueError `[where] uint8 does not hold 300`.
inline Tensor beside(const Tensor& x, Scalar number, const char* op) {
  const DType dtype = result_type(x, number);
  if (!is_floating(dtype) && !holds(dtype, number))
    throw ValueError(text({"[", op, "] ", dtype, " does not hold ", number.to<std::int64_t>()}));
  return scalar_of(number, dtype);
}

/// x in dtype `wide`, the result_type of an operation that needs its value. A tensor of shape () adapts to the other
/// operand's integers: throws ValueError when these do not hold its number.
inline Tensor operand(const Tensor& x, DType wide, const char* op) {
  if (x.dim() == 0 && !is_floating(x.dtype()) && !is_floating(wide) && x.dtype() != wide) {
    const Scalar number = x.item<std::int64_t>();
    if (!holds(wide, number))
      throw ValueError(text({"[", op, "] ", wide, " does not hold ", number.to<std::int64_t>()}));
  }
  return to(x, wide);
}

}  // namespace tinytorch::detail
