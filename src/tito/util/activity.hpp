// What a running process does, as the kernel tells it, and how much of that is too much. No answer here depends on how
// busy the machine is.
#pragma once

#include <chrono>
#include <string>

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

/// What the processes that it has started do: whether one of them runs, and their processor time in seconds. Nothing
/// where the kernel doesn't list them.
struct Children {
  bool work = false;
  double seconds = 0;
};
Children children_of(pid_t process);

/// Processor time of all threads of the process, in seconds; 0 once it has ended.
double processor_seconds(pid_t process);

/// How long a process may work, sleep and be stuck. Only what it does itself counts: time in which it waits for a
/// processor is nobody's fault.
class Budget {
 public:
  /// From now on: `seconds` of processor time, ten times as long asleep, a quarter as long stuck. While it sleeps and a
  /// process that it has started works, the processor time of that one counts.
  Budget(pid_t process, double seconds);

  /// Looks at the process. Returns what there is to say once a limit is passed, as "no end within 4 s of processor
  /// time"; "" until then. To be called every few hundredths of a second.
  std::string exceeded();

 private:
  using Time = std::chrono::steady_clock;

  pid_t process_;
  double seconds_, start_, used_ = 0, children_ = 0, slept_ = 0, stuck_ = 0;
  Activity was_ = Activity::busy;
  Time::time_point looked_ = Time::now();
};

}  // namespace tinytorch::tito
