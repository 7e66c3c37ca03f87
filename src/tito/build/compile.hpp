// One student's file to one object, through the cache.
#pragma once

#include "src/tito/build/cache.hpp"
#include "src/tito/build/includes.hpp"
#include "src/tito/build/stacks.hpp"

#include <stdexcept>
#include <string>

namespace tinytorch::tito {

/// The student's file does not compile or does not fit its unit. what() is the verdict's text, one line or a few.
struct BuildFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How a student's file is compiled: fast to compile; so too, and with a call before each access to memory, for the
/// explorer of schedules (tests/kit/instruments/schedule/memory.hpp); fast to run; or as it is written.
enum class Level { test, schedules, run, debug };

struct Compiled {
  fs::path object;
  std::string warnings;
};

/// Size and time of every header of the library and of the labs: part of each object's key.
std::string header_state(const Context& context);

/// The headers that a file may include.
struct Headers {
  std::string state;  // what header_state returns
  Allowed allowed;
};

/// Compiles `source` as `unit`. Throws BuildFailure with the compiler's first error, its path relative to the checkout,
/// or with the name of what the file includes and may not: such an object is never kept.
Compiled compile(const Context& context, const Stacks& stacks, const Unit& unit, const fs::path& source, Level level,
                 const Headers& headers);

/// The compiler's first error with the two lines that show it; the whole text when none is recognised.
std::string first_error(const std::string& compiler_output, const std::string& file);

}  // namespace tinytorch::tito
