// Walls around code that nobody has read: what a process of a submission may see, use and spend.
#pragma once

#include "src/tito/util/context.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// The kinds of walls, the strongest first. A report names the one that stood.
enum class Walls {
  namespaces,  // bubblewrap: a file system of its own, no network, no other process in sight
  user,        // a user without rights, who can gain none; sees whatever every user of the machine may see
  limits       // only limits of time, memory, files and processes
};
const char* to_string(Walls walls);
/// What these walls do and don't, in one line.
std::string promise_of(Walls walls);

/// The strongest walls that this machine lets us build; tried once.
Walls strongest_walls();

/// What the process may have. Everything else is out of its sight, where the walls are namespaces.
struct Confinement {
  std::vector<fs::path> readable;      // files and folders, at their own paths
  fs::path writable;                   // a folder, at its own path; empty: none but a /tmp of its own
  fs::path directory;                  // where it starts; empty: /
  double seconds = 5;                  // of processor time, for each process
  std::uint64_t memory_bytes = 0;      // of address space, for each process; 0: no limit
  std::uint64_t file_bytes = 1 << 20;  // of each file that it writes
  int processes = 64;                  // and threads, together with all others of that user
  bool as_nobody = true;               // as a user without rights, when we are root; false: as ourselves
};

/// The command that runs `argv` between these walls. Its environment is PATH, LANG and what `environment` sets.
std::vector<std::string> confined(Walls walls, const Confinement& confinement, const std::vector<std::string>& argv,
                                  const std::vector<std::string>& environment = {});

}  // namespace tinytorch::tito
