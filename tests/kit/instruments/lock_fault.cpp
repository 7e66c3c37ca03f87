#include "tests/kit/instruments/lock_fault.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <mutex>
#include <system_error>

#include <dlfcn.h>

namespace tinytorch::lab {
namespace {

// No std::vector: its memory may need a lock.
constinit std::array<std::atomic<const pthread_mutex_t*>, 256> spared{};
constinit std::atomic<std::size_t> spared_count{0};
constinit thread_local bool sparing = false, failing = false;

bool is_spared(const pthread_mutex_t* mutex) {
  for (std::size_t i = 0; i < spared_count && i < spared.size(); ++i) {
    if (spared[i] == mutex) return true;
  }
  return false;
}

void spare(const pthread_mutex_t* mutex) {
  if (is_spared(mutex)) return;
  if (const std::size_t at = spared_count++; at < spared.size()) spared[at] = mutex;
}

}  // namespace

void spare_locks_of(FunctionRef<void()> body) {
  sparing = true;
  body();
  sparing = false;
}

void fail_next_lock() { failing = true; }

bool locks_can_fail() {
  std::mutex mutex;
  fail_next_lock();
  try {
    const std::lock_guard lock(mutex);
  } catch (const std::system_error&) {
    return true;
  }
  failing = false;
  return false;
}

int lock_fault(const pthread_mutex_t* mutex) {
  if (sparing) spare(mutex);
  if (!failing || is_spared(mutex)) return 0;
  failing = false;
  return EAGAIN;
}

}  // namespace tinytorch::lab

// Weak: another instrument of the kit may define it too, and then calls lock_fault().
extern "C" __attribute__((weak)) int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static constinit std::atomic<void*> found{nullptr};
  if (const int error = tinytorch::lab::lock_fault(mutex)) return error;
  void* function = found.load(std::memory_order_relaxed);
  if (function == nullptr) {
    function = ::dlsym(RTLD_NEXT, "pthread_mutex_lock");
    found.store(function, std::memory_order_relaxed);
  }
  return reinterpret_cast<int (*)(pthread_mutex_t*)>(function)(mutex);
}
