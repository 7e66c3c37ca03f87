#pragma once

#include "tinytorch/core/function_ref.hpp"

#include <pthread.h>

/// A lock that fails: std::mutex::lock() may throw std::system_error, and so may a thread's own code between two calls
/// of code that is guarded. A suite that uses this adds instruments/lock_fault.cpp to its sources. That file defines
/// pthread_mutex_lock for the whole program.
namespace tinytorch::lab {

/// Remembers the mutexes that `body` locks on this thread. They belong to the library and the kit, and never fail.
void spare_locks_of(FunctionRef<void()> body);

/// The next lock of another mutex on the calling thread throws std::system_error; the ones after it do not.
void fail_next_lock();

/// False where another definition of pthread_mutex_lock comes first, as in programs with some sanitizers.
bool locks_can_fail();

/// For definitions of pthread_mutex_lock: the error to return, or 0.
int lock_fault(const pthread_mutex_t* mutex);

}  // namespace tinytorch::lab
