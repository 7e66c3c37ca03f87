// Task 4.4: vjp::matmul.

#include "modules/04_autograd/tests/second.hpp"
#include "tinytorch/core/vjps.hpp"

namespace tinytorch {
namespace {

struct Sizes {
  std::int64_t m, k, n;
};

// Three different sizes, so that a wrong transpose gives a wrong shape.
Sizes different_sizes(lab::Case& c) {
  const std::int64_t first = c.integer(1, 1 + c.size() / 4), second = first + c.integer(1, 2);
  const std::int64_t values[] = {first, second, second + c.integer(1, 2)};
  const Shape order = c.permutation(3);
  return {values[order[0]], values[order[1]], values[order[2]]};
}

Shape joined(Shape batch, std::int64_t rows, std::int64_t columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

// Adds every product grad[i, j] a[i, p] to db and every product grad[i, j] b[p, j] to da.
std::pair<Tensor, Tensor> gradients(const Tensor& grad, const Tensor& a, const Tensor& b) {
  Totals da(a.sizes()), db(b.sizes());
  const std::int64_t inner = a.sizes().back(), rank = grad.dim();
  for_each_index(grad.sizes(), [&](const Shape& index) {
    Shape in_a = index, in_b = index;
    for (std::int64_t p = 0; p < inner; ++p) {
      in_a[rank - 1] = p;
      in_b[rank - 2] = p;
      da.add(in_a, lab::at(grad, index) * broadcast_at(b, in_b));
      db.add(in_b, lab::at(grad, index) * broadcast_at(a, in_a));
    }
  });
  return {da.tensor(a.dtype()), db.tensor(b.dtype())};
}

// Factors of small integers with these leading dimensions.
void check(lab::Case& c, const Shape& batch_a, const Shape& batch_b, bool strided = false) {
  const Sizes sizes = different_sizes(c);
  const DType dtype = float_dtype(c);
  const auto drawn = [&](const Shape& s) { return strided ? c.strided(s, dtype) : c.contiguous(s, dtype); };
  const Tensor a = c.input("a", drawn(joined(batch_a, sizes.m, sizes.k)));
  const Tensor b = c.input("b", drawn(joined(batch_b, sizes.k, sizes.n)));
  const Tensor grad = c.input("grad", drawn(joined(common_sizes(batch_a, batch_b), sizes.m, sizes.n)));
  const TensorPair y = vjp::matmul(grad, a, b);
  CHECK_SAME("da", y.first, gradients(grad, a, b).first);
  CHECK_SAME("db", y.second, gradients(grad, a, b).second);
}

// The leading dimensions of a batch: one or two, of size 2 or 3.
Shape any_batch(lab::Case& c) {
  Shape batch = Shape::filled(c.integer(1, 2), 2);
  for (std::int64_t& size : batch) size = c.integer(2, 3);
  return batch;
}

}  // namespace

TASK_TEST_USES(4, 4, two_matrices, "4.2") {
  lab::cases(40, [](lab::Case& c) { check(c, {}, {}); });
}

TASK_TEST_USES(4, 4, factors_and_upstream_may_have_any_strides, "4.2") {
  lab::cases(40, [](lab::Case& c) { check(c, {}, {}, true); });
}

TASK_TEST_USES(4, 4, each_matrix_of_a_batch_has_its_own, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape batch = any_batch(c);
    check(c, batch, batch, c.coin());
  });
}

TASK_TEST_USES(4, 4, a_matrix_shared_by_a_batch_gets_the_sum, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape batch = any_batch(c);
    c.coin() ? check(c, batch, {}) : check(c, {}, batch);
  });
}

TASK_TEST_USES(4, 4, broadcast_batches_get_sums, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const Shape batch = any_batch(c), a = partner(c, batch), b = partner(c, batch);
    check(c, a, b);
  });
}

TASK_TEST_USES(4, 4, the_factor_that_was_asked_for_gets_its_gradient, "4.2") {
  lab::cases(32, [](lab::Case& c) {
    const Sizes sizes = different_sizes(c);
    const Tensor a = c.input("a", c.contiguous({sizes.m, sizes.k})), b = c.input("b", c.contiguous({sizes.k, sizes.n}));
    const Tensor grad = c.input("grad", c.contiguous({sizes.m, sizes.n}));
    const bool first = c.input("the first is asked for", c.coin());
    const TensorPair y = vjp::matmul(grad, a, b, {first, !first});
    CHECK_SAME("gradient", first ? y.first : y.second,
               first ? gradients(grad, a, b).first : gradients(grad, a, b).second);
  });
}

TASK_TEST_USES(4, 4, infinities_and_nan_reach_the_rows_and_columns_they_are_in, "4.2") {
  lab::cases(40, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const Sizes sizes = different_sizes(c);
    const auto any = [&](const Shape&) { return c.integer(0, 5) > 0 ? c.real(1.0, 2.0) : c.pick({infinity, nan}); };
    const Tensor a = c.input("a", make({sizes.m, sizes.k}, DType::float64, any));
    const Tensor b = c.input("b", make({sizes.k, sizes.n}, DType::float64, any));
    const Tensor grad = c.input("grad", make({sizes.m, sizes.n}, DType::float64, any));
    const TensorPair y = vjp::matmul(grad, a, b);
    const double tolerance = rounding(DType::float64, 16.0, 40.0);
    CHECK_CLOSE("da", y.first, gradients(grad, a, b).first, tolerance);
    CHECK_CLOSE("db", y.second, gradients(grad, a, b).second, tolerance);
  });
}

TASK_TEST_USES(4, 4, both_gradients_have_gradients_themselves, "4.2", "4.5", "4.6", "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t m = c.integer(1, 2), k = c.integer(1, 3), n = c.integer(1, 2);
    const Shape batch = c.coin() ? Shape{} : Shape{2};
    const Tensor a = c.input("a", c.reals(joined(batch, m, k), DType::float64));
    const Tensor b = c.input("b", c.reals({k, n}, DType::float64));
    const Tensor grad = c.input("grad", c.reals(joined(batch, m, n), DType::float64));
    check_second(
        c, "da", {grad, a, b}, [](const Tensors& x) { return keep(vjp::matmul(x[0], x[1], x[2])).first; },
        [](const Tensors& x) { return gradients(x[0], x[1], x[2]).first; });
    check_second(
        c, "db", {grad, a, b}, [](const Tensors& x) { return keep(vjp::matmul(x[0], x[1], x[2])).second; },
        [](const Tensors& x) { return gradients(x[0], x[1], x[2]).second; });
  });
}

}  // namespace tinytorch
