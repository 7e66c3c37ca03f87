// Task 1.10: raw::matmul.

#include "modules/01_tensor/tests/oracle.hpp"

#include <limits>

namespace tinytorch {
namespace {

// Row by column, each element on its own.
template <class T>
Tensor product(const Tensor& a, const Tensor& b) {
  return filled<T>({a.sizes()[0], b.sizes()[1]}, [&](const Shape& index) {
    T total = 0;
    for (std::int64_t p = 0; p < a.sizes()[1]; ++p) {
      total = static_cast<T>(total + element<T>(a, {index[0], p}) * element<T>(b, {p, index[1]}));
    }
    return total;
  });
}

Tensor product_of(const Tensor& a, const Tensor& b) {
  if (a.dtype() == DType::float64) return product<double>(a, b);
  return a.dtype() == DType::int64 ? product<std::int64_t>(a, b) : product<float>(a, b);
}

Tensor product_or_error(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) throw DTypeError("two dtypes");
  if (a.dtype() != DType::float32 && a.dtype() != DType::float64 && a.dtype() != DType::int64) {
    throw DTypeError("no loop");
  }
  if (a.dim() != 2 || b.dim() != 2) throw ShapeError("not two matrices");
  if (a.sizes()[1] != b.sizes()[0]) throw ShapeError("inner sizes differ");
  return product_of(a, b);
}

struct Sizes {
  std::int64_t m, k, n;
};

// Three different sizes, so that a row used as a column is noticed.
Sizes different_sizes(lab::Case& c) {
  const std::int64_t first = c.integer(1, 2 + c.size() / 2), second = first + c.integer(1, 3);
  const std::int64_t values[] = {first, second, second + c.integer(1, 3)};
  const Shape order = c.permutation(3);
  return {values[order[0]], values[order[1]], values[order[2]]};
}

void check(lab::Case& c, const Tensor& first, const Tensor& second) {
  const Tensor a = c.input("a", first), b = c.input("b", second);
  CHECK_SAME("y", raw::matmul(a, b), product_of(a, b));
}

}  // namespace

TASK_TEST(1, 10, rows_meet_columns) {
  lab::cases(30, [](lab::Case& c) {
    const auto [m, k, n] = different_sizes(c);
    check(c, c.contiguous({m, k}), c.contiguous({k, n}));
  });
}

TASK_TEST(1, 10, factors_may_have_any_strides) {
  lab::cases(40, [](lab::Case& c) {
    const auto [m, k, n] = different_sizes(c);
    check(c, c.strided({m, k}), c.strided({k, n}));
  });
}

TASK_TEST(1, 10, transposed_and_repeated_factors) {
  lab::cases(40, [](lab::Case& c) {
    const auto [m, k, n] = different_sizes(c);
    const Tensor bt = c.contiguous({n, k});
    const Tensor b = as_strided(bt, {k, n}, {1, k}, 0);
    c.coin() ? check(c, c.expanded({m, k}), b) : check(c, c.contiguous({m, k}), c.expanded({k, n}));
  });
}

TASK_TEST(1, 10, a_factor_times_its_own_transpose) {
  lab::cases(30, [](lab::Case& c) {
    const auto [m, k, n] = different_sizes(c);
    const Tensor a = c.tensor({m, k});
    check(c, a, as_strided(a, {k, m}, {a.strides()[1], a.strides()[0]}, a.storage_offset()));
  });
}

TASK_TEST(1, 10, products_in_float64_and_int64) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = c.coin() ? DType::float64 : DType::int64;
    const auto [m, k, n] = different_sizes(c);
    const Tensor a = c.tensor({m, k}, dtype), b = c.tensor({k, n}, dtype);
    // One entry has more digits than a float32 (a double), so that a conversion on the way is noticed.
    if (dtype == DType::int64) a.data<std::int64_t>()[0] = (std::int64_t{1} << 55) + 1;
    if (dtype == DType::float64) a.data<double>()[0] = (1 << 30) + 1;
    check(c, a, b);
  });
}

TASK_TEST(1, 10, an_inner_size_of_zero_gives_zeros) {
  lab::cases(30, [](lab::Case& c) {
    auto [m, k, n] = different_sizes(c);
    switch (c.integer(0, 3)) {
      case 0:
        m = 0;
        break;
      case 1:
        n = 0;
        break;
      default:
        k = 0;
    }
    const DType dtype = c.pick({DType::float32, DType::float64, DType::int64});
    check(c, c.contiguous({m, k}, dtype), c.contiguous({k, n}, dtype));
  });
}

TASK_TEST(1, 10, shapes_that_make_no_product_throw) {
  lab::cases(60, [](lab::Case& c) {
    const auto [m, k, n] = different_sizes(c);
    Shape left{m, k}, right{k, n};
    switch (c.integer(0, 6)) {
      case 0:
        right[0] += 1;
        break;
      case 1:
        left.pop_back();
        break;
      case 2:
        right.pop_back();
        break;
      case 3:
        left.insert(0, 2);
        break;
      case 4:
        right[0] -= 1;
        break;
      default:
        break;
    }
    const Tensor a = c.input("a", c.contiguous(left)), b = c.input("b", c.contiguous(right));
    CHECK_OUTCOME("y", raw::matmul(a, b), product_or_error(a, b));
  });
}

TASK_TEST(1, 10, factors_of_other_dtypes_throw) {
  lab::cases(40, [](lab::Case& c) {
    const auto [m, k, n] = different_sizes(c);
    DType left = c.pick({DType::float32, DType::float64, DType::int64}), right = left;
    switch (c.integer(0, 3)) {
      case 0:
        right = left == DType::float32 ? DType::float64 : DType::float32;
        break;
      case 1:
        left = right = c.pick({DType::int32, DType::uint8, DType::boolean});
        break;
      default:
        break;
    }
    const Tensor a = c.input("a", c.contiguous({m, k}, left)), b = c.input("b", c.contiguous({k, n}, right));
    CHECK_OUTCOME("y", raw::matmul(a, b), product_or_error(a, b));
  });
}

TASK_TEST(1, 10, zero_times_infinity_is_nan) {
  lab::cases(40, [](lab::Case& c) {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const DType dtype = c.coin() ? DType::float32 : DType::float64;
    const auto [m, k, n] = different_sizes(c);
    const Tensor a = make({m, k}, dtype, [&](const Shape&) { return c.integer(0, 2); });
    const Tensor b = make({k, n}, dtype, [&](const Shape&) { return c.pick({1.0, 2.0, 3.0, inf, -inf, nan}); });
    c.coin() ? check(c, a, b) : check(c, as_strided(b, {n, k}, {1, n}, 0), as_strided(a, {k, m}, {1, k}, 0));
  });
}

// ---- step: misses ----

// On a cache of 32 lines of 64 bytes. At 48 x 48 x 48, i-j-k misses 119,808 times, i-k-j 7,200 times; the bound is
// 12,000 there and grows with the work.
TASK_TEST(1, 10, the_walk_follows_the_rows) {
  lab::cases(2, [](lab::Case& c) {
    const std::int64_t m = c.integer(44, 52), k = c.integer(44, 52), n = c.integer(44, 52);
    const Tensor a = c.input("a", c.traced({m, k})), b = c.input("b", c.traced({k, n}));
    lab::CacheModel model;
    model.watch(a);
    model.watch(b);
    model.watch_heap();
    const Tensor y = raw::matmul(a, b);
    CHECK_SAME("y", y, make({m, n}, DType::traced, [&](const Shape& index) {
                 double total = 0;
                 for (std::int64_t p = 0; p < k; ++p) total += lab::at(a, {index[0], p}) * lab::at(b, {p, index[1]});
                 return total;
               }));
    CHECK_RELATION("line misses", model.misses(), <=, 12000 * m * k * n / (48 * 48 * 48));
    CHECK_RELATION("loads", model.loads(), >=, m * k + k * n);
  });
}

}  // namespace tinytorch
