#include "tests/kit/suite/signals.hpp"

#include "tests/kit/instruments/red_zone.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

extern "C" const char __executable_start;  // the linker's

namespace tinytorch::lab {
namespace {

constexpr int most_frames = 48;
int report_fd = -1;
alignas(16) char stack[1 << 16];  // for the handler: after endless recursion the thread's own is used up

// Only what a handler may call: no memory is allocated, nothing is locked.
class Line {
 public:
  void text(const char* text) {
    for (; *text != '\0' && size_ < sizeof(line_); ++text) line_[size_++] = *text;
  }
  void number(std::uintptr_t number, unsigned base) {
    char digits[20];
    int count = 0;
    do {
      digits[count++] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number > 0);
    while (count > 0 && size_ < sizeof(line_)) line_[size_++] = digits[--count];
  }
  void write(int fd) const {
    if (::write(fd, line_, size_) < 0) return;
  }

 private:
  char line_[2048];
  std::size_t size_ = 0;
};

void fell(int signal) {
  void* frames[most_frames];
  const int count = ::backtrace(frames, most_frames);
  Line line;
  line.text("{\"event\":\"fell\",\"signal\":");
  line.number(static_cast<std::uintptr_t>(signal), 10);
  line.text(",\"frames\":[");
  for (int i = 0; i < count; ++i) {
    line.text(i > 0 ? ",\"" : "\"");
    line.number(reinterpret_cast<std::uintptr_t>(frames[i]) - reinterpret_cast<std::uintptr_t>(&__executable_start),
                16);
    line.text("\"");
  }
  line.text("]}\n");
  line.write(report_fd);
  ::raise(signal);  // the handler is gone: the process ends as it would have
}

}  // namespace

void report_signals(int fd) {
  if (!red_zones) return;
  report_fd = fd;
  void* first[1];
  ::backtrace(first, 1);  // loads its library now
  stack_t other = {};
  other.ss_sp = stack;
  other.ss_size = sizeof(stack);
  ::sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_handler = fell;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

}  // namespace tinytorch::lab
