#pragma once

#include "tests/kit/instruments/schedule/threads.hpp"

/// Accesses to memory in an exploration. `tito test` compiles the units that lab.toml marks with `schedules = true`
/// with -fsanitize=thread: then the compiler calls a function before each load and store of the student's code. Those
/// functions are not the sanitizer's here, but memory.cpp's. Two accesses of which one writes, and which no lock, join
/// or atomic orders, are a data race, even if nothing went wrong this time. Atomics that threads share are points at
/// which another thread may come first.
namespace tinytorch::lab::schedule {

/// While it lives, accesses are judged. Memory that is freed stays as it is until the end: so no address has two
/// meanings, and who uses freed memory is found.
class Watch {
 public:
  Watch();
  /// Frees what was freed meanwhile.
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  /// After a run whose threads stay for ever: nothing that they use is freed.
  void abandon();
};

/// The name of the function whose code is at this address, as its author writes it; "" when there is none.
std::string function_at(const void* code);
/// A demangled name, as a student wrote it: "PrefetchLoader::next()", "a lambda of BatchQueue::pop()".
std::string short_name(std::string name);

}  // namespace tinytorch::lab::schedule
