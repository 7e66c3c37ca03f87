#include "tests/kit/instruments/schedule.hpp"

#include "tests/kit/instruments/red_zone.hpp"
#include "tests/kit/self/schedule_subjects.hpp"
#include "tests/kit/values/show.hpp"

#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

// Two producers push two numbers each, the consumer takes three and closes.
Story hand_over(Flaw flaw) {
  return [flaw] {
    Queue queue(1, flaw);
    std::int64_t sum = 0;
    Actor one("producer 1", [&] {
      for (int k = 1; k <= 2; ++k) {
        const Calls calls("push()");
        queue.push(k);
      }
    });
    Actor two("producer 2", [&] {
      const Calls calls("push()");
      queue.push(10);
    });
    for (int k = 0; k < 3; ++k) {
      const Calls calls("pop()");
      sum += queue.pop().value_or(1000);
    }
    static_cast<void>(queue.size());
    one.join();
    two.join();
    return to_value(sum);
  };
}

// One waits for a number while another closes.
Story close_while_waiting(Flaw flaw) {
  return [flaw] {
    Queue queue(1, flaw);
    Actor closer("closer", [&] {
      const Calls calls("close()");
      queue.close();
    });
    const Calls calls("pop()");
    return to_value(queue.pop().has_value());
  };
}

Schedules some(std::uint64_t seed = 1) {
  Schedules schedules;
  schedules.count = 300;
  schedules.seed = seed;
  return schedules;
}

class KitSchedule : public testing::Test {
 protected:
  void SetUp() override { watch_blocks(); }
};

TEST_F(KitSchedule, TheRightQueuePassesEverySchedule) {
  for (const Flaw flaw : {Flaw::none, Flaw::spins, Flaw::sleeps, Flaw::waits_with_timeout}) {
    const Explored explored = explore(some(), hand_over(flaw));
    EXPECT_FALSE(explored.fault) << explored.says << "\n" << explored.trace;
    EXPECT_EQ(show(explored.value), "13");
    EXPECT_EQ(explored.schedule, 299);
    const Explored closed = explore(some(), close_while_waiting(flaw));
    EXPECT_FALSE(closed.fault) << closed.says << "\n" << closed.trace;
  }
}

TEST_F(KitSchedule, ALostWakeUpIsFoundWithEverySeed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Explored explored = explore(some(seed), close_while_waiting(Flaw::close_without_lock));
    EXPECT_EQ(explored.says, "waits for ever: consumer in pop()") << explored.trace;
    std::puts(explored.trace.c_str());
  }
}

TEST_F(KitSchedule, EachFlawIsFound) {
  for (const Flaw flaw :
       {Flaw::notifies_before_change, Flaw::if_for_while, Flaw::notifies_one_of_many, Flaw::size_without_lock}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Explored explored = explore(some(seed), hand_over(flaw));
      EXPECT_TRUE(explored.fault || show(explored.value) != "13");
      std::printf("%d: %s %s\n   %s\n", static_cast<int>(flaw), explored.says.c_str(),
                  explored.fault ? "" : show(explored.value).c_str(), explored.trace.c_str());
    }
  }
}

TEST_F(KitSchedule, Others) {
  const auto said = [](const Story& story) {
    const Explored explored = explore(some(), story);
    std::printf("%s %s\n   %s\n", explored.says.c_str(), explored.fault ? "" : show(explored.value).c_str(),
                explored.trace.c_str());
    return explored.fault ? explored.says : show(explored.value);
  };
  EXPECT_EQ(said([] { return to_value(claimed_twice(true, true)); }), "0");
  EXPECT_NE(said([] { return to_value(claimed_twice(true, false)); }), "0");
  EXPECT_EQ(said([] { return to_value(claimed_twice(false, false)); }).substr(0, 11), "a data race");
  EXPECT_EQ(said([] { return crossed_locks(false), to_value(1); }), "1");
  EXPECT_EQ(said([] { return crossed_locks(true), to_value(1); }), "waits for ever");
  EXPECT_EQ(said([] { return freed_too_early(), to_value(1); }), "memory is used after it was freed");
  EXPECT_EQ(said([] { return to_value(standard_things()); }), "18");
}

}  // namespace
}  // namespace tinytorch::lab
