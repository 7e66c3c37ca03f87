// Task 4.8: vjp::log_softmax and vjp::cross_entropy.

#include "modules/04_autograd/tests/second.hpp"
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

Tensor cross_entropy_gradient(const Loss& loss) {
  const double rows = static_cast<double>(loss.log_probs.sizes()[0]);
  return make(loss.log_probs.sizes(), loss.log_probs.dtype(), [&](const Shape& index) {
    const double g = loss.grad.dim() == 0 ? lab::at(loss.grad, {}) : lab::at(loss.grad, {index[0]});
    const double hit = lab::at(loss.target, {index[0]}) == static_cast<double>(index[1]) ? 1.0 : 0.0;
    return g * (std::exp(lab::at(loss.log_probs, index)) - hit) / (loss.reduction == Reduction::mean ? rows : 1.0);
  });
}

void check(const Loss& loss) {
  CHECK_CLOSE("d logits", vjp::cross_entropy(loss.grad, loss.log_probs, loss.target, loss.reduction),
              cross_entropy_gradient(loss), rounding(loss.grad.dtype(), 16.0, 9.0));
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

// A class of probability 0 has -inf as its logarithm. A gradient that is no number stays in its own row.
TASK_TEST(4, 8, infinities_and_nan_stay_in_their_rows) {
  lab::cases(40, [](lab::Case& c) {
    const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const std::int64_t rows = c.integer(1, 3);
    const DType dtype = float_dtype(c);
    const double half = -std::log(2.0);
    const auto log_half = [&](const Shape& i) { return i[1] == i[0] % 3 ? -infinity : half; };  // 0, 1/2, 1/2
    const Tensor y = c.input("y", make({rows, 3}, dtype, log_half));
    const auto any = [&](const Shape&) { return c.pick({1.0, -2.0, nan}); };
    const Tensor grad = c.input("grad", make({rows, 3}, dtype, any));
    CHECK_CLOSE("dx of log_softmax", vjp::log_softmax(grad, y, 1), log_softmax_gradient(grad, y, 1),
                rounding(dtype, 16.0, 8.0));
    Loss loss{{}, y, {}, Reduction::none};
    loss.target = c.input("target", make({rows}, DType::int64, [&](const Shape&) { return c.integer(0, 2); }));
    const auto of_row = [&](const Shape& i) {
      const bool certain = lab::at(y, {i[0], static_cast<std::int64_t>(lab::at(loss.target, i))}) == -infinity;
      return certain ? c.pick({1.0, nan}) : c.pick({2.0, -infinity, nan});
    };
    loss.grad = c.input("grad of the losses", make({rows}, dtype, of_row));
    CHECK_CLOSE("d logits", vjp::cross_entropy(loss.grad, y, loss.target, loss.reduction), cross_entropy_gradient(loss),
                rounding(dtype, 16.0, 8.0));
  });
}

TASK_TEST_USES(4, 8, log_softmax_has_a_gradient_for_its_output_too, "4.2", "4.3", "4.5", "4.7", "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const Shape sizes = c.shape(1, 2);
    const std::int64_t last = sizes.size() - 1;
    const Tensor y = c.input("y", log_probs(c, sizes, last, DType::float64));
    const Tensors points{c.input("grad", c.reals(sizes, DType::float64)), y};
    check_second(
        c, "dx", points, [&](const Tensors& x) { return vjp::log_softmax(x[0], x[1], last); },
        [&](const Tensors& x) { return log_softmax_gradient(x[0], x[1], last); });
  });
}

TASK_TEST_USES(4, 8, cross_entropy_has_a_gradient_for_its_probabilities_too, "4.2", "4.3", "4.7", "4.9") {
  lab::cases(32, [](lab::Case& c) {
    const Reduction reduction = c.pick({Reduction::none, Reduction::mean, Reduction::sum});
    const std::int64_t rows = c.integer(1, 3), classes = c.integer(2, 3);
    const Tensor y = c.input("log_probs", log_probs(c, {rows, classes}, 1, DType::float64));
    const Tensor target =
        c.input("target", make({rows}, DType::int64, [&](const Shape&) { return c.integer(0, classes - 1); }));
    c.input("reduction", reduction == Reduction::none ? "none" : reduction == Reduction::mean ? "mean" : "sum");
    const Shape of_loss = reduction == Reduction::none ? Shape{rows} : Shape{};
    const Tensors points{c.input("grad", c.reals(of_loss, DType::float64)), y};
    check_second(
        c, "d logits", points, [&](const Tensors& x) { return vjp::cross_entropy(x[0], x[1], target, reduction); },
        [&](const Tensors& x) {
          return cross_entropy_gradient({x[0], x[1], target, reduction});
        });
  });
}

}  // namespace tinytorch
