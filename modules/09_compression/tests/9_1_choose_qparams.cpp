// Task 9.1: nn::choose_qparams.

#include "modules/09_compression/tests/oracle.hpp"

namespace tinytorch::nn {
namespace {

QScheme any_scheme(lab::Case& c) { return c.coin() ? QScheme::symmetric : QScheme::affine; }

/// What the header says.
QParams parameters(double lo, double hi, QScheme scheme) {
  if (!(lo <= hi) || !std::isfinite(hi - lo)) throw ValueError("no range");
  if (scheme == QScheme::symmetric) {
    const double largest = std::max(std::abs(lo), std::abs(hi));
    return {largest > 0.0 ? largest / 127.0 : 1.0, 0, -127};
  }
  const double low = std::min(lo, 0.0), high = std::max(hi, 0.0);
  const double scale = high > low ? (high - low) / 255.0 : 1.0;
  return {scale, static_cast<std::int64_t>(even_integer(-128.0 - low / scale)), -128};
}

void check_params(lab::Case& c, double lo, double hi, QScheme scheme) {
  c.input("lo", lo);
  c.input("hi", hi);
  c.input("scheme", scheme == QScheme::affine ? "affine" : "symmetric");
  CHECK_CLOSE("parameters", choose_qparams(lo, hi, scheme), parameters(lo, hi, scheme), 1e-9);
}

}  // namespace

// ---- step: affine ----

TASK_TEST(9, 1, the_ends_of_an_affine_range_get_the_first_and_the_last_integer) {
  lab::cases(40, [](lab::Case& c) {
    const double scale = power_scale(c);
    const auto below = static_cast<double>(c.integer(0, 255));
    check_params(c, 0.0 - below * scale, (255.0 - below) * scale, QScheme::affine);
  });
}

TASK_TEST(9, 1, the_zero_point_is_the_nearest_integer) {
  lab::cases(60, [](lab::Case& c) {
    const double scale = power_scale(c);
    const double below = static_cast<double>(c.integer(0, 254)) + c.pick({0.0, 0.25, 0.5, 0.75});
    check_params(c, 0.0 - below * scale, (255.0 - below) * scale, QScheme::affine);
  });
}

TASK_TEST(9, 1, an_affine_range_is_widened_until_it_holds_0) {
  lab::cases(40, [](lab::Case& c) {
    const double far = 255.0 * power_scale(c), near = far * c.pick({0.0, 0.5, 0.75, 0.875});
    if (c.coin()) {
      check_params(c, near, far, QScheme::affine);
    } else {
      check_params(c, -far, 0.0 - near, QScheme::affine);
    }
  });
}

// ---- step: symmetric ----

TASK_TEST(9, 1, a_symmetric_range_reaches_as_far_on_both_sides) {
  lab::cases(40, [](lab::Case& c) {
    const double far = 127.0 * power_scale(c), near = far * c.pick({-1.0, -0.5, 0.0, 0.25, 0.75, 1.0});
    if (c.coin()) {
      check_params(c, 0.0 - near, far, QScheme::symmetric);
    } else {
      check_params(c, -far, near, QScheme::symmetric);
    }
  });
}

// ---- step: ranges without width ----

TASK_TEST(9, 1, a_range_may_be_one_number) {
  lab::cases(40, [](lab::Case& c) {
    const double number = c.index() < 2 ? 0.0 : 127.0 * 255.0 * power_scale(c) * c.pick({-1.0, 1.0});
    check_params(c, number, number, any_scheme(c));
  });
}

TASK_TEST(9, 1, ends_in_the_wrong_order_or_without_a_number_throw) {
  lab::cases(40, [](lab::Case& c) {
    const double scale = power_scale(c);
    double lo = -128.0 * scale, hi = 127.0 * scale;
    const std::int64_t fault = c.integer(0, 5);  // 4 and 5: none
    if (fault == 0) std::swap(lo, hi);
    if (fault == 1) lo = c.pick({nan, -infinity, infinity});
    if (fault == 2) hi = c.pick({nan, infinity});
    if (fault == 3) lo = -1e308, hi = 1e308;
    const QScheme scheme = any_scheme(c);
    c.input("lo", lo);
    c.input("hi", hi);
    CHECK_OUTCOME("parameters", choose_qparams(lo, hi, scheme), parameters(lo, hi, scheme));
  });
}

}  // namespace tinytorch::nn
