// Task 2.6: raw::cross_entropy and its reductions.

#include "modules/02_mlp/tests/oracle.hpp"
#include "tinytorch/nn/loss.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <vector>

namespace tinytorch {
namespace {

std::int64_t label_of(const Tensor& target, std::int64_t n) { return element<std::int64_t>(target, {n}); }

// log(total of exp) of a row, without a shift: long double holds numbers up to exp(11356).
long double loss_of_row(const Tensor& logits, std::int64_t n, std::int64_t label) {
  long double total = 0;
  for (std::int64_t k = 0; k < logits.sizes()[1]; ++k) {
    total += std::exp(static_cast<long double>(lab::at(logits, {n, k}) - lab::at(logits, {n, label})));
  }
  return std::log(total);
}

Tensor row_losses_of(const Tensor& logits, const Tensor& target) {
  return make({logits.sizes()[0]}, logits.dtype(),
              [&](const Shape& index) { return loss_of_row(logits, index[0], label_of(target, index[0])); });
}

Tensor loss_of(const Tensor& logits, const Tensor& target, Reduction reduction) {
  if (reduction == Reduction::none) return row_losses_of(logits, target);
  long double total = 0;
  for (std::int64_t n = 0; n < logits.sizes()[0]; ++n) total += loss_of_row(logits, n, label_of(target, n));
  if (reduction == Reduction::mean) total /= static_cast<long double>(logits.sizes()[0]);
  return make({}, logits.dtype(), [&](const Shape&) { return total; });
}

Tensor loss_or_error(const Tensor& logits, const Tensor& target) {
  for (std::int64_t n = 0; n < target.sizes()[0]; ++n) {
    if (label_of(target, n) < 0 || label_of(target, n) >= logits.sizes()[1]) throw IndexError("no such class");
  }
  return loss_of(logits, target, Reduction::none);
}

double largest_size(const Tensor& logits) {
  double largest = 1;
  for (const double value : lab::values(logits)) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  return largest;
}

// A row: a total of C numbers, exp and log, differences of numbers up to `size`. A total of N rows rounds N times more.
double rounding(const Tensor& logits, Reduction reduction) {
  const auto rows = static_cast<double>(logits.sizes()[0]), classes = static_cast<double>(logits.sizes()[1]);
  const double row = eps_of(logits.dtype()) * (classes + 8 + 4 * largest_size(logits));
  const double of_total = eps_of(logits.dtype()) * rows * (2 * largest_size(logits) + classes);
  if (reduction == Reduction::none) return row;
  return reduction == Reduction::sum ? rows * (row + of_total) : row + of_total;
}

struct Batch {
  Tensor logits, target;
};

Batch batch(lab::Case& c, std::int64_t rows, std::int64_t classes) {
  const Tensor logits = c.reals({rows, classes}, any_float(c), -6.0, 6.0);
  return {logits, make({rows}, DType::int64, [&](const Shape&) { return c.integer(0, classes - 1); })};
}

// The number of rows is never that of classes, so that a mean over the wrong dimension is noticed.
Batch any_batch(lab::Case& c) {
  const std::int64_t rows = c.integer(1, 2 + c.size()), more = c.integer(1, 4);
  return batch(c, rows, c.coin() || rows <= more ? rows + more : rows - more);
}

void check(lab::Case& c, const Batch& given, Reduction reduction) {
  const Tensor logits = c.input("logits", given.logits), target = c.input("target", given.target);
  CHECK_CLOSE("loss", raw::cross_entropy(logits, target, reduction), loss_of(logits, target, reduction),
              rounding(logits, reduction));
}

// Every other number of a column of labels: a target of stride 2 or more.
Tensor spread_out(lab::Case& c, const Tensor& target) {
  const std::int64_t n = target.sizes()[0], step = c.integer(2, 3);
  const Tensor cells = make({n * step}, DType::int64, [](const Shape&) { return 99; });
  const Tensor view = as_strided(cells, {n}, {step}, step - 1);
  for (std::int64_t i = 0; i < n; ++i) view.data<std::int64_t>()[i * step] = label_of(target, i);
  return view;
}

// In one row in four, but in one row at least, the label is `wrong`.
Tensor damaged(lab::Case& c, const Batch& given, std::int64_t wrong) {
  const std::int64_t row = c.integer(0, given.target.sizes()[0] - 1);
  return make(given.target.sizes(), DType::int64, [&](const Shape& index) {
    return index[0] == row || c.integer(0, 3) == 0 ? wrong : label_of(given.target, index[0]);
  });
}

void check_outcome(lab::Case& c, const Batch& given) {
  const Tensor logits = c.input("logits", given.logits), target = c.input("target", given.target);
  CHECK_OUTCOME("loss", lab::to_value(raw::cross_entropy(logits, target, Reduction::none).sizes()),
                lab::to_value(loss_or_error(logits, target).sizes()));
}

// The message of the error, or what was thrown in its place.
std::string message_of(const Tensor& logits, const Tensor& target) {
  try {
    raw::cross_entropy(logits, target, Reduction::mean);
  } catch (const IndexError& error) {
    return error.what();
  } catch (const std::exception&) {
    return "no IndexError";
  }
  return "no error";
}

// Those of the parts that the message contains. For any other one, what stands behind its first word; else a question
// mark.
std::string named(const std::string& message, const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) {
    const std::size_t at = message.find(part.substr(0, part.find(' ') + 1)), end = message.find(": ", at);
    const bool other = at != std::string::npos && end != std::string::npos;
    all += message.find(part) != std::string::npos ? part : other ? message.substr(at, end - at + 2) : "?";
  }
  return all;
}

}  // namespace

// ---- step: rows ----

TASK_TEST_USES(2, 6, each_row_pays_for_its_label, "2.5") {
  lab::cases(40, [](lab::Case& c) { check(c, any_batch(c), Reduction::none); });
}

TASK_TEST_USES(2, 6, logits_and_targets_may_have_any_strides, "2.5") {
  lab::cases(40, [](lab::Case& c) {
    const Batch given = any_batch(c);
    const Tensor target = spread_out(c, given.target);
    check(c, {given.logits, target}, Reduction::none);
  });
}

TASK_TEST_USES(2, 6, a_hopeless_row_has_a_finite_loss, "2.5") {
  lab::cases(40, [](lab::Case& c) {
    const Batch given = any_batch(c);
    const auto gap = static_cast<double>(c.integer(200, 5000));
    const Tensor logits = make(given.logits.sizes(), given.logits.dtype(), [&](const Shape& index) {
      return lab::at(given.logits, index) - (index[1] == label_of(given.target, index[0]) ? gap : 0.0);
    });
    check(c, {logits, given.target}, Reduction::none);
  });
}

TASK_TEST_USES(2, 6, a_hidden_class_leaves_the_others_as_they_are, "2.5") {
  lab::cases(40, [](lab::Case& c) {
    const Batch given = any_batch(c);
    const Tensor logits = make(given.logits.sizes(), given.logits.dtype(), [&](const Shape& index) {
      const bool hidden = index[1] != label_of(given.target, index[0]) && c.coin();
      return hidden ? -std::numeric_limits<double>::infinity() : lab::at(given.logits, index);
    });
    check(c, {logits, given.target}, Reduction::none);
  });
}

TASK_TEST_USES(2, 6, a_label_above_the_last_class_throws, "2.5") {
  lab::cases(60, [](lab::Case& c) {
    const Batch given = any_batch(c);
    const std::int64_t classes = given.logits.sizes()[1];
    const Tensor target = damaged(c, given, classes + c.pick<std::int64_t>({0, 1000}));
    check_outcome(c, {given.logits, c.coin() ? target : given.target});
  });
}

// Every other time far below: a label that counts from the end would still be no class.
TASK_TEST_USES(2, 6, a_label_below_zero_throws, "2.5") {
  lab::cases(60, [](lab::Case& c) {
    const Batch given = any_batch(c);
    const std::int64_t classes = given.logits.sizes()[1];
    const std::int64_t near = c.integer(-classes, -1), far = -classes - c.integer(1, 3);
    const Tensor target = damaged(c, given, c.index() % 2 == 0 ? far : near);
    check_outcome(c, {given.logits, c.index() < 2 || c.coin() ? target : given.target});
  });
}

TASK_TEST_USES(2, 6, the_error_names_row_and_label, "2.5") {
  lab::cases(40, [](lab::Case& c) {
    const Batch given = any_batch(c);
    const std::int64_t row = c.integer(0, given.target.sizes()[0] - 1);
    const std::int64_t wrong = given.logits.sizes()[1] + c.integer(0, 20);
    const Tensor logits = c.input("logits", given.logits);
    const Tensor target = c.input("target", make(given.target.sizes(), DType::int64, [&](const Shape& index) {
                                    const bool later =
                                        index[0] > row && (index[0] + row) % 2 == 0;  // the first one is named
                                    return index[0] == row ? wrong : later ? -1 : label_of(given.target, index[0]);
                                  }));
    const std::vector<std::string> parts{"[cross_entropy] ", "row " + std::to_string(row) + ": ",
                                         "label " + std::to_string(wrong) + " is not in ",
                                         "0.." + std::to_string(logits.sizes()[1] - 1)};
    const std::string message = message_of(logits, target);
    CHECK_SAME("what the message names", message.starts_with("no ") ? message : named(message, parts),
               parts[0] + parts[1] + parts[2] + parts[3]);
    CHECK_SAME("message", message, parts[0] + parts[1] + parts[2] + parts[3]);
  });
}

// ---- step: reductions ----

TASK_TEST_USES(2, 6, the_mean_is_over_rows, "2.5") {
  lab::cases(40, [](lab::Case& c) { check(c, any_batch(c), Reduction::mean); });
}

TASK_TEST_USES(2, 6, the_sum_is_over_rows, "2.5") {
  lab::cases(40, [](lab::Case& c) { check(c, any_batch(c), Reduction::sum); });
}

TASK_TEST_USES(2, 6, no_rows_no_mean, "2.5") {
  lab::cases(32, [](lab::Case& c) {
    const std::int64_t rows = c.integer(0, 2), classes = c.integer(1, 4);
    const Batch given = batch(c, rows, classes);
    const std::int64_t kind = c.integer(0, 2);
    c.input("reduction", std::string(kind == 0 ? "none" : kind == 1 ? "mean" : "sum"));
    check(c, given, kind == 0 ? Reduction::none : kind == 1 ? Reduction::mean : Reduction::sum);
  });
}

}  // namespace tinytorch
