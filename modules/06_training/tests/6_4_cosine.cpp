// Task 6.4: warmup_cosine.

#include "modules/06_training/tests/oracle.hpp"
#include "tinytorch/optim/loop.hpp"

#include <cmath>
#include <numbers>

namespace tinytorch {
namespace {

using optim::CosineOptions;

double rate(std::int64_t step, const CosineOptions& o) {
  if (step < o.warmup) return o.peak / static_cast<double>(o.warmup) * static_cast<double>(step + 1);
  if (step >= o.total) return o.floor;
  const double share = static_cast<double>(step - o.warmup) / static_cast<double>(o.total - o.warmup);
  const double half = std::cos(std::numbers::pi * share / 2.0);
  return o.floor + (o.peak - o.floor) * half * half;  // (1 + cos x) / 2
}

CosineOptions some_options(lab::Case& c, std::int64_t warmup) {
  CosineOptions o;
  o.peak = c.input("peak", c.real(0.5, 2.0));
  o.floor = c.input("floor", c.coin() ? 0.0 : c.real(0.05, 0.4));
  o.warmup = c.input("warmup", warmup);
  o.total = c.input("total", warmup + c.integer(c.index() % 5 == 4 ? 0 : 1, 4 + c.size()));
  if (o.total == 0) ++o.total;
  return o;
}

std::vector<double> first_rates(const CosineOptions& o) {
  std::vector<double> rates;
  for (std::int64_t step = 0; step < o.total + 4; ++step) rates.push_back(optim::warmup_cosine(step, o));
  return rates;
}

std::vector<double> expected_rates(const CosineOptions& o) {
  std::vector<double> rates;
  for (std::int64_t step = 0; step < o.total + 4; ++step) rates.push_back(rate(step, o));
  return rates;
}

}  // namespace

TASK_TEST(6, 4, it_rises_to_the_peak_and_falls_to_the_floor) {
  lab::cases(40, [](lab::Case& c) {
    const CosineOptions o = some_options(c, c.integer(1, 3 + c.size() / 2));
    CHECK_CLOSE("rates", first_rates(o), expected_rates(o), 1e-13);
  });
}

TASK_TEST(6, 4, without_warm_up_it_begins_at_the_peak) {
  lab::cases(30, [](lab::Case& c) {
    const CosineOptions o = some_options(c, 0);
    CHECK_CLOSE("rates", first_rates(o), expected_rates(o), 1e-13);
  });
}

TASK_TEST(6, 4, from_the_last_step_on_it_stays_on_the_floor) {
  lab::cases(30, [](lab::Case& c) {
    const CosineOptions o = some_options(c, c.integer(0, 3));
    const std::int64_t step = c.input("step", o.total + c.integer(0, 3 * o.total));
    CHECK_CLOSE("rate of the last step", optim::warmup_cosine(o.total - 1, o), rate(o.total - 1, o), 1e-13);
    CHECK_CLOSE("rate", optim::warmup_cosine(step, o), o.floor, 1e-13);
  });
}

}  // namespace tinytorch
