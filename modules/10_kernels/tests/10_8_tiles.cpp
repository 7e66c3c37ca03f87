// Task 10.8: kernels::choose_tiles and kernels::tune_tiles. The times are those of this file: no test reads a clock.

#include "modules/10_kernels/tests/oracle.hpp"
#include "tinytorch/core/gemm_tiles.hpp"

#include <string>

namespace tinytorch {
namespace {

using kernels::MicroTile, kernels::Tiles;

// ---- choose_tiles ----

constexpr std::int64_t kib = 1024;

MicroTile micro_tile_of(lab::Case& c) {
  const MicroTile tile = c.pick({MicroTile{6, 16}, MicroTile{4, 16}, MicroTile{8, 8}, MicroTile{14, 32}});
  c.input("mr and nr", Shape{tile.mr, tile.nr});
  return tile;
}

/// Three levels of a machine.
std::vector<CacheInfo> machine(lab::Case& c) {
  const std::int64_t first = 8 * c.integer(2, 8), second = 64 * c.integer(2, 32), third = 1024 * c.integer(2, 64);
  return {{1, first * kib, 64, 2}, {2, second * kib, 64, 2}, {3, third * kib, 64, 16}};
}

void show(lab::Case& c, const std::vector<CacheInfo>& caches) {
  for (const CacheInfo& cache : caches) c.input("bytes of level " + std::to_string(cache.level), cache.bytes);
}

/// The caches of a case, the list that says so, and the tile.
Tiles chosen(lab::Case& c, const std::vector<CacheInfo>& caches, const MicroTile& tile) {
  show(c, caches);
  return kernels::choose_tiles(caches, tile);
}

/// The size of a level that may not be listed.
std::int64_t bytes_of(const std::vector<CacheInfo>& caches, int level) {
  if (level == 0) return 32 * kib;
  for (const CacheInfo& cache : caches)
    if (cache.level == level) return cache.bytes;
  return bytes_of(caches, level - 1);
}

// The largest multiple of `step` for which `bytes_each` times it is at most half of the cache; at least one step.
std::int64_t largest(std::int64_t cache, std::int64_t bytes_each, std::int64_t step) {
  std::int64_t size = step;
  while (2 * bytes_each * (size + step) <= cache) size += step;
  return size;
}

Tiles expected_tiles(const std::vector<CacheInfo>& caches, const MicroTile& tile) {
  Tiles t{};
  t.kc = largest(bytes_of(caches, 1), 4 * (tile.mr + tile.nr), 1);
  t.mc = largest(bytes_of(caches, 2), 4 * t.kc, tile.mr);
  t.nc = largest(bytes_of(caches, 3), 4 * t.kc, tile.nr);
  return t;
}

Shape sizes(const Tiles& t) { return {t.mc, t.kc, t.nc}; }

// ---- tune_tiles ----

/// Candidates are told apart by their mc.
std::vector<Tiles> candidates_of(std::int64_t count) {
  std::vector<Tiles> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back({6 * (i + 1), 64, 16});
  return all;
}

/// Times by a rule: of the candidate, of how often it was timed before, and of how many times were asked for in all.
class RuleTrial final : public kernels::Trial {
 public:
  using Rule = double (*)(double base, std::int64_t before, std::int64_t all);

  RuleTrial(std::vector<double> bases, Rule rule) : bases_(std::move(bases)), rule_(rule), before_(bases_.size()) {}

  double time(const Tiles& t) override {
    const auto which = static_cast<std::size_t>(std::clamp<std::int64_t>(t.mc / 6 - 1, 0, last()));
    asked_.push_back(static_cast<std::int64_t>(which));
    return rule_(bases_[which], before_[which]++, static_cast<std::int64_t>(asked_.size()) - 1);
  }
  const std::vector<std::int64_t>& asked() const { return asked_; }

 private:
  std::int64_t last() const { return static_cast<std::int64_t>(bases_.size()) - 1; }

  std::vector<double> bases_;
  Rule rule_;
  std::vector<std::int64_t> before_, asked_;
};

double steady(double base, std::int64_t /*before*/, std::int64_t /*all*/) { return base; }

/// Times of a case, none near a limit of the rule: each is 4 % away from each other one and from 95 % of it.
std::vector<double> bases_of(lab::Case& c, std::int64_t count) {
  std::vector<double> steps;
  for (std::int64_t i = 0; i < count; ++i) steps.push_back(static_cast<double>(i));
  std::vector<double> bases;
  for (const std::int64_t place : c.permutation(count))
    bases.push_back(100.0 * (1.0 + 0.2 * steps[static_cast<std::size_t>(place)]));
  return bases;
}

std::int64_t index_of_smallest(const std::vector<double>& values) {
  return std::min_element(values.begin(), values.end()) - values.begin();
}

/// Which candidate tune_tiles returns for times by this rule.
std::int64_t tuned(const std::vector<double>& bases, RuleTrial::Rule rule, std::int64_t rounds) {
  RuleTrial trial(bases, rule);
  const Tiles t = kernels::tune_tiles(candidates_of(static_cast<std::int64_t>(bases.size())), trial, rounds);
  return t.mc / 6 - 1;
}

// Most of seven times are right, and the smallest median is that of the fastest candidate.
void check_odd_times(lab::Case& c, RuleTrial::Rule odd) {
  const std::vector<double> bases = bases_of(c, c.integer(2, 5));
  c.input("times", bases);
  CHECK_SAME("the candidate", tuned(bases, odd, 7), index_of_smallest(bases));
}

}  // namespace

// ---- step: by the sizes of the caches ----

TASK_TEST(10, 8, two_panels_fill_half_of_the_first_cache) {
  lab::cases(40, [](lab::Case& c) {
    const MicroTile tile = micro_tile_of(c);
    const std::vector<CacheInfo> caches = machine(c);
    CHECK_SAME("kc", chosen(c, caches, tile).kc, expected_tiles(caches, tile).kc);
  });
}

TASK_TEST(10, 8, a_block_of_a_fills_half_of_the_second_cache) {
  lab::cases(40, [](lab::Case& c) {
    const MicroTile tile = micro_tile_of(c);
    const std::vector<CacheInfo> caches = machine(c);
    CHECK_SAME("mc", chosen(c, caches, tile).mc, expected_tiles(caches, tile).mc);
  });
}

TASK_TEST(10, 8, a_block_of_b_fills_half_of_the_third_cache) {
  lab::cases(40, [](lab::Case& c) {
    const MicroTile tile = micro_tile_of(c);
    const std::vector<CacheInfo> caches = machine(c);
    CHECK_SAME("nc", chosen(c, caches, tile).nc, expected_tiles(caches, tile).nc);
  });
}

TASK_TEST(10, 8, a_machine_may_lack_a_cache) {
  lab::cases(50, [](lab::Case& c) {
    const MicroTile tile = micro_tile_of(c);
    std::vector<CacheInfo> caches;
    for (const CacheInfo& cache : machine(c))
      if (c.coin()) caches.push_back(cache);
    CHECK_SAME("mc, kc and nc", sizes(chosen(c, caches, tile)), sizes(expected_tiles(caches, tile)));
  });
}

TASK_TEST(10, 8, a_small_cache_still_holds_one_tile) {
  lab::cases(40, [](lab::Case& c) {
    const MicroTile tile = micro_tile_of(c);
    const std::vector<CacheInfo> caches{
        {1, 8 * c.integer(1, 40)}, {2, 8 * c.integer(1, 60)}, {3, 8 * c.integer(1, 80)}};
    CHECK_SAME("mc, kc and nc", sizes(chosen(c, caches, tile)), sizes(expected_tiles(caches, tile)));
  });
}

// ---- step: by measured times ----

TASK_TEST(10, 8, the_smallest_time_wins) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<double> bases = bases_of(c, c.integer(1, 6));
    c.input("times", bases);
    const std::int64_t rounds = c.input("rounds", c.integer(1, 9));
    CHECK_SAME("the candidate", tuned(bases, steady, rounds), index_of_smallest(bases));
  });
}

TASK_TEST(10, 8, each_round_times_every_candidate_once) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t count = c.integer(1, 5), rounds = c.input("rounds", c.integer(1, 9));
    const std::vector<double> bases = bases_of(c, count);
    c.input("times", bases);
    RuleTrial trial(bases, steady);
    kernels::tune_tiles(candidates_of(count), trial, rounds);
    std::vector<std::int64_t> in_turn;
    for (std::int64_t i = 0; i < rounds * count; ++i) in_turn.push_back(i % count);
    CHECK_SAME("the candidates that were timed, in order", trial.asked(), in_turn);
  });
}

// The caches are cold at first: then the order of the candidates is turned round.
TASK_TEST(10, 8, a_cold_start_decides_nothing) {
  lab::cases(40, [](lab::Case& c) {
    check_odd_times(c, [](double base, std::int64_t before, std::int64_t) { return before == 0 ? 500 - base : base; });
  });
}

TASK_TEST(10, 8, an_odd_time_at_the_end_decides_nothing) {
  lab::cases(40, [](lab::Case& c) {
    check_odd_times(c, [](double base, std::int64_t before, std::int64_t) { return before == 6 ? 500 - base : base; });
  });
}

// Once the clock jumps, and all but the fastest seem to take no time.
TASK_TEST(10, 8, a_time_that_is_too_good_decides_nothing) {
  lab::cases(40, [](lab::Case& c) {
    check_odd_times(
        c, [](double base, std::int64_t before, std::int64_t) { return before == 2 && base > 100 ? 1.0 : base; });
  });
}

// In two of seven runs the machine is busy with something else, always while it times the fastest.
TASK_TEST(10, 8, slow_runs_of_the_fastest_decide_nothing) {
  lab::cases(40, [](lab::Case& c) {
    check_odd_times(c, [](double base, std::int64_t before, std::int64_t) {
      return before % 4 == 1 && base < 110 ? 9000.0 : base;
    });
  });
}

TASK_TEST(10, 8, the_time_in_the_middle_of_the_list_decides_nothing) {
  lab::cases(40, [](lab::Case& c) {
    check_odd_times(c, [](double base, std::int64_t before, std::int64_t) { return before == 3 ? 500 - base : base; });
  });
}

// The machine becomes slower and slower. Whoever times one candidate after the other prefers the first.
TASK_TEST(10, 8, a_machine_that_slows_down_misleads_nobody) {
  lab::cases(40, [](lab::Case& c) {
    const std::vector<double> bases = bases_of(c, c.integer(2, 4));
    c.input("times at first", bases);
    const auto slower = [](double base, std::int64_t, std::int64_t all) {
      return base * (1.0 + 0.02 * static_cast<double>(all));
    };
    CHECK_SAME("the candidate", tuned(bases, slower, 7), index_of_smallest(bases));
  });
}

TASK_TEST(10, 8, an_unclear_winner_keeps_the_first) {
  lab::cases(60, [](lab::Case& c) {
    const std::int64_t count = c.integer(2, 5);
    std::vector<double> bases{100.0};
    while (static_cast<std::int64_t>(bases.size()) < count)
      bases.push_back(c.pick({99.0, 97.0, 95.5, 94.5, 94.5, 94.0, 101.0, 100.0}));
    c.input("times", bases);
    const std::int64_t rounds = c.input("rounds", c.integer(1, 9));
    const std::int64_t best = index_of_smallest(bases);
    CHECK_SAME("the candidate", tuned(bases, steady, rounds),
               bases[static_cast<std::size_t>(best)] < 95.0 ? best : std::int64_t{0});
  });
}

TASK_TEST(10, 8, tuning_needs_a_candidate_and_a_round) {
  lab::cases(40, [](lab::Case& c) {
    const std::int64_t count = c.integer(0, 3), rounds = c.input("rounds", c.integer(-1, 3));
    const std::vector<double> bases = bases_of(c, count);
    c.input("times", bases);
    const auto expected = [&]() -> std::int64_t {
      if (count == 0 || rounds < 1) throw ValueError("nothing to choose from");
      return index_of_smallest(bases);
    };
    CHECK_OUTCOME("the candidate", tuned(bases, steady, rounds), expected());
  });
}

}  // namespace tinytorch
