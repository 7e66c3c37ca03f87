// Child processes: no shell, no leaked descriptors, and none that goes on when tito ends.
#pragma once

#include "src/tito/util/context.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace tinytorch::tito {

struct ProcessOptions {
  std::vector<std::string> argv;            // argv[0] without a slash is looked for in PATH
  fs::path directory;                       // where it starts; empty: here
  std::vector<std::string> environment;     // "NAME=value" sets, "NAME" alone unsets a variable
  bool terminal = false;                    // it uses our stdin, stdout, stderr and process group; nothing is captured
  bool merged = false;                      // stderr goes where stdout goes
  bool own_errors = false;                  // stderr is ours and is not captured
  bool stream = false;                      // a second pipe is open as descriptor `stream_descriptor` in the child
  std::uint64_t memory_bytes = 0;           // limit of the address space; 0: none
  double seconds = 0;                       // limit of its own processor time (see Budget); 0: none
  std::size_t keep = std::size_t{8} << 20;  // bytes of out, err and stream that are kept, each
};

constexpr int stream_descriptor = 3;

struct ProcessResult {
  int status = 0;        // as waitpid reports it
  std::string too_long;  // what Budget said; empty when the process ended by itself
  std::string out, err, stream;

  bool timed_out() const { return !too_long.empty(); }
  bool ok() const { return !timed_out() && status == 0; }
};

/// Runs a program to its end. `on_line` gets each line of its stdout as soon as it is complete, without the line's end.
/// Throws CommandError (3) when the program can't be started.
ProcessResult run_process(const ProcessOptions& options, const std::function<void(std::string_view)>& on_line = {});

/// "signal 8, an integer was divided by zero", "ended with exit code 3", "called exit(0)".
std::string describe_end(int wait_status);

/// The same for a result; what Budget said when the time was up.
std::string ending(const ProcessResult& result);

/// The program of that name in PATH; "" when there is none. A name with a slash is returned as it is.
std::string find_program(const std::string& name);

/// A file descriptor that is closed with this object.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : value_(other.value_) { other.value_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;

  int get() const { return value_; }
  bool open() const { return value_ >= 0; }
  void close();

 private:
  int value_;
};

/// Locks this file, and makes it where it is missing; the lock ends with the descriptor, or with the process. While
/// another process holds it, waits for it, or returns a closed descriptor when `wait` is false.
Descriptor lock_file(const fs::path& file, bool wait);

/// A running child, for those who decide while it runs; everyone else calls run_process. Unless it shares our terminal
/// it leads a process group, which is killed by the destructor and on Ctrl-C.
class Child {
 public:
  /// Throws CommandError (3) when the program can't be started.
  explicit Child(const ProcessOptions& options);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// What has arrived since the last call.
  struct Arrived {
    std::string out, err, stream;

    bool nothing() const { return out.empty() && err.empty() && stream.empty(); }
  };
  /// Waits at most `milliseconds` for something to arrive. False once the child has ended and all that it wrote has
  /// been read; a grandchild may still hold a pipe.
  bool read(Arrived& arrived, int milliseconds);

  void wait();                            // until it has ended
  int status() const { return status_; }  // its wait status, once it has ended
  pid_t id() const { return pid_; }
  void kill();  // the whole group, at once

 private:
  bool finished();

  pid_t pid_ = -1;
  pid_t target_ = -1;  // what kill(2) gets: the group where there is one
  Descriptor out_, err_, stream_;
  int status_ = 0;
  bool reaped_ = false;
};

}  // namespace tinytorch::tito
