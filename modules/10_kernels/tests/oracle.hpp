#pragma once

// What the oracles of this lab share: operands whose rows have gaps, and the product as the header defines it, in
// double. Internal linkage: no code under test can reach it.

#include "tests/kit/values/rule.hpp"
#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/kernels.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Small at first; then sizes next to those of blocks and tiles, and primes.
inline std::int64_t awkward(lab::Case& c) {
  if (c.index() < 10) return c.integer(1, 4);
  return c.pick({std::int64_t{1}, std::int64_t{2}, std::int64_t{5}, std::int64_t{6}, std::int64_t{7}, std::int64_t{13},
                 std::int64_t{16}, std::int64_t{17}, std::int64_t{23}});
}

/// (rows, columns) with `gap` cells between the end of a row and the next one. The cells hold NaN. The memory ends with
/// the last element, so that the kit notices who goes on.
inline Tensor with_gaps(const Tensor& x, std::int64_t gap) {
  const std::int64_t rows = x.size(0), columns = x.size(1), step = columns + gap;
  const std::int64_t cells = rows == 0 ? 0 : (rows - 1) * step + columns;
  const Tensor memory = empty({cells}, x.dtype());
  lab::set_elements(memory, std::vector<double>(static_cast<std::size_t>(cells), nan));
  const Tensor y = as_strided(memory, {rows, columns}, {step, 1}, 0);
  lab::set_elements(y, lab::values(x));
  return y;
}

/// The cells between the rows of a tensor that with_gaps made.
inline std::vector<double> gaps_of(const Tensor& x) {
  const std::int64_t rows = x.size(0), columns = x.size(1), step = x.stride(0);
  std::vector<double> cells;
  for (std::int64_t i = 0; i + 1 < rows; ++i)
    for (std::int64_t j = columns; j < step; ++j) cells.push_back(lab::at(as_strided(x, {1}, {1}, i * step + j), {0}));
  return cells;
}

/// The operands of one product.
struct Operands {
  Tensor a, b, c;
  double beta = 0.0;
};

inline kernels::GemmArgs args_of(const Operands& o) {
  return {o.a.dtype(), o.a.size(0),   o.b.size(1),   o.a.size(1), o.a.data(),    o.a.stride(0), o.a.stride(1),
          o.b.data(),  o.b.stride(0), o.b.stride(1), o.c.data(),  o.c.stride(0), o.beta};
}

using Product = FunctionRef<void(const kernels::GemmArgs&)>;

/// beta * before + a b, one element after the other. With beta = 0 what was there before does not matter.
inline Tensor product_of(const Operands& o, const std::vector<double>& before) {
  const std::vector<double> a = lab::values(o.a), b = lab::values(o.b);
  const auto n = static_cast<std::size_t>(o.b.size(1)), k = static_cast<std::size_t>(o.a.size(1));
  return make(o.c.sizes(), o.c.dtype(), [&](const Shape& index) {
    const auto i = static_cast<std::size_t>(index[0]), j = static_cast<std::size_t>(index[1]);
    double total = o.beta == 0.0 ? 0.0 : o.beta * before[i * n + j];
    for (std::size_t p = 0; p < k; ++p) total += a[i * k + p] * b[p * n + j];
    return total;
  });
}

/// Computes the product into c and returns c.
inline Tensor multiplied(const Operands& o, Product product) {
  product(args_of(o));
  return o.c;
}

/// Names the operands, multiplies, and compares c.
inline void check_product(lab::Case& c, const Operands& o, Product product) {
  c.input("a", o.a);
  c.input("b", o.b);
  c.shown("c", o.c);
  c.input("beta", o.beta);
  const std::vector<double> before = lab::values(o.c);
  CHECK_SAME("c", multiplied(o, product), product_of(o, before));
}

/// Row-major operands of small integers; c holds old values.
inline Operands operands(lab::Case& c, DType dtype = DType::float32) {
  const std::int64_t m = awkward(c), k = awkward(c), n = awkward(c);
  const Tensor a = c.contiguous({m, k}, dtype), b = c.contiguous({k, n}, dtype);
  return {a, b, c.contiguous({m, n}, dtype), 0.0};
}

// ---- what holds for every product; each is the body of a test of each ----

inline void check_sums(lab::Case& c, Product product) { check_product(c, operands(c), product); }

inline void check_beta(lab::Case& c, Product product) {
  Operands o = operands(c);
  o.beta = c.pick({1.0, 0.5, -1.0, 2.0});
  check_product(c, o, product);
}

/// NaN in c: beta = 0 must not see it, and every other beta must keep it.
inline void check_old_nan(lab::Case& c, Product product) {
  Operands o = operands(c);
  o.beta = c.pick({0.0, 0.0, 1.0, 0.5});
  std::vector<double> old = lab::values(o.c);
  for (double& number : old)
    if (c.coin()) number = nan;
  lab::set_elements(o.c, old);
  check_product(c, o, product);
}

inline void check_gaps(lab::Case& c, Product product) {
  Operands o = operands(c);
  const std::int64_t gap_a = c.integer(0, 3), gap_b = c.integer(0, 3), gap_c = c.integer(0, 3);
  o.beta = c.pick({0.0, 1.0, 0.5});
  o = {with_gaps(o.a, gap_a), with_gaps(o.b, gap_b), with_gaps(o.c, gap_c), o.beta};
  check_product(c, o, product);
  CHECK_SAME("the cells between the rows of c", gaps_of(o.c), std::vector<double>(gaps_of(o.c).size(), nan));
}

/// a may be any view: a transposed matrix, or every second column of a larger one.
inline void check_strides_of_a(lab::Case& c, Product product) {
  Operands o = operands(c);
  o.a = c.strided(o.a.sizes());
  check_product(c, o, product);
}

/// b, too, may be any view.
inline void check_strides_of_b(lab::Case& c, Product product) {
  Operands o = operands(c);
  o.b = c.strided(o.b.sizes());
  check_product(c, o, product);
}

inline void check_without_elements(lab::Case& c, Product product) {
  std::int64_t m = awkward(c), k = awkward(c), n = awkward(c);
  (c.integer(0, 2) == 0 ? k : c.coin() ? m : n) = 0;
  const Tensor a = c.contiguous({m, k}), b = c.contiguous({k, n});
  const double beta = c.pick({0.0, 1.0, 0.5});
  check_product(c, {a, b, c.contiguous({m, n}), beta}, product);
}

/// Zeros, ones, NaN and infinities: a product with a factor of 0 counts too.
inline void check_infinities(lab::Case& c, Product product) {
  const Operands o = operands(c);
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor& some = c.coin() ? o.a : o.b;
  const Tensor& other = &some == &o.a ? o.b : o.a;
  std::vector<double> numbers = lab::values(some), small = lab::values(other);
  for (double& number : small) number = static_cast<double>(c.integer(0, 1));
  const std::int64_t last = static_cast<std::int64_t>(numbers.size()) - 1;
  numbers[static_cast<std::size_t>(c.integer(0, last))] = c.pick({infinity, -infinity, nan});
  lab::set_elements(some, numbers);
  lab::set_elements(other, small);
  check_product(c, o, product);
}

/// Integers that a float64 holds exactly and a float32 rounds.
inline void check_digits(lab::Case& c, Product product) {
  const Operands o = operands(c, DType::float64);
  std::vector<double> numbers = lab::values(o.a);
  for (double& number : numbers) number += 1 << 30;
  lab::set_elements(o.a, numbers);
  check_product(c, {o.a, o.b, o.c, c.pick({0.0, 1.0, 2.0})}, product);
}

/// Right and wrong arguments: a dtype without a loop, or a b whose columns are not neighbours.
inline void check_refused(lab::Case& c, Product product) {
  const DType dtype = c.pick({DType::float32, DType::float64, DType::traced, DType::int64, DType::int32});
  Operands o = operands(c, dtype);
  const bool gaps = c.coin();
  if (gaps) {
    const Tensor wide = c.contiguous({o.b.size(0), 2 * o.b.size(1)}, dtype);
    o.b = as_strided(wide, o.b.sizes(), {wide.stride(0), 2}, 0);
  }
  c.input("a", o.a);
  c.input("b", o.b);
  const auto expected = [&]() -> Tensor {
    if (gaps && o.b.size(1) > 1) throw ValueError("a row of b has gaps");
    if (dtype == DType::int64 || dtype == DType::int32) throw DTypeError("no loop");
    return product_of(o, {});
  };
  CHECK_OUTCOME("c", multiplied(o, product), expected());
}

/// Counts the line misses of a product of traced matrices in a cache of 32 lines of 64 bytes. A product that misses
/// little because it does little has other values.
inline void check_misses(lab::Case& c, const Shape& sizes, Product product, std::int64_t most) {
  const std::int64_t m = sizes[0], k = sizes[1], n = sizes[2];
  const Tensor a = c.input("a", c.traced({m, k})), b = c.input("b", c.traced({k, n}));
  const Operands o{a, b, c.traced({m, n}), c.pick({0.0, 1.0})};
  c.input("beta", o.beta);
  const std::vector<double> before = lab::values(o.c);
  std::int64_t misses = 0;
  {
    lab::CacheModel model;
    for (const Tensor* x : {&o.a, &o.b, &o.c}) model.watch(*x);
    product(args_of(o));
    misses = model.misses();
  }
  CHECK_SAME("c", o.c, product_of(o, before));
  CHECK_RELATION("line misses", misses, <=, most);
}

}  // namespace
}  // namespace tinytorch
