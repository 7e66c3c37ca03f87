// The generator of functions that are called without one.

#include "tinytorch/core/autograd.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/random.hpp"
#include "tinytorch/core/statistics.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

std::uint64_t draw_of_another_thread() {
  std::uint64_t draw = 0;
  std::thread([&] { draw = default_generator().next(); }).join();
  return draw;
}

TEST(DefaultGenerator, a_seed_begins_its_stream_again) {
  manual_seed(5);
  const Tensor first = randn({4});
  EXPECT_FALSE(equal(first, randn({4})));
  manual_seed(5);
  EXPECT_TRUE(equal(first, randn({4})));
  Generator same(5);
  EXPECT_TRUE(equal(first, randn({4}, same)));
}

TEST(DefaultGenerator, each_thread_has_a_stream_of_its_own) {
  manual_seed(7);
  const std::uint64_t one = draw_of_another_thread(), two = draw_of_another_thread();
  EXPECT_NE(one, two);
  EXPECT_NE(one, Generator(7).next());
  EXPECT_EQ(one, Generator(mix_seed(7, 1)).next());
  EXPECT_EQ(two, Generator(mix_seed(7, 2)).next());
  EXPECT_EQ(default_generator().next(), Generator(7).next());
}

TEST(DefaultGenerator, a_seed_reaches_threads_that_are_running) {
  manual_seed(1);
  std::vector<std::uint64_t> draws;
  std::thread([&] {
    default_generator().next();
    std::thread([] { manual_seed(2); }).join();
    draws.push_back(default_generator().next());
  }).join();
  EXPECT_EQ(draws[0], Generator(mix_seed(2, 1)).next());
}

TEST(DefaultGenerator, functions_with_a_generator_leave_it_alone) {
  manual_seed(3);
  Generator own(9);
  rand({10}, own);
  EXPECT_EQ(default_generator().next(), Generator(3).next());
}

TEST(DefaultGenerator, multinomial_follows_the_weights) {
  manual_seed(4);
  const Tensor draws = multinomial(tensor({1.0, 0.0, 3.0}), 4000, true);
  const Tensor counts = bincount(draws, Tensor(), 3);
  EXPECT_EQ(counts[1].item<std::int64_t>(), 0);
  EXPECT_NEAR(counts[2].item<double>() / 4000.0, 0.75, 0.03);
  const Tensor all = multinomial(ones({6}), 6);
  EXPECT_TRUE(equal(sort(all).first, arange(6)));
  EXPECT_THROW(multinomial(tensor({1.0, 0.0}), 2), ValueError);
  EXPECT_THROW(multinomial(tensor({1.0, -1.0}), 1, true), ValueError);
}

}  // namespace
}  // namespace tinytorch
