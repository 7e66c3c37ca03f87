// One student's file to one object, through a cache that is keyed by content.
#pragma once

#include "src/tito/build/build.hpp"
#include "src/tito/lab/markers.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

// 64-bit FNV-1a, fed piece by piece; a piece's length counts, so that ("ab", "c") is not ("a", "bc").
class Hash {
 public:
  Hash& add(std::string_view piece);
  Hash& add_file_state(const fs::path& file);  // path, size and time; not the content
  std::string text() const;                    // 16 hex digits

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

struct Compiled {
  fs::path object;
  std::string warnings;
};

// Where compiled files and linked programs are kept: build/<preset>/work.
fs::path cache_dir(const Context& context);

// ".<process>.<number>": ends the name of a file that no other process or thread writes until it is renamed.
std::string own_suffix();

// Size and time of every header below include/ and src/core/: part of each object's key.
std::string header_state(const Context& context);

// Compiles `source` as `unit`. Throws BuildFailure with the compiler's first error, path relative to the checkout.
Compiled compile(const Context& context, const Stacks& stacks, const Unit& unit, const fs::path& source, Level level,
                 const std::string& headers);

// The compiler's first error with the two lines that show it; the whole text when none is recognised.
std::string first_error(const std::string& compiler_output, const std::string& file);

}  // namespace tinytorch::tito
