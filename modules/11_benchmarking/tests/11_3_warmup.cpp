// Task 11.3: warmup_length. The samples are whole numbers, so the oracle compares fractions exactly.

#include "modules/11_benchmarking/tests/oracle.hpp"

#include <optional>

namespace tinytorch {
namespace {

/// The sum of squared distances over the square of the count, as a fraction: (m * sum of x^2 - (sum of x)^2) / m^3.
struct Score {
  std::int64_t above = 0, below = 1;
};

Score score_from(const Numbers& samples, std::size_t k) {
  std::int64_t sum = 0, squares = 0;
  for (std::size_t i = k; i < samples.size(); ++i) {
    const auto x = static_cast<std::int64_t>(samples[i]);
    sum += x;
    squares += x * x;
  }
  const auto m = static_cast<std::int64_t>(samples.size() - k);
  return {m * squares - sum * sum, m * m * m};
}

bool equal(const Score& x, const Score& y) { return x.above * y.below == y.above * x.below; }

struct Answer {
  std::int64_t length = 0;
  bool tied = false;  // with a score that is not 0: rounding may decide between equals
};

Answer warmup_of(const Numbers& samples) {
  Answer answer;
  if (samples.empty()) return answer;
  Score best = score_from(samples, 0);
  for (std::size_t k = 1; k <= samples.size() / 2; ++k) {
    const Score score = score_from(samples, k);
    if (equal(score, best)) answer.tied = answer.tied || score.above != 0;
    if (score.above * best.below >= best.above * score.below) continue;
    answer = {static_cast<std::int64_t>(k), false};
    best = score;
  }
  return answer;
}

/// Moves the last sample until no two starts are equally good.
Numbers without_ties(Numbers samples) {
  while (warmup_of(samples).tied) ++samples.back();
  return samples;
}

Numbers around(lab::Case& c, std::int64_t count, std::int64_t level, std::int64_t spread) {
  Numbers samples;
  for (std::int64_t i = 0; i < count; ++i) samples.push_back(static_cast<double>(level + c.integer(0, spread)));
  return samples;
}

Numbers joined(Numbers first, const Numbers& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TASK_TEST(11, 3, a_slow_start_is_cut_off) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t slow = c.integer(0, c.size() / 2);
    const Numbers start = around(c, slow, 80, 9);
    const Numbers samples = without_ties(joined(start, around(c, slow + 2 + c.size() / 2, 30, 4)));
    c.input("samples", samples);
    CHECK_SAME("warm-up", profiling::warmup_length(samples), warmup_of(samples).length);
  });
}

TASK_TEST(11, 3, any_samples_have_one_best_start) {
  lab::cases(60, [](lab::Case& c) {
    // With few different samples many starts are nearly as good.
    const std::int64_t spread = c.pick<std::int64_t>({2, 40});
    const Numbers samples = without_ties(around(c, 1 + c.size(), 0, spread));
    c.input("samples", samples);
    CHECK_SAME("warm-up", profiling::warmup_length(samples), warmup_of(samples).length);
  });
}

TASK_TEST(11, 3, a_warm_up_ends_in_the_first_half) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t slow = 1 + c.size() / 2 + c.integer(0, 3);
    const Numbers start = around(c, slow, 60, 30);
    const Numbers samples = without_ties(joined(start, around(c, c.integer(1, slow), 20, 0)));
    c.input("samples", samples);
    CHECK_SAME("warm-up", profiling::warmup_length(samples), warmup_of(samples).length);
  });
}

TASK_TEST(11, 3, of_equally_good_starts_the_first_counts) {
  lab::cases(30, [](lab::Case& c) {
    const Numbers start = without_ties(around(c, c.integer(0, 2), 50, 40));
    const Numbers samples = joined(start, around(c, 3 + c.size(), c.integer(1, 30), 0));
    c.input("samples", samples);
    CHECK_SAME("warm-up", profiling::warmup_length(samples), warmup_of(samples).length);
  });
}

TASK_TEST(11, 3, no_samples_have_no_warm_up) {
  lab::cases(40, [](lab::Case& c) {
    const Numbers samples = without_ties(around(c, c.integer(0, 3), 0, 40));
    c.input("samples", samples);
    CHECK_SAME("warm-up", profiling::warmup_length(samples), warmup_of(samples).length);
  });
}

}  // namespace tinytorch
