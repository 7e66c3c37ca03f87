// Task 9.4: nn::RangeObserver. Its result comes from 9.1.
//
// The zero point of a range may lie halfway between two integers: it is compared with a tolerance of 1. The scale says
// how long the range is; so both ends are known.

#include "modules/09_compression/tests/oracle.hpp"

namespace tinytorch::nn {
namespace {

using Numbers = std::vector<double>;

/// The ends of the range as the header defines them, from all numbers at once and without a histogram.
std::pair<double, double> ends_of(const Numbers& all, double keep) {
  const double smallest = *std::min_element(all.begin(), all.end());
  const double largest = *std::max_element(all.begin(), all.end());
  double limit = 0x1p-20;
  while (limit <= std::max(largest, -smallest)) limit *= 2.0;
  const double width = limit / 1024.0, most = (1.0 - keep) / 2.0 * static_cast<double>(all.size());
  const auto share = [&](double lo, double hi) {
    return static_cast<double>(std::count_if(all.begin(), all.end(), [&](double x) { return lo <= x && x < hi; }));
  };
  double lo = -limit, hi = limit;
  while (share(-limit, lo + width) <= most) lo += width;
  while (share(hi - width, limit) <= most) hi -= width;
  return {std::max(lo, smallest), std::min(hi, largest)};
}

QParams expected_params(const Numbers& all, double keep) {
  const auto [lo, hi] = ends_of(all, keep);
  const double low = std::min(lo, 0.0), high = std::max(hi, 0.0), scale = high > low ? (high - low) / 255.0 : 1.0;
  return {scale, static_cast<std::int64_t>(even_integer(-128.0 - low / scale)), -128};
}

lab::Value scale_of(const QParams& q) { return lab::to_value(q.scale); }

/// Compares the scale, and the zero point within 1.
void check_range(const RangeObserver& observer, const Numbers& all, double keep) {
  CHECK_CLOSE("scale", scale_of(observer.finish(keep)), scale_of(expected_params(all, keep)), 1e-9);
  CHECK_CLOSE("zero_point", observer.finish(keep).zero_point, expected_params(all, keep).zero_point, 1.0);
  CHECK_SAME("lowest", observer.finish(keep).lowest, -128);
}

/// Batches of small sizes; `draw` gives each number.
template <class Draw>
std::vector<Tensor> batches(lab::Case& c, std::int64_t count, Draw draw) {
  std::vector<Tensor> all;
  for (std::int64_t k = 0; k < count; ++k) all.push_back(with_numbers(c.tensor(c.shape(1, 3)), draw));
  return all;
}

Numbers joined(const std::vector<Tensor>& all) {
  Numbers numbers;
  for (const Tensor& x : all)
    for (const double number : lab::values(x)) numbers.push_back(number);
  return numbers;
}

void check_batches(lab::Case& c, const std::vector<Tensor>& all, double keep) {
  RangeObserver observer;
  for (const Tensor& x : all) observer.observe(c.input("x", x));
  c.input("keep", keep);
  check_range(observer, joined(all), keep);
}

double any_share(lab::Case& c) { return c.pick({1.0, 0.5, 0.75, 0.875}); }

/// A multiple of a sixteenth.
double coarse(lab::Case& c, std::int64_t lo, std::int64_t hi) { return static_cast<double>(c.integer(lo, hi)) / 16.0; }

}  // namespace

// ---- step: the smallest and the largest number ----

TASK_TEST_USES(9, 4, keep_1_is_the_smallest_to_the_largest_number, "9.1") {
  lab::cases(40, [](lab::Case& c) { check_batches(c, batches(c, 1, [&] { return coarse(c, -40, 40); }), 1.0); });
}

TASK_TEST_USES(9, 4, every_batch_counts, "9.1") {
  lab::cases(
      40, [](lab::Case& c) { check_batches(c, batches(c, c.integer(2, 4), [&] { return coarse(c, -40, 40); }), 1.0); });
}

TASK_TEST_USES(9, 4, numbers_on_one_side_of_0, "9.1") {
  lab::cases(40, [](lab::Case& c) {
    const double side = c.coin() ? 1.0 : -1.0, keep = any_share(c);
    check_batches(c, batches(c, c.integer(1, 3), [&] { return side * coarse(c, 8, 60); }), keep);
  });
}

// ---- step: the share that is kept ----

TASK_TEST_USES(9, 4, the_share_is_cut_at_both_ends, "9.1") {
  lab::cases(60, [](lab::Case& c) {
    const double keep = any_share(c);
    check_batches(c, batches(c, c.integer(1, 3), [&] { return coarse(c, -24, 24); }), keep);
  });
}

TASK_TEST_USES(9, 4, an_end_is_the_edge_of_a_bin, "9.1") {
  lab::cases(60, [](lab::Case& c) {
    const double keep = c.pick({0.5, 0.75, 0.875});
    // One far number makes the bins wide; the others lie inside them.
    const double far = c.pick({1000.0, -1000.0, 4000.0});
    std::vector<Tensor> all = batches(c, c.integer(2, 4), [&] { return c.real(-30.0, 30.0); });
    all.push_back(with_numbers(c.tensor({1}), [&] { return far; }));
    check_batches(c, all, keep);
  });
}

TASK_TEST_USES(9, 4, equal_numbers_stay_together, "9.1") {
  lab::cases(60, [](lab::Case& c) {
    const double keep = any_share(c);
    check_batches(c, batches(c, c.integer(1, 3), [&] { return c.coin() ? 0.0 : coarse(c, 0, 9); }), keep);
  });
}

// ---- step: a range that grows ----

TASK_TEST_USES(9, 4, a_larger_number_joins_neighbouring_bins, "9.1") {
  lab::cases(60, [](lab::Case& c) {
    const double keep = any_share(c);
    std::vector<Tensor> all;
    double reach = c.pick({0.001, 0.25, 1.0});
    const std::int64_t count = c.integer(2, 4);
    for (std::int64_t k = 0; k < count; ++k, reach *= c.pick({2.0, 8.0, 64.0}))
      all.push_back(with_numbers(c.tensor(c.shape(1, 2)), [&] { return c.real(-reach, reach); }));
    if (c.coin()) std::reverse(all.begin(), all.end());
    check_batches(c, all, keep);
  });
}

// Numbers in the first bin and in the last one, before and after it is joined.
TASK_TEST_USES(9, 4, the_outermost_bins_count_too, "9.1") {
  lab::cases(60, [](lab::Case& c) {
    const double limit = c.pick({1.0, 0.25, 8.0}), edge = limit * 4095.0 / 4096.0, keep = any_share(c);
    std::vector<Tensor> all = batches(c, c.integer(1, 2), [&] {
      return c.pick({edge, -edge, 0.5 * limit, -0.25 * limit, 0.0});
    });
    if (c.coin()) all.push_back(with_numbers(c.tensor({1}), [&] { return c.pick({limit, 3.0 * limit}); }));
    check_batches(c, all, keep);
  });
}

TASK_TEST_USES(9, 4, powers_of_two_belong_to_the_next_range, "9.1") {
  lab::cases(40, [](lab::Case& c) {
    const double keep = any_share(c);
    check_batches(c,
                  batches(c, c.integer(1, 3),
                          [&] {
                            return c.pick({0.0, 1.0, -1.0, 2.0, -2.0, 4.0, -4.0, 0x1p-20, -0x1p-20, 0x1p-21});
                          }),
                  keep);
  });
}

TASK_TEST_USES(9, 4, finish_may_be_asked_again, "9.1") {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<Tensor> all = batches(c, c.integer(2, 3), [&] { return coarse(c, -24, 24); });
    RangeObserver observer;
    Numbers seen;
    for (const Tensor& x : all) {
      observer.observe(c.input("x", x));
      for (const double number : lab::values(x)) seen.push_back(number);
      check_range(observer, seen, any_share(c));
    }
  });
}

// ---- step: what is refused ----

TASK_TEST_USES(9, 4, a_batch_with_nan_or_infinity_is_not_counted, "9.1") {
  lab::cases(40, [](lab::Case& c) {
    RangeObserver observer;
    const Tensor good = c.input("x", with_numbers(c.tensor(c.shape(1, 2)), [&] { return coarse(c, -24, 24); }));
    observer.observe(good);
    const Tensor next = with_numbers(c.tensor({c.integer(1, 4)}), [&] { return coarse(c, -99, 99); });
    Numbers numbers = lab::values(next), seen = lab::values(good);
    const bool fault = c.coin();
    if (fault) numbers.back() = c.pick({nan, infinity, -infinity});
    lab::set_elements(next, numbers);
    c.input("next", next);
    const auto counted = [&] {
      observer.observe(next);
      return true;
    };
    const auto expected = [&] {
      if (fault) throw ValueError("not finite");
      return true;
    };
    CHECK_OUTCOME("counted", counted(), expected());
    if (!fault) seen.insert(seen.end(), numbers.begin(), numbers.end());
    check_range(observer, seen, 1.0);
  });
}

TASK_TEST_USES(9, 4, wrong_shares_and_no_numbers_throw, "9.1") {
  lab::cases(40, [](lab::Case& c) {
    const double keep = c.pick({1.0, 0.5, 0.0, -0.5, 1.25, nan});
    const std::int64_t count = c.integer(0, 2);
    c.input("keep", keep);
    RangeObserver observer;
    const Tensor x = c.input("x", with_numbers(c.tensor({count}), [&] { return coarse(c, -24, 24); }));
    observer.observe(x);
    const auto expected = [&] {
      if (!(keep > 0.0 && keep <= 1.0) || count == 0) throw ValueError("keep");
      return scale_of(expected_params(lab::values(x), keep));
    };
    CHECK_OUTCOME("scale", scale_of(observer.finish(keep)), expected());
  });
}

}  // namespace tinytorch::nn
