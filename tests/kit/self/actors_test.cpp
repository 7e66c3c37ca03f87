#include "tests/kit/instruments/actors.hpp"

#include "src/course/holes.hpp"
#include "tests/kit/instruments/delays.hpp"
#include "tests/kit/values/compare.hpp"
#include "tests/kit/values/show.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

std::string shown(const Call& call) { return show(call.outcome()); }

TEST(KitActors, ACallThatReturnsIsDoneAtRest) {
  const Stage stage;
  for (int k = 0; k < 50; ++k) EXPECT_EQ(shown(call(stage, [k] { return k; })), std::to_string(k));
}

TEST(KitActors, ACallThatWaitsIsSeenToWaitUntilItIsWoken) {
  const Stage stage;
  Kept<Gates> gates;
  gates->close(3);
  for (int round = 0; round < 50; ++round) {
    gates->close(3);
    const Call open = call(stage, [g = gates.get()] { return g->pass(2), 2; });
    const Call closed = call(stage, [g = gates.get()] { return g->pass(3), 3; });
    EXPECT_TRUE(open.done());
    EXPECT_FALSE(closed.done());
    gates->open(3);
    EXPECT_TRUE(stage.at_rest());
    EXPECT_EQ(shown(closed), "3");
  }
  EXPECT_EQ(gates->arrived(), 100);
  EXPECT_TRUE(gates.end(stage).done());
}

// Two threads take turns many times. At rest means that the last turn was taken.
TEST(KitActors, RestComesAfterTheLastHandOver) {
  const Stage stage;
  for (int round = 0; round < 20; ++round) {
    Kept<Gates> gates;
    gates->close_all();
    std::vector<Call> calls;
    for (std::int64_t k = 0; k < 20; ++k) {
      calls.push_back(start_call([g = gates.get(), k] {
        g->pass(k);
        g->open(k + 1);
        return to_value(k);
      }));
    }
    EXPECT_TRUE(stage.at_rest());
    for (const Call& call : calls) EXPECT_FALSE(call.done());
    gates->open(0);
    EXPECT_TRUE(stage.at_rest());
    for (const Call& call : calls) EXPECT_TRUE(call.done());
    gates.end(stage);
  }
}

TEST(KitActors, AnExceptionIsAValueAndAHolePassesOn) {
  const Stage stage;
  const Call threw = call(stage, []() -> int { throw ValueError("[x] no"); });
  EXPECT_EQ(threw.outcome().text, "ValueError");
  const Call hole = call(stage, []() -> int { throw NotImplemented("5.9"); });
  EXPECT_THROW(hole.outcome(), NotImplemented);
}

TEST(KitActors, ASpinningThreadIsNeverAtRest) {
  const Stage stage;
  static std::atomic<bool> stop = false;
  const Call spins = start_call([] {
    while (!stop) {
    }
    return to_value(1);
  });
  EXPECT_FALSE(stage.at_rest(0.1));
  stop = true;
  EXPECT_TRUE(stage.at_rest());
  EXPECT_TRUE(spins.done());
}

TEST(KitActors, ThreadsFromBeforeTheStageAreLetAlone) {
  static std::atomic<bool> stop = false;
  const Call spins = start_call([] {
    while (!stop) {
    }
    return to_value(1);
  });
  const Stage stage;
  EXPECT_TRUE(stage.at_rest());
  stop = true;
}

TEST(KitDelays, hold_up_some_calls_and_others_with_another_seed) {
  int held = 0, long_ones = 0, alike = 0;
  constexpr std::int64_t often_at_most = 300'000, at_most = 8'000'000;
  for (std::uint64_t call = 0; call < 10'000; ++call) {
    const std::int64_t one = delay_of(1, call), other = delay_of(2, call);
    EXPECT_LT(one, at_most);
    EXPECT_EQ(delay_of(0, call), 0);
    EXPECT_EQ(delay_of(1, call), one);
    held += one != 0;
    long_ones += one > often_at_most;
    alike += one != 0 && one == other;
  }
  EXPECT_GT(held, 2000);
  EXPECT_LT(held, 3000);
  EXPECT_GT(long_ones, 10);
  EXPECT_LT(alike, 10);
}

}  // namespace
}  // namespace tinytorch::lab
