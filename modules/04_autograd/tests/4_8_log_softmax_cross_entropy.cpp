// Task 4.8: vjp::log_softmax and vjp::cross_entropy.

#include "modules/04_autograd/tests/oracle.hpp"
#include "tinytorch/core/vjps.hpp"

namespace tinytorch {
namespace {

// The sum of rule(index) along `dim`, at every index.
template <class Rule>
Tensor sums_along(const Shape& sizes, std::int64_t dim, Rule rule) {
  Shape kept = sizes;
  kept[dim] = 1;
  Totals totals(kept);
  for_each_index(sizes, [&](const Shape& index) { totals.add(index, rule(index)); });
  return totals.tensor(DType::float64);
}

// log_softmax along `dim` of logits in [-3, 3).
Tensor log_probs(lab::Case& c, const Shape& sizes, std::int64_t dim, DType dtype) {
  const Tensor x = make(sizes, DType::float64, [&](const Shape&) { return c.real(-3.0, 3.0); });
  const Tensor sums = sums_along(sizes, dim, [&](const Shape& index) { return std::exp(lab::at(x, index)); });
  return make(sizes, dtype,
              [&](const Shape& index) { return lab::at(x, index) - std::log(broadcast_at(sums, index)); });
}

Tensor log_softmax_gradient(const Tensor& grad, const Tensor& y, std::int64_t dim) {
  const Tensor sums = sums_along(y.sizes(), dim, [&](const Shape& index) { return lab::at(grad, index); });
  return make(y.sizes(), y.dtype(), [&](const Shape& index) {
    return lab::at(grad, index) - std::exp(lab::at(y, index)) * broadcast_at(sums, index);
  });
}

struct Loss {
  Tensor grad, log_probs, target;
  Reduction reduction;
};

Loss drawn(lab::Case& c, Reduction reduction) {
  const std::int64_t rows = c.integer(1, 2 + c.size() / 4), classes = c.integer(2, 3 + c.size() / 4);
  const DType dtype = float_dtype(c);
  Loss loss{{}, c.input("log_probs", log_probs(c, {rows, classes}, 1, dtype)), {}, reduction};
  loss.target = c.input("target", make({rows}, DType::int64, [&](const Shape&) { return c.integer(0, classes - 1); }));
  loss.grad = c.input("grad", c.tensor(reduction == Reduction::none ? Shape{rows} : Shape{}, dtype));
  return loss;
}

void check(const Loss& loss) {
  const std::int64_t rows = loss.log_probs.sizes()[0];
  CHECK_CLOSE("d logits", vjp::cross_entropy(loss.grad, loss.log_probs, loss.target, loss.reduction),
              make(loss.log_probs.sizes(), loss.log_probs.dtype(),
                   [&](const Shape& index) {
                     const double g = loss.grad.dim() == 0 ? lab::at(loss.grad, {}) : lab::at(loss.grad, {index[0]});
                     const double hit = lab::at(loss.target, {index[0]}) == static_cast<double>(index[1]) ? 1.0 : 0.0;
                     const double share = loss.reduction == Reduction::mean ? static_cast<double>(rows) : 1.0;
                     return g * (std::exp(lab::at(loss.log_probs, index)) - hit) / share;
                   }),
              rounding(loss.grad.dtype(), 16.0, 9.0));
}

}  // namespace

TASK_TEST(4, 8, log_softmax_subtracts_each_share_of_the_sum) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = float_dtype(c);
    const Shape sizes = c.shape(1, 2);
    const std::int64_t last = sizes.size() - 1;
    const Tensor y = c.input("y", log_probs(c, sizes, last, dtype)), grad = c.input("grad", c.tensor(sizes, dtype));
    const double n = static_cast<double>(sizes[last]);
    CHECK_CLOSE("dx", vjp::log_softmax(grad, y, last), log_softmax_gradient(grad, y, last),
                rounding(dtype, 8.0 + n, 9.0 * n));
  });
}

TASK_TEST(4, 8, log_softmax_along_any_dimension) {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 4);
    const std::int64_t dim = c.input("dim", c.integer(-sizes.size(), sizes.size() - 1));
    const std::int64_t d = dim < 0 ? dim + sizes.size() : dim;
    const Tensor y = c.input("y", log_probs(c, sizes, d, DType::float64));
    const Tensor grad = c.input("grad", c.tensor(sizes, DType::float64));
    const double n = static_cast<double>(sizes[d]);
    CHECK_CLOSE("dx", vjp::log_softmax(grad, y, dim), log_softmax_gradient(grad, y, d),
                rounding(DType::float64, 8.0 + n, 9.0 * n));
  });
}

TASK_TEST(4, 8, a_mean_loss_gives_each_row_its_share) {
  lab::cases(40, [](lab::Case& c) { check(drawn(c, Reduction::mean)); });
}

TASK_TEST(4, 8, a_summed_loss_gives_each_row_all) {
  lab::cases(40, [](lab::Case& c) { check(drawn(c, Reduction::sum)); });
}

TASK_TEST(4, 8, losses_of_their_own_have_gradients_of_their_own) {
  lab::cases(40, [](lab::Case& c) { check(drawn(c, Reduction::none)); });
}

}  // namespace tinytorch
