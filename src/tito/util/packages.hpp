// cmake/packages.txt: what the build needs, and whether this machine has it.
#pragma once

#include "src/tito/util/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

struct Package {
  std::string name;     // Debian's name
  std::string program;  // the command to look for, or "" ...
  int major = 0;        // ... with its oldest major version, 0 for any
  std::string header;   // ... or the header to look for
  std::string module;   // ... or the module that Python imports
  bool required = true;
  std::string purpose;
};

/// Reads the lines `package probe required|optional purpose`; # starts a comment.
/// Throws CommandError (3) "packages.txt:3: ..." for a line it does not understand.
std::vector<Package> parse_packages(std::string_view text);

enum class Presence { found, too_old, missing };

struct Probe {
  Presence presence = Presence::missing;
  std::string version;  // "12.2.0"; "" when it is not known
};

/// Looks for the package's program in PATH, for its header where the compiler looks, or for its module by importing it.
Probe probe(const Package& package);

/// The last word like "12.2.0" of a --version line; "" when there is none.
std::string version_in(std::string_view line);

}  // namespace tinytorch::tito
