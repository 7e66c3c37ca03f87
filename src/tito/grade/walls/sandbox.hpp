// Walls around code that nobody has read: what a process of a submission may see, use and spend.
#pragma once

#include "src/tito/util/context.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

/// The kinds of walls, the strongest first. A report names the one that stood.
enum class Walls {
  namespaces,  // bubblewrap: a file system of its own, no network, no other process in sight
  user,        // a user without rights, who can gain none; sees whatever every user of the machine may see
  limits       // only limits of time, memory, files and processes
};
const char* to_string(Walls walls);
const std::vector<std::string>& wall_names();
/// What these walls do and don't, in one line.
std::string promise_of(Walls walls);

/// The walls of that name, "" for the strongest that this machine lets us build. Throws CommandError (3) when they
/// can't be built here, and for `limits` as root: root reads and kills everything.
Walls choose_walls(std::string_view name);

/// A user that no one else is, for the processes of one submission: they are counted and ended apart from all others.
/// Ourselves when we are not root, for only root can be somebody else.
class Guest {
 public:
  Guest();
  /// Ends its processes and removes its files in the folders where everyone may write.
  ~Guest();
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  unsigned number() const { return number_; }  // 0: ourselves
  std::size_t seat() const { return seat_; }   // small; no other guest of this process has it

 private:
  std::size_t seat_ = 0;
  unsigned number_ = 0;
};

/// Whether a user's number is one that the guests of this process get.
bool is_guest(unsigned number);

/// Whether a process of that user lives. One that has ended, and that its parent has not asked for yet, does not.
bool has_processes(unsigned user);

/// What the process may have. Everything else is out of its sight, where the walls are namespaces.
struct Confinement {
  std::vector<fs::path> readable;      // files and folders, at their own paths
  fs::path writable;                   // a folder, at its own path; empty: none but a /tmp of its own
  fs::path directory;                  // where it starts; empty: /
  double seconds = 5;                  // of processor time, for each process
  std::uint64_t memory_bytes = 0;      // of address space, for each process; 0: no limit
  std::uint64_t file_bytes = 1 << 20;  // of each file that it writes
  unsigned user = 0;                   // the number of a guest; 0: ourselves
};

/// Where the walls write `walls_stand`.
enum class WallsReport { errors, stream };

/// The command that runs `argv` between these walls. Its environment is PATH, LANG and what `environment` sets. When
/// the walls stand and the program can be run, it writes `walls_stand` to stderr or to the descriptor of the stream, as
/// `report` says, and only then starts the program.
std::vector<std::string> confined(Walls walls, const Confinement& confinement, const std::vector<std::string>& argv,
                                  WallsReport report, const std::vector<std::string>& environment = {});

/// Takes `walls_stand` off the front of what the command wrote. False when it is not there: the program has not run,
/// and whatever was written comes from the walls.
bool take_report(std::string& written);

}  // namespace tinytorch::tito
