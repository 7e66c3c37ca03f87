// The calls of the C library with which threads start, wait and wake each other, for the whole program: libstdc++'s
// too. They pass on to the C library, unless the calling thread belongs to an exploration.
#include "tests/kit/instruments/delays.hpp"
#include "tests/kit/instruments/lock_fault.hpp"
#include "tests/kit/instruments/schedule/threads.hpp"

#if TINYTORCH_EXPLORES

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <ctime>

#include <dlfcn.h>
#include <linux/futex.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tinytorch::lab::schedule {
namespace {

template <auto function>
constinit std::atomic<void*> found{nullptr};

// The function behind ours. Of pthread_cond_* there is an older version too, of another layout.
template <auto function>
auto real(const char* name) {
  void* address = found<function>.load(std::memory_order_relaxed);
#if defined(__x86_64__)
  if (address == nullptr) address = ::dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
#endif
  if (address == nullptr) address = ::dlsym(RTLD_NEXT, name);
  found<function>.store(address, std::memory_order_relaxed);
  return reinterpret_cast<decltype(function)>(address);
}
#define REAL(function) real<&::function>(#function)

long futex(std::atomic<int>& word, int operation, int value) {
  return REAL(syscall)(SYS_futex, reinterpret_cast<int*>(&word), operation, value, nullptr, nullptr, 0);
}

bool recursive(const pthread_mutex_t* mutex) { return (mutex->__data.__kind & 3) == PTHREAD_MUTEX_RECURSIVE_NP; }

std::int64_t ns(const timespec* time) { return std::int64_t{time->tv_sec} * 1'000'000'000 + time->tv_nsec; }

int timed_lock(pthread_mutex_t* mutex, const timespec* until) {
  Thread& me = *place.thread;
  const Inside inside;
  return place.exploration->lock_until(me, mutex, recursive(mutex), ns(until)) ? 0 : ETIMEDOUT;
}

// POSIX: unlocks the mutex and waits in one step; locks it again before it returns.
int wait_on(pthread_cond_t* condition, pthread_mutex_t* mutex, std::optional<std::int64_t> deadline) {
  Thread& me = *place.thread;
  Exploration& run = *place.exploration;
  const Inside inside;
  run.point(me);
  const bool held = run.unlock(me, mutex);
  run.log(me, Did::waits, condition);
  const bool notified = run.wait(me, Wait::condition, condition, deadline);
  if (held) {
    while (!run.try_lock(me, mutex, false)) run.wait(me, Wait::lock, mutex);
  }
  return notified ? 0 : ETIMEDOUT;
}

int notify(pthread_cond_t* condition, bool all) {
  Thread& me = *place.thread;
  Exploration& run = *place.exploration;
  const Inside inside;
  run.point(me);
  const std::int64_t woken = run.wake(condition, all ? INT_MAX : 1);
  run.log(me, all ? Did::notifies_all : Did::notifies_one, condition, woken);
  return 0;
}

int sleep_until(std::int64_t deadline) {
  Thread& me = *place.thread;
  const Inside inside;
  place.exploration->sleep(me, deadline);
  return 0;
}

int sleep_for(std::int64_t time) { return sleep_until(place.exploration->now() + time); }

// Tries until it succeeds; another thread's matching release wakes it.
template <class Try>
int attempt(const void* object, std::optional<std::int64_t> deadline, Try attempted) {
  Thread& me = *place.thread;
  Exploration& run = *place.exploration;
  const Inside inside;
  run.point(me);
  while (attempted() != 0) {
    if (!run.wait(me, Wait::semaphore, object, deadline)) return ETIMEDOUT;
  }
  run.acquire(me, object);
  return 0;
}

template <class Release>
int let_go(const void* object, Release release) {
  Thread& me = *place.thread;
  Exploration& run = *place.exploration;
  const Inside inside;
  run.point(me);
  run.release(me, object);
  const int result = release();
  run.wake(object, INT_MAX);
  return result;
}

long wait_on_futex(const int* word, int expected, std::optional<std::int64_t> deadline) {
  Thread& me = *place.thread;
  const Inside inside;
  place.exploration->point(me);
  if (std::atomic_ref(*const_cast<int*>(word)).load() != expected) return errno = EAGAIN, -1;
  if (!place.exploration->wait(me, Wait::futex, word, deadline)) return errno = ETIMEDOUT, -1;
  return 0;
}

long explored_futex(int* word, int operation, int value, const timespec* time) {
  const int what = operation & FUTEX_CMD_MASK;
  if (what == FUTEX_WAIT || what == FUTEX_WAIT_BITSET) {
    std::optional<std::int64_t> deadline;
    if (time != nullptr) deadline = ns(time) + (what == FUTEX_WAIT ? place.exploration->now() : 0);
    return wait_on_futex(word, value, deadline);
  }
  const Inside inside;
  place.exploration->point(*place.thread);
  return place.exploration->wake(word, value);
}

// call_once: the others wait until the first has returned, or has thrown.
class Once {
 public:
  explicit Once(const void* control) : control_(control) {
    const Inside inside;
    place.exploration->point(*place.thread);
    while (running(control_)) place.exploration->wait(*place.thread, Wait::once, control_);
    running(control_) = true;
    place.exploration->acquire(*place.thread, control_);
  }
  ~Once() {
    const Inside inside;
    running(control_) = false;
    place.exploration->release(*place.thread, control_);
    place.exploration->wake(control_, INT_MAX);
  }
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;

 private:
  static bool& running(const void* control) {
    static auto* const all = new std::unordered_map<const void*, bool>;
    return (*all)[control];
  }
  const void* control_;
};

}  // namespace

int real_create(pthread_t* handle, void* (*routine)(void*), void* argument) {
  return REAL(pthread_create)(handle, nullptr, routine, argument);
}
void real_join(pthread_t handle) { REAL(pthread_join)(handle, nullptr); }

void sleep_until_set(std::atomic<int>& flag) {
  while (flag.load() == 0) futex(flag, FUTEX_WAIT_PRIVATE, 0);
}
void set_and_wake(std::atomic<int>& flag) {
  flag.store(1);
  futex(flag, FUTEX_WAKE_PRIVATE, 1);
}

}  // namespace tinytorch::lab::schedule

using namespace tinytorch::lab::schedule;

extern "C" {

int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) noexcept {
  if (!explored()) {
    const int error = REAL(pthread_create)(handle, attributes, routine, argument);
    tinytorch::lab::held_up();
    return error;
  }
  const Inside inside;
  return place.exploration->start(*place.thread, handle, routine, argument);
}

int pthread_join(pthread_t handle, void** result) {
  Thread* const other = explored() ? place.exploration->find(handle) : nullptr;
  if (other == nullptr) return REAL(pthread_join)(handle, result);
  const Inside inside;
  place.exploration->join(*place.thread, *other);
  return 0;
}

int pthread_detach(pthread_t handle) noexcept {
  // The exploration joins it when the run is over.
  if (explored() && place.exploration->find(handle) != nullptr) return 0;
  return REAL(pthread_detach)(handle);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  if (!explored()) {
    tinytorch::lab::held_up();
    const int error = tinytorch::lab::lock_fault(mutex);
    return error != 0 ? error : REAL(pthread_mutex_lock)(mutex);
  }
  const Inside inside;
  place.exploration->lock(*place.thread, mutex, recursive(mutex));
  return 0;
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  if (!explored()) return REAL(pthread_mutex_trylock)(mutex);
  const Inside inside;
  place.exploration->point(*place.thread);
  return place.exploration->try_lock(*place.thread, mutex, recursive(mutex)) ? 0 : EBUSY;
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  return explored() ? timed_lock(mutex, until) : REAL(pthread_mutex_timedlock)(mutex, until);
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) noexcept {
  return explored() ? timed_lock(mutex, until) : REAL(pthread_mutex_clocklock)(mutex, clock, until);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  if (!explored()) return REAL(pthread_mutex_unlock)(mutex);
  const Inside inside;
  return place.exploration->unlock(*place.thread, mutex) ? 0 : EPERM;
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (explored()) return wait_on(condition, mutex, std::nullopt);
  const int error = REAL(pthread_cond_wait)(condition, mutex);
  tinytorch::lab::held_up();
  return error;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  return explored() ? wait_on(condition, mutex, ns(until)) : REAL(pthread_cond_timedwait)(condition, mutex, until);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  return explored() ? wait_on(condition, mutex, ns(until))
                    : REAL(pthread_cond_clockwait)(condition, mutex, clock, until);
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  if (!explored()) tinytorch::lab::held_up();
  return explored() ? notify(condition, false) : REAL(pthread_cond_signal)(condition);
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  if (!explored()) tinytorch::lab::held_up();
  return explored() ? notify(condition, true) : REAL(pthread_cond_broadcast)(condition);
}

int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  // In an exploration the C library knows nothing of a wait, so there is nothing to wait for.
  return explored() ? 0 : REAL(pthread_cond_destroy)(condition);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  if (!explored()) return REAL(pthread_rwlock_rdlock)(lock);
  return attempt(lock, std::nullopt, [&] { return REAL(pthread_rwlock_tryrdlock)(lock); });
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  if (!explored()) return REAL(pthread_rwlock_wrlock)(lock);
  return attempt(lock, std::nullopt, [&] { return REAL(pthread_rwlock_trywrlock)(lock); });
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  if (!explored()) return REAL(pthread_rwlock_unlock)(lock);
  return let_go(lock, [&] { return REAL(pthread_rwlock_unlock)(lock); });
}

int sem_wait(sem_t* semaphore) {
  if (!explored()) return REAL(sem_wait)(semaphore);
  return attempt(semaphore, std::nullopt, [&] { return REAL(sem_trywait)(semaphore); });
}

int sem_post(sem_t* semaphore) noexcept {
  if (!explored()) return REAL(sem_post)(semaphore);
  return let_go(semaphore, [&] { return REAL(sem_post)(semaphore); });
}

int pthread_once(pthread_once_t* control, void (*routine)()) {
  if (!explored()) return REAL(pthread_once)(control, routine);
  const Once once(control);
  return REAL(pthread_once)(control, routine);
}

int sched_yield() noexcept {
  if (!explored()) return REAL(sched_yield)();
  const Inside inside;
  place.exploration->yield(*place.thread);
  return 0;
}

int nanosleep(const timespec* time, timespec* left) {
  return explored() ? sleep_for(ns(time)) : REAL(nanosleep)(time, left);
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  if (!explored()) return REAL(clock_nanosleep)(clock, flags, time, left);
  return (flags & TIMER_ABSTIME) != 0 ? sleep_until(ns(time)) : sleep_for(ns(time));
}

int usleep(useconds_t time) { return explored() ? sleep_for(std::int64_t{time} * 1000) : REAL(usleep)(time); }

// Every clock shows the exploration's time: it goes on a little with each look, and to the end of a sleep.
int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (!explored()) return REAL(clock_gettime)(clock, time);
  const std::int64_t now = place.exploration->now();
  *time = {static_cast<time_t>(now / 1'000'000'000), static_cast<long>(now % 1'000'000'000)};
  return 0;
}

// libstdc++ waits on atomics, semaphores, futures and static variables by the system call itself.
long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long words[6];
  for (long& word : words) word = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex && explored()) {
    return explored_futex(reinterpret_cast<int*>(words[0]), static_cast<int>(words[1]), static_cast<int>(words[2]),
                          reinterpret_cast<const timespec*>(words[3]));
  }
  return REAL(syscall)(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // extern "C"

#else  // nothing is explored, and these are never called

namespace tinytorch::lab::schedule {

int real_create(pthread_t*, void* (*)(void*), void*) { return -1; }
void real_join(pthread_t) {}
void sleep_until_set(std::atomic<int>&) {}
void set_and_wake(std::atomic<int>&) {}

}  // namespace tinytorch::lab::schedule

#endif
