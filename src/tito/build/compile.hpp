// One student's file to one object, through the cache.
#pragma once

#include "src/tito/build/cache.hpp"
#include "src/tito/build/stacks.hpp"

#include <stdexcept>
#include <string>

namespace tinytorch::tito {

/// The student's file does not compile or does not fit its unit. what() is the verdict's text, one line or a few.
struct BuildFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How a student's file is compiled: fast to compile, fast to run, or as it is written.
enum class Level { test, run, debug };

struct Compiled {
  fs::path object;
  std::string warnings;
};

/// Size and time of every header of the library and of the labs: part of each object's key.
std::string header_state(const Context& context);

/// Compiles `source` as `unit`; `headers` is what header_state returns. Throws BuildFailure with the compiler's first
/// error, its path relative to the checkout.
Compiled compile(const Context& context, const Stacks& stacks, const Unit& unit, const fs::path& source, Level level,
                 const std::string& headers);

/// The compiler's first error with the two lines that show it; the whole text when none is recognised.
std::string first_error(const std::string& compiler_output, const std::string& file);

}  // namespace tinytorch::tito
