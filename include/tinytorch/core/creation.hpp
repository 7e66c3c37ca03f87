#pragma once

#include "tinytorch/core/pointwise.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/reductions.hpp"
#include "tinytorch/core/tensor.hpp"
#include "tinytorch/core/views.hpp"

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// New tensors, in addition to empty, zeros, ones, full, tensor, from_blob, rand and randn of tensor.hpp. Random
/// elements are drawn from a Generator, one after the other in row-major order.
namespace tinytorch {

/// start, start + step, ... up to `end`, which is left out. Throws ValueError when step is 0 or leads away from `end`.
Tensor arange(Scalar start, Scalar end, Scalar step, DType dtype);
/// int64 when all three are integers, else float32.
inline Tensor arange(Scalar start, Scalar end, Scalar step = 1) {
  const DType wide = promote_types(promote_types(start.dtype(), end.dtype()), step.dtype());
  return arange(start, end, step, is_floating(wide) ? DType::float32 : DType::int64);
}
/// `steps` numbers at equal distances from `start` to `end`; `end` is left out unless `endpoint`. Throws ValueError for
/// negative steps.
Tensor linspace(double start, double end, std::int64_t steps, DType dtype = DType::float32, bool endpoint = true);

/// Ones on the diagonal of an (n, m) matrix of zeros.
inline Tensor eye(std::int64_t n, std::int64_t m, DType dtype = DType::float32) {
  const Tensor x = zeros({n, m}, dtype);
  const std::int64_t length = n < m ? n : m;
  if (length > 0) as_strided(x, {length}, {m + 1}, 0).fill_(1.0);
  return x;
}
inline Tensor eye(std::int64_t n, DType dtype = DType::float32) { return eye(n, n, dtype); }

/// The numbers of a vector, (n), converted as Tensor::to does; the dtype as for numbers in braces. Throws ValueError
/// for an unsigned number above the largest int64.
template <class Number>
Tensor tensor(const std::vector<Number>& values, DType dtype = detail::listed_dtype<Number>) {
  constexpr bool wide = detail::listed_dtype<Number> == DType::int64;
  using Kept =
      std::conditional_t<wide, std::int64_t, std::conditional_t<std::same_as<Number, long double>, double, Number>>;
  const Tensor x = empty({static_cast<std::int64_t>(values.size())}, dtype_of<Kept>);
  Kept* out = x.data<Kept>();
  for (const Number value : values) {
    if constexpr (wide)
      if (!std::in_range<std::int64_t>(value))
        throw ValueError(detail::text({"[tensor] int64 does not hold ", std::to_string(value)}));
    *out++ = static_cast<Kept>(value);
  }
  return x.to(dtype);
}

/// start, start base^step, ...: base to the power of `steps` numbers at equal distances from `start` to `end`.
inline Tensor logspace(double start, double end, std::int64_t steps, double base = 10.0, DType dtype = DType::float32) {
  return to(pow(scalar(base, DType::float64), linspace(start, end, steps, DType::float64)), dtype);
}

// The shape of x, and its dtype unless another is given; row-major, without a gradient.
inline Tensor empty_like(const Tensor& x, DType dtype) { return empty(x.sizes(), dtype); }
inline Tensor zeros_like(const Tensor& x, DType dtype) { return zeros(x.sizes(), dtype); }
inline Tensor ones_like(const Tensor& x, DType dtype) { return ones(x.sizes(), dtype); }
inline Tensor full_like(const Tensor& x, Scalar value, DType dtype) { return full(x.sizes(), value, dtype); }
inline Tensor empty_like(const Tensor& x) { return empty(x.sizes(), x.dtype()); }
inline Tensor zeros_like(const Tensor& x) { return zeros(x.sizes(), x.dtype()); }
inline Tensor ones_like(const Tensor& x) { return ones(x.sizes(), x.dtype()); }
inline Tensor full_like(const Tensor& x, Scalar value) { return full(x.sizes(), value, x.dtype()); }
inline Tensor rand_like(const Tensor& x, Generator& generator) { return rand(x.sizes(), generator, x.dtype()); }
inline Tensor randn_like(const Tensor& x, Generator& generator) { return randn(x.sizes(), generator, x.dtype()); }

/// Normal with this mean and standard deviation.
inline Tensor normal(double mean, double std, const Shape& sizes, Generator& generator, DType dtype = DType::float32) {
  return empty(sizes, dtype).normal_(mean, std, generator);
}
/// Integers in [low, high), each equally likely. Throws ValueError when there are none.
inline Tensor randint(std::int64_t low, std::int64_t high, const Shape& sizes, Generator& generator,
                      DType dtype = DType::int64) {
  if (low >= high) throw ValueError(detail::text({"[randint] no integer in [", low, ", ", high, ")"}));
  const auto range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const Tensor x = empty(sizes, DType::int64);
  auto* out = x.data<std::int64_t>();
  for (std::int64_t i = 0; i < x.numel(); ++i)
    out[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + generator.below(range));
  return x.to(dtype);
}
inline Tensor randint(std::int64_t high, const Shape& sizes, Generator& generator, DType dtype = DType::int64) {
  return randint(0, high, sizes, generator, dtype);
}
/// 0..n-1 in random order, each order equally likely. Fisher and Yates: place i = n-1, ..., 1 swaps with below(i + 1).
inline Tensor randperm(std::int64_t n, Generator& generator, DType dtype = DType::int64) {
  const Tensor x = arange(n);
  auto* out = x.data<std::int64_t>();
  for (std::int64_t i = n - 1; i > 0; --i) std::swap(out[i], out[generator.below(static_cast<std::uint64_t>(i) + 1)]);
  return x.to(dtype);
}
/// 1 with probability p (one p for each element), else 0; no gradient. Throws ValueError for a p outside [0, 1].
inline Tensor bernoulli(const Tensor& p, Generator& generator) {
  if (!all(logical_and(ge(p, 0), le(p, 1))).item<bool>())
    throw ValueError("[bernoulli] a probability is outside [0, 1]");
  return lt(rand(p.sizes(), generator, DType::float64), p).to(p.dtype());
}

// The same from default_generator().
inline Tensor rand_like(const Tensor& x) { return rand(x.sizes(), default_generator(), x.dtype()); }
inline Tensor randn_like(const Tensor& x) { return randn(x.sizes(), default_generator(), x.dtype()); }
inline Tensor normal(double mean, double std, const Shape& sizes) {
  return normal(mean, std, sizes, default_generator());
}
inline Tensor randint(std::int64_t low, std::int64_t high, const Shape& sizes, DType dtype = DType::int64) {
  return randint(low, high, sizes, default_generator(), dtype);
}
inline Tensor randint(std::int64_t high, const Shape& sizes, DType dtype = DType::int64) {
  return randint(0, high, sizes, default_generator(), dtype);
}
inline Tensor randperm(std::int64_t n, DType dtype = DType::int64) { return randperm(n, default_generator(), dtype); }
inline Tensor bernoulli(const Tensor& p) { return bernoulli(p, default_generator()); }

}  // namespace tinytorch
