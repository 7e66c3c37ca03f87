// What a running process does, as the kernel tells it. No answer here depends on how busy the machine is.
#pragma once

#include <sys/types.h>

namespace tinytorch::tito {

enum class Activity {
  busy,    // a thread runs, or would if it had a processor
  asleep,  // every thread sleeps until something wakes it
  stuck    // every thread waits, without a time limit, for a lock, a condition or another thread's end: nothing of this
           // process can wake it
};

/// Looks once at each thread. A process that ends meanwhile is busy. Without /proc every process is asleep, so that a
/// limit of its sleep is a limit of the clock; where the kernel hides what a thread waits for, no process is stuck.
Activity activity_of(pid_t process);

/// Processor time of all threads of the process, in seconds; 0 once it has ended.
double processor_seconds(pid_t process);

}  // namespace tinytorch::tito
