// Task 2.5: raw::softmax and raw::log_softmax.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/core/activations.hpp"

#include <algorithm>
#include <cmath>

namespace tinytorch {
namespace {

// log(total of exp(x - reference)) over the line through `index`. long double holds numbers up to exp(11356), so any
// reference near the values of the line works.
long double log_total(const Tensor& x, Shape index, std::int64_t d, long double reference) {
  long double total = 0;
  for (index[d] = 0; index[d] < x.sizes()[d]; ++index[d]) {
    total += std::exp(static_cast<long double>(lab::at(x, index)) - reference);
  }
  return std::log(total);
}

long double largest_in_line(const Tensor& x, Shape index, std::int64_t d) {
  double largest = -std::numeric_limits<double>::infinity();
  for (index[d] = 0; index[d] < x.sizes()[d]; ++index[d]) largest = std::max(largest, lab::at(x, index));
  return static_cast<long double>(largest);
}

long double log_share(const Tensor& x, const Shape& index, std::int64_t d) {
  const long double reference = largest_in_line(x, index, d);
  return static_cast<long double>(lab::at(x, index)) - reference - log_total(x, index, d, reference);
}

Tensor shares(const Tensor& x, std::int64_t dim) {
  const std::int64_t d = dim < 0 ? dim + x.dim() : dim;
  return make(x.sizes(), x.dtype(), [&](const Shape& index) { return std::exp(log_share(x, index, d)); });
}

Tensor log_shares(const Tensor& x, std::int64_t dim) {
  const std::int64_t d = dim < 0 ? dim + x.dim() : dim;
  return make(x.sizes(), x.dtype(), [&](const Shape& index) { return log_share(x, index, d); });
}

// A total of n numbers rounds n times, exp and log round a few times, x - largest rounds by eps times its size.
double rounding(const Tensor& x, std::int64_t dim) {
  double least = 0, most = 0;
  for (const double value : lab::values(x)) {
    if (std::isfinite(value)) least = std::min(least, value);
    if (std::isfinite(value)) most = std::max(most, value);
  }
  return eps_of(x.dtype()) * (static_cast<double>(x.size(dim)) + 8 + most - least);
}

void check_softmax(lab::Case& c, const Tensor& input, std::int64_t along) {
  const Tensor x = c.input("x", input);
  const std::int64_t dim = c.input("dim", along);
  CHECK_CLOSE("y", raw::softmax(x, dim), shares(x, dim), rounding(x, dim));
}

void check_log_softmax(lab::Case& c, const Tensor& input, std::int64_t along) {
  const Tensor x = c.input("x", input);
  const std::int64_t dim = c.input("dim", along);
  CHECK_CLOSE("y", raw::log_softmax(x, dim), log_shares(x, dim), rounding(x, dim));
}

std::int64_t any_dim(lab::Case& c, const Tensor& x) { return c.integer(-x.dim(), x.dim() - 1); }

Tensor two_rows_far_apart(lab::Case& c) {
  const DType dtype = any_float(c);
  const Tensor x = c.reals({2, c.integer(1, 2 + c.size())}, dtype, -3.0, 3.0);
  const double far = c.coin() ? 1e4 : -1e4;
  return make(x.sizes(), x.dtype(),
              [&](const Shape& index) { return lab::at(x, index) + (index[0] == 0 ? far : -far); });
}

// Along the rows, whose values differ widely; or across them, where each line spans the gap and has a stride above 1.
std::int64_t along_or_across(const lab::Case& c) { return c.index() % 2 == 0 ? 1 : 0; }

// A line in which one entry is larger than the others by `gap`: their probabilities are too small for the dtype.
Tensor one_far_above(lab::Case& c) {
  const std::int64_t n = c.integer(2, 3 + c.size()), winner = c.integer(0, n - 1);
  const auto gap = static_cast<double>(c.integer(200, 5000));
  return make({n}, any_float(c), [&](const Shape& index) {
    return static_cast<double>(c.integer(-5, 5)) + (index[0] == winner ? gap : 0.0);
  });
}

// Some entries are -inf; one column has none.
Tensor masked(lab::Case& c) {
  const Tensor x = reals(c, 1, 3, -4.0, 4.0);
  const std::int64_t seen = c.integer(0, x.sizes().back() - 1);
  return make(x.sizes(), x.dtype(), [&](const Shape& index) {
    const bool hidden = index.back() != seen && c.coin();
    return hidden ? -std::numeric_limits<double>::infinity() : lab::at(x, index);
  });
}

}  // namespace

// ---- step: log_softmax ----

TASK_TEST(2, 5, log_softmax_of_a_vector) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Tensor x = c.reals({c.integer(1, 2 + 2 * c.size())}, dtype, -8.0, 8.0);
    check_log_softmax(c, x, 0);
  });
}

TASK_TEST(2, 5, log_softmax_runs_along_any_dimension) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = reals(c, 1, 4, -8.0, 8.0);
    check_log_softmax(c, x, any_dim(c, x));
  });
}

TASK_TEST(2, 5, log_softmax_stays_finite_at_a_gap_of_200) {
  lab::cases(40, [](lab::Case& c) { check_log_softmax(c, one_far_above(c), 0); });
}

TASK_TEST(2, 5, log_softmax_of_rows_at_1e4_and_minus_1e4) {
  lab::cases(40, [](lab::Case& c) { check_log_softmax(c, two_rows_far_apart(c), along_or_across(c)); });
}

TASK_TEST(2, 5, the_logarithm_of_a_hidden_entry_is_minus_infinity) {
  lab::cases(40, [](lab::Case& c) { check_log_softmax(c, masked(c), -1); });
}

// ---- step: softmax ----

TASK_TEST(2, 5, softmax_of_a_vector) {
  lab::cases(40, [](lab::Case& c) {
    const DType dtype = any_float(c);
    const Tensor x = c.reals({c.integer(1, 2 + 2 * c.size())}, dtype, -8.0, 8.0);
    check_softmax(c, x, 0);
  });
}

TASK_TEST(2, 5, softmax_runs_along_any_dimension) {
  lab::cases(60, [](lab::Case& c) {
    const Tensor x = reals(c, 1, 4, -8.0, 8.0);
    check_softmax(c, x, any_dim(c, x));
  });
}

TASK_TEST(2, 5, a_shift_of_the_line_changes_nothing) {
  lab::cases(40, [](lab::Case& c) {
    const double shift = c.input("shift", static_cast<double>(c.pick({-10000, -500, 500, 10000})));
    const DType dtype = any_float(c);
    const Tensor x = c.tensor(c.shape(1, 3), dtype);
    const std::int64_t dim = c.input("dim", any_dim(c, x));
    const Tensor moved =
        c.input("x", make(x.sizes(), x.dtype(), [&](const Shape& index) { return lab::at(x, index) + shift; }));
    CHECK_CLOSE("y", raw::softmax(moved, dim), shares(x, dim), rounding(x, dim));
  });
}

TASK_TEST(2, 5, softmax_of_rows_at_1e4_and_minus_1e4) {
  lab::cases(40, [](lab::Case& c) { check_softmax(c, two_rows_far_apart(c), along_or_across(c)); });
}

TASK_TEST(2, 5, a_hidden_entry_has_probability_zero) {
  lab::cases(40, [](lab::Case& c) { check_softmax(c, masked(c), -1); });
}

}  // namespace tinytorch
