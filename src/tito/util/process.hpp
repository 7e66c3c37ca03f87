// Child processes: no shell, no leaked descriptors, never one left behind.
#pragma once

#include "src/tito/util/context.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tinytorch::tito {

struct SpawnOptions {
  std::vector<std::string> argv;         // argv[0] without a slash is looked for in PATH
  fs::path directory;                    // where it starts; empty: here
  std::vector<std::string> environment;  // "NAME=value", set on top of ours; "NAME" alone unsets
  bool terminal = false;                 // keeps our stdin, stdout, stderr and process group; nothing is captured
  bool merged = false;                   // stderr goes where stdout goes
  bool report = false;                   // a pipe is open as descriptor `report_descriptor` in the child
  std::uint64_t memory_bytes = 0;        // address space; 0: no cap
};

constexpr int report_descriptor = 3;

// A running child. Unless it shares our terminal it leads a process group, which dies with this object and on Ctrl-C.
class Child {
 public:
  // Throws CommandError (3) when the program can't be started.
  explicit Child(const SpawnOptions& options);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // What has arrived since the last call.
  struct Arrived {
    std::string out, err, report;
  };
  // Waits at most `milliseconds` for something to arrive; false once every pipe is closed on the other side.
  bool read(Arrived& arrived, int milliseconds);

  bool finished();  // true once it has ended; then status() is its wait status
  int status() const { return status_; }
  void kill();  // the whole group, at once

 private:
  struct Pipes;
  void take_pipes(Pipes& pipes, const SpawnOptions& options);

  pid_t pid_ = -1;
  pid_t target_ = -1;  // what kill(2) gets: the group where there is one
  int out_ = -1, err_ = -1, report_ = -1;
  int status_ = 0;
  bool reaped_ = false;
};

struct ProcessOptions : SpawnOptions {
  double seconds = 0;                       // wall-clock limit; 0: none
  std::size_t keep = std::size_t{8} << 20;  // bytes of out, err and report that are kept, each
};

struct ProcessResult {
  int status = 0;
  bool timed_out = false;
  std::string out, err, report;

  bool ok() const { return !timed_out && status == 0; }
};

// Runs it to its end.
ProcessResult run_process(const ProcessOptions& options);

// "signal 11, segmentation fault", "exit code 3", "called exit(0)".
std::string describe_end(int wait_status);

}  // namespace tinytorch::tito
