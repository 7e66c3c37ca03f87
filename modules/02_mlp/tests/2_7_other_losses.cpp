// Task 2.7: raw::bce_with_logits and raw::mse_loss.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/loss.hpp"

#include <algorithm>
#include <cmath>

namespace tinytorch {
namespace {

using Loss = Tensor (*)(const Tensor&, const Tensor&, Reduction);
using Formula = long double (*)(long double, long double);

// -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)), with the logarithms combined so that none overflows.
long double bce_at(long double z, long double t) {
  const long double log_one = -std::log1p(std::exp(-z)), log_zero = -std::log1p(std::exp(z));
  return -(t == 0 ? 0 : t * log_one) - (t == 1 ? 0 : (1 - t) * log_zero);
}

long double square_at(long double a, long double b) { return (a - b) * (a - b); }

Tensor losses_of(const Tensor& a, const Tensor& b, Formula formula) {
  return make(a.sizes(), a.dtype(), [&](const Shape& index) { return formula(lab::at(a, index), lab::at(b, index)); });
}

Tensor mean_of(const Tensor& a, const Tensor& b, Formula formula, bool divide) {
  long double total = 0;
  for_each_index(a.sizes(), [&](const Shape& index) { total += formula(lab::at(a, index), lab::at(b, index)); });
  if (divide) total /= static_cast<long double>(a.numel());
  return make({}, a.dtype(), [&](const Shape&) { return total; });
}

// Each loss rounds a few numbers up to its own size and |a| + |b|; a total of n losses rounds n times more.
double rounding(const Tensor& a, const Tensor& b, Formula formula, Reduction reduction) {
  double largest = 1;
  for_each_index(a.sizes(), [&](const Shape& index) {
    const double loss = static_cast<double>(std::abs(formula(lab::at(a, index), lab::at(b, index))));
    largest = std::max({largest, loss, std::abs(lab::at(a, index)), std::abs(lab::at(b, index))});
  });
  const auto n = static_cast<double>(a.numel());
  const double one = 8 * eps_of(a.dtype()) * largest;
  if (reduction == Reduction::none) return one;
  return reduction == Reduction::sum ? n * one * (1 + n) : one * (1 + n);
}

void check(lab::Case& c, Loss loss, Formula formula, const Tensor& first, const Tensor& second,
           Reduction reduction = Reduction::none) {
  const Tensor a = c.input("a", first), b = c.input("b", second);
  CHECK_CLOSE(
      "loss", loss(a, b, reduction),
      reduction == Reduction::none ? losses_of(a, b, formula) : mean_of(a, b, formula, reduction == Reduction::mean),
      rounding(a, b, formula, reduction));
}

// Mostly labels 0 and 1, some numbers between them.
Tensor targets(lab::Case& c, const Tensor& like) {
  return make(like.sizes(), like.dtype(), [&](const Shape&) {
    return c.integer(0, 3) == 0 ? c.real(0.0, 1.0) : static_cast<double>(c.integer(0, 1));
  });
}

}  // namespace

// ---- step: bce_with_logits ----

TASK_TEST_USES(2, 7, a_logit_pays_for_its_target, "2.6") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor z = reals(c, 0, 3, -6.0, 6.0);
    check(c, raw::bce_with_logits, bce_at, z, targets(c, z));
  });
}

TASK_TEST_USES(2, 7, a_logit_of_1000_has_a_finite_loss, "2.6") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor z = reals(c, 0, 3, 0.0, 1000.0);
    check(c, raw::bce_with_logits, bce_at, z, targets(c, z));
  });
}

TASK_TEST_USES(2, 7, a_logit_of_minus_1000_has_a_finite_loss, "2.6") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor z = reals(c, 0, 3, -1000.0, 0.0);
    check(c, raw::bce_with_logits, bce_at, z, targets(c, z));
  });
}

TASK_TEST_USES(2, 7, bce_reduces_over_every_element, "2.6") {
  lab::cases(40, [](lab::Case& c) {
    const Tensor z = reals(c, 0, 3, -6.0, 6.0);
    const Reduction reduction = c.coin() ? Reduction::mean : Reduction::sum;
    check(c, raw::bce_with_logits, bce_at, z, targets(c, z), reduction);
  });
}

// ---- step: mse_loss ----

TASK_TEST_USES(2, 7, the_difference_is_squared, "2.6") {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Shape sizes = c.shape(0, 3);
    const Tensor a = c.tensor(sizes, dtype), b = c.tensor(sizes, dtype);
    check(c, raw::mse_loss, square_at, a, b);
  });
}

TASK_TEST_USES(2, 7, numbers_far_from_zero_keep_their_difference, "2.6") {
  lab::cases(40, [](lab::Case& c) {
    const Shape sizes = c.shape(0, 2);
    const auto base = static_cast<double>(c.integer(1'000'000, 8'000'000));  // its square has too many digits
    const auto near = [&](const Shape&) { return base + static_cast<double>(c.integer(-9, 9)); };
    const Tensor a = c.input("a", make(sizes, DType::float32, near)),
                 b = c.input("b", make(sizes, DType::float32, near));
    CHECK_SAME("loss", raw::mse_loss(a, b, Reduction::none), losses_of(a, b, square_at));
  });
}

TASK_TEST_USES(2, 7, mse_reduces_over_every_element, "2.6") {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Shape sizes = c.shape(0, 3);
    const Tensor a = c.tensor(sizes, dtype), b = c.tensor(sizes, dtype);
    check(c, raw::mse_loss, square_at, a, b, c.coin() ? Reduction::mean : Reduction::sum);
  });
}

}  // namespace tinytorch
