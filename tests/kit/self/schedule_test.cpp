#include "tests/kit/instruments/schedule.hpp"

#include "src/course/holes.hpp"
#include "tests/kit/instruments/red_zone.hpp"
#include "tests/kit/instruments/schedule/memory.hpp"
#include "tests/kit/instruments/schedule/threads.hpp"
#include "tests/kit/self/schedule_subjects.hpp"
#include "tests/kit/values/show.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

Schedules some(std::uint64_t seed = 1) {
  Schedules schedules;
  schedules.count = 300;
  schedules.seed = seed;
  return schedules;
}

// Two producers push three numbers, the consumer takes them.
Story hand_over(Flaw flaw) {
  return [flaw] {
    Queue queue(1, flaw);
    const auto push = [&](int number) {
      const Calls calls("push(" + std::to_string(number) + ")");
      queue.push(number);
    };
    Actor one("producer 1", [&] {
      push(1);
      push(2);
    });
    Actor two("producer 2", [&] { push(10); });
    static_cast<void>(queue.size());
    std::int64_t sum = 0;
    for (int k = 0; k < 3; ++k) {
      const Calls calls("pop()");
      sum += queue.pop().value_or(1000);
    }
    one.join();
    two.join();
    return to_value(sum);
  };
}

// One waits for a number while another closes.
Story close_meanwhile(Flaw flaw) {
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

Story story(void (*function)()) {
  return [function] {
    function();
    return to_value(1);
  };
}

/// What the explorer says: the fault, or the value.
std::string said(const Explored& explored) { return explored.fault ? explored.says : show(explored.value); }

class KitSchedule : public testing::Test {
 protected:
  void SetUp() override { watch_blocks(); }
};

// Under a sanitizer stories run as they are, and those that are wrong may do anything.
class KitScheduleFinds : public KitSchedule {
 protected:
  void SetUp() override {
    if (TINYTORCH_EXPLORES == 0) GTEST_SKIP() << "nothing is explored in this build";
    KitSchedule::SetUp();
  }
};

TEST_F(KitSchedule, TheRightQueuePassesEverySchedule) {
  for (const Flaw flaw : {Flaw::none, Flaw::spins, Flaw::sleeps, Flaw::waits_with_timeout}) {
    const Explored handed = explore(some(), hand_over(flaw));
    EXPECT_EQ(said(handed), "13") << handed.trace;
    const Explored closed = explore(some(), close_meanwhile(flaw));
    EXPECT_EQ(said(closed), "false") << closed.trace;
    EXPECT_EQ(handed.schedule, TINYTORCH_EXPLORES != 0 ? 299 : 14);
  }
}

TEST_F(KitSchedule, WhatTheStandardLibraryHasForThreadsIsExploredToo) {
  const Explored all = explore(some(), [] { return to_value(use_the_standard_library()); });
  EXPECT_EQ(said(all), "18") << all.trace;
  const Explored last = explore(some(), [] { return to_value(free_by_the_last()); });
  EXPECT_EQ(said(last), "1") << last.trace;
}

TEST_F(KitScheduleFinds, ASleepWhereAThreadShouldWait) {
  Schedules schedules = some();
  schedules.may_sleep = false;
  EXPECT_EQ(explore(schedules, hand_over(Flaw::none)).says, "");
  const Explored slept = explore(schedules, hand_over(Flaw::sleeps));
  EXPECT_TRUE(slept.fault);
  EXPECT_TRUE(slept.says.starts_with("sleeps and looks again, instead of waiting until it is woken: ")) << slept.says;
}

TEST_F(KitScheduleFinds, ALostWakeUpIsFoundWithEverySeed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Explored explored = explore(some(seed), close_meanwhile(Flaw::close_without_lock));
    EXPECT_EQ(explored.says, "waits for ever: consumer in pop()");
    EXPECT_EQ(explored.trace,
              "schedule 4: consumer: starts closer, calls pop(), locks the lock; closer: calls close(), uses an atomic "
              "that others use, notifies all at condition 1 (nobody waits there), notifies all at condition 2 (nobody "
              "waits there), ends; consumer: waits on condition 1; in the end consumer waits for ever "
              "for a notification at condition 1");
  }
}

TEST_F(KitScheduleFinds, EveryFlawOfTheQueueIsFoundWithEverySeed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto found = [&](Flaw flaw) { return said(explore(some(seed), hand_over(flaw))).substr(0, 24); };
    EXPECT_EQ(found(Flaw::notifies_before_change), "waits for ever: consumer");
    EXPECT_EQ(found(Flaw::notifies_one_of_many), "waits for ever: consumer");
    EXPECT_EQ(found(Flaw::if_for_while), "1003");  // a pop went on after a wake-up without a reason
    EXPECT_EQ(found(Flaw::size_without_lock), "a data race: producer 1 ");
  }
}

TEST_F(KitScheduleFinds, ANumberIsClaimedTwiceOnlyWhenReadingAndWritingAreTwoOperations) {
  const auto found = [](Claim claim) { return said(explore(some(), [=] { return to_value(claimed_twice(claim)); })); };
  EXPECT_EQ(found(Claim::one_operation), "0");
  EXPECT_EQ(found(Claim::read_then_write), "1");
  EXPECT_EQ(found(Claim::no_atomic), "a data race: consumer writes without a lock, worker 1 reads without a lock");
}

TEST_F(KitScheduleFinds, TwoLocksInTwoOrdersAreADeadlockThatSaysWhoHoldsWhat) {
  EXPECT_EQ(said(explore(some(), story([] { lock_two(false); }))), "1");
  const Explored crossed = explore(some(), story([] { lock_two(true); }));
  EXPECT_EQ(crossed.says, "waits for ever");
  EXPECT_NE(crossed.trace.find("consumer waits for ever for lock 2, which worker 1 holds; worker 1 waits for ever for "
                               "lock 1, which consumer holds"),
            std::string::npos)
      << crossed.trace;
}

TEST_F(KitScheduleFinds, FreedMemoryIsNotUsed) {
  const Explored explored = explore(some(), story(free_too_early));
  EXPECT_EQ(explored.says, "worker 1 uses what consumer has freed");
  EXPECT_NE(explored.trace.find("worker 1 reads in a lambda of lab::free_too_early()"), std::string::npos)
      << explored.trace;
}

// A compiler may move the code of a lambda into the function that calls it.
TEST(KitScheduleNames, ALambdaIsNamedByTheFunctionThatItStandsIn) {
  EXPECT_EQ(schedule::short_name("tinytorch::data::BatchQueue::push(tinytorch::data::BatchQueue::Item)"),
            "BatchQueue::push()");
  EXPECT_EQ(schedule::short_name("tinytorch::data::A::begin_epoch(long)::{lambda()#1}::operator()() const"),
            "a lambda of A::begin_epoch()");
  EXPECT_EQ(schedule::short_name("std::_Function_handler<void (), tinytorch::data::A::begin_epoch(long)::"
                                 "{lambda()#1}>::_M_invoke(std::_Any_data const&)"),
            "a lambda of A::begin_epoch()");
  EXPECT_EQ(schedule::short_name("void std::__invoke_impl<void, f(std::pair<int, int>)::{lambda()#1}&>(int)"),
            "a lambda of f()");
}

TEST_F(KitScheduleFinds, ALoopThatNeverEndsIsStopped) {
  EXPECT_EQ(said(explore(some(), story(look_for_ever))), "runs on for ever");
}

TEST_F(KitScheduleFinds, AScheduleIsRepeatedByItsNumberAndSeed) {
  const Story story = hand_over(Flaw::notifies_one_of_many);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Explored found = explore(some(seed), story);
    ASSERT_TRUE(found.fault);
    const Explored again = replay(some(seed), found.schedule, story);
    EXPECT_EQ(again.trace, found.trace);
    EXPECT_EQ(again.says, found.says);
  }
}

TEST_F(KitScheduleFinds, AnOutcomeThatDiffersFromTheExpectedOneEndsTheExploration) {
  const Value expected = to_value(std::int64_t{14});
  const Explored explored = explore(some(), hand_over(Flaw::none), &expected);
  EXPECT_EQ(explored.schedule, 0);
  EXPECT_EQ(said(explored), "13");
}

TEST_F(KitSchedule, AHolePassesOnAndAnExceptionIsAValue) {
  EXPECT_THROW(explore(some(), []() -> Value { throw NotImplemented("5.9"); }), NotImplemented);
  EXPECT_EQ(explore(some(), []() -> Value { throw ValueError("[x] no"); }).value.text, "ValueError");
}

// Outside an exploration, and on threads that do not belong to one, everything is as always.
TEST_F(KitSchedule, ThreadsOutsideAnExplorationAreLetAlone) {
  std::atomic<int> turns{0};
  std::thread outside([&] {
    Queue queue(1, Flaw::none);
    std::thread pushes([&] {
      for (int k = 0; k < 1000; ++k) queue.push(k);
    });
    for (int k = 0; k < 1000; ++k) turns += queue.pop().has_value() ? 1 : 0;
    pushes.join();
  });
  EXPECT_EQ(said(explore(some(), hand_over(Flaw::none))), "13");
  outside.join();
  EXPECT_EQ(turns.load(), 1000);
}

}  // namespace
}  // namespace tinytorch::lab
