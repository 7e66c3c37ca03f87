#include "tests/kit/instruments/lock_fault.hpp"

#include <mutex>
#include <system_error>
#include <thread>

#include <gtest/gtest.h>

namespace tinytorch::lab {
namespace {

bool locks(std::mutex& mutex) {
  try {
    const std::lock_guard lock(mutex);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

TEST(KitLockFault, OneLockFailsOnTheThreadThatAsked) {
  if (!locks_can_fail()) GTEST_SKIP() << "a sanitizer defines pthread_mutex_lock";
  std::mutex mutex;
  fail_next_lock();
  std::thread([&] { EXPECT_TRUE(locks(mutex)); }).join();
  EXPECT_FALSE(locks(mutex));
  EXPECT_TRUE(locks(mutex));
}

TEST(KitLockFault, SparedMutexesNeverFail) {
  if (!locks_can_fail()) GTEST_SKIP() << "a sanitizer defines pthread_mutex_lock";
  std::mutex spared, other;
  spare_locks_of([&] { EXPECT_TRUE(locks(spared)); });
  fail_next_lock();
  EXPECT_TRUE(locks(spared));
  EXPECT_FALSE(locks(other));
}

}  // namespace
}  // namespace tinytorch::lab
