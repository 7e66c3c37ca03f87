#include "tinytorch/core/random.hpp"

#include "tinytorch/core/error.hpp"

#include <array>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

TEST(Generator, repeats_itself_for_a_seed_and_from_a_state) {
  Generator a(7), b(7), c(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
  a.normal();
  const Generator::State state = a.state();
  const double next = a.normal();
  a.next();
  a.set_state(state);
  EXPECT_EQ(a.normal(), next);
}

// The first words for seed 0, from the authors' reference code run by hand: splitmix64, then xoshiro256**.
TEST(Generator, is_xoshiro256_starstar) {
  Generator g(0);
  EXPECT_EQ(g.next(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(g.next(), 0xbf6e1f784956452aU);
}

TEST(Generator, draws_below_n_evenly) {
  Generator g(1);
  std::array<int, 6> counts{};
  constexpr int draws = 60'000;
  for (int i = 0; i < draws; ++i) ++counts[g.below(6)];
  double chi_squared = 0.0;
  for (const int count : counts) chi_squared += std::pow(count - draws / 6.0, 2) / (draws / 6.0);
  EXPECT_LT(chi_squared, 20.5);  // 0.1 % of 5 degrees of freedom
  EXPECT_EQ(g.below(1), 0U);
  EXPECT_THROW(g.below(0), ValueError);
}

TEST(Generator, draws_normal_numbers_of_mean_0_and_variance_1) {
  Generator g(2);
  double sum = 0.0, squares = 0.0;
  constexpr int draws = 100'000;
  for (int i = 0; i < draws; ++i) {
    const double x = g.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / draws, 0.0, 4.0 / std::sqrt(draws));
  EXPECT_NEAR(squares / draws, 1.0, 4.0 * std::sqrt(2.0 / draws));
}

TEST(Generator, mixes_seeds_into_unrelated_ones) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t a = 0; a < 50; ++a)
    for (std::uint64_t b = 0; b < 50; ++b) seeds.insert(mix_seed(a, b));
  EXPECT_EQ(seeds.size(), 2500U);
  EXPECT_NE(mix_seed(1, 2), mix_seed(2, 1));
}

}  // namespace
}  // namespace tinytorch
