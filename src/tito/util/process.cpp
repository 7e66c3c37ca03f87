#include "src/tito/util/process.hpp"

#include "src/tito/util/activity.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/close_range.h>
#include <sys/prctl.h>
#endif

extern char** environ;

namespace tinytorch::tito {
namespace {

// The running children, by the number that kill(2) takes. The signal handler reads these: only atomics are safe there.
constexpr std::size_t most_children = 64;
std::array<std::atomic<pid_t>, most_children> running{};
std::atomic<int> sharing_terminal{0};

// The terminal itself sends Ctrl-C to a child in our own group. The child decides how to end, and we wait for it.
void on_interrupt(int signal) {
  if (signal == SIGINT && sharing_terminal.load() > 0) return;
  for (auto& child : running) {
    const pid_t target = child.load();
    if (target != 0) ::kill(target, SIGKILL);
  }
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

void handle_interrupts() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, on_interrupt);
    std::signal(SIGPIPE, SIG_IGN);
  });
}

void remember(pid_t target) {
  for (auto& child : running) {
    pid_t free_slot = 0;
    if (child.compare_exchange_strong(free_slot, target)) return;
  }
}

void forget(pid_t target) {
  for (auto& child : running) {
    pid_t taken = target;
    if (child.compare_exchange_strong(taken, 0)) return;
  }
}

std::vector<std::string> merged_environment(const std::vector<std::string>& changes) {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    all[std::string(text.substr(0, text.find('=')))] = *entry;
  }
  for (const std::string& change : changes) {
    const auto equals = change.find('=');
    all.erase(change.substr(0, equals));
    if (equals != std::string::npos) all[change.substr(0, equals)] = change;
  }
  std::vector<std::string> entries;
  for (auto& [name, entry] : all) entries.push_back(std::move(entry));
  return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct Pipe {
  Descriptor read, write;
};

Pipe open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw trouble(fmt::format("pipe: {}", std::strerror(errno)));
  const Descriptor low_read(ends[0]), low_write(ends[1]);
  // Above the low numbers, so that dup2 in the child never closes an end that is still needed.
  Pipe pipe{Descriptor(::fcntl(ends[0], F_DUPFD_CLOEXEC, 10)), Descriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, 10))};
  if (!pipe.read.open() || !pipe.write.open()) throw trouble("too many open files");
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

void cap(int resource, rlim_t value) {
  const rlimit limit{value, value};
  ::setrlimit(static_cast<decltype(RLIMIT_AS)>(resource), &limit);
}

// What the child does between fork and exec. Other threads of ours may hold any lock at that moment, so it calls only
// what is async-signal-safe, and allocates nothing.
struct Launch {
  const ProcessOptions& options;
  const char* program;
  char* const* argv;
  char* const* envp;
  int null, out, err, stream, failure;  // descriptors

  [[noreturn]] void operator()() const {
    if (!options.terminal) {
      ::setpgid(0, 0);
      ::dup2(null, STDIN_FILENO);
      ::dup2(out, STDOUT_FILENO);
      if (!options.own_errors) ::dup2(err, STDERR_FILENO);
    }
    if (options.stream) ::dup2(stream, stream_descriptor);
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The child gets none of the other descriptors, whoever opened them.
    ::close_range(options.stream ? stream_descriptor + 1 : stream_descriptor, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
    cap(RLIMIT_CORE, 0);
    if (options.memory_bytes > 0) cap(RLIMIT_AS, static_cast<rlim_t>(options.memory_bytes));
    if (options.directory.empty() || ::chdir(options.directory.c_str()) == 0) ::execve(program, argv, envp);
    const int error = errno;
    if (::write(failure, &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }
};

// Appends what the descriptor holds; closes it at its end.
void drain(Descriptor& descriptor, std::string& into) {
  std::array<char, 1 << 14> block;
  while (descriptor.open()) {
    const ssize_t got = ::read(descriptor.get(), block.data(), block.size());
    if (got > 0) {
      into.append(block.data(), static_cast<std::size_t>(got));
      if (into.size() > (std::size_t{1} << 20)) return;  // so that the caller can look at the clock
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0 && errno == EAGAIN) {
      return;
    } else {
      descriptor.close();
    }
  }
}

}  // namespace

void Descriptor::close() {
  if (value_ >= 0) ::close(value_);
  value_ = -1;
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

Descriptor lock_file(const fs::path& file, bool wait) {
  Descriptor lock(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
  if (lock.open() && ::flock(lock.get(), LOCK_EX | (wait ? 0 : LOCK_NB)) == 0) return lock;
  if (!lock.open() || errno != EWOULDBLOCK) throw trouble(file.string() + " can't be locked");
  return Descriptor();
}

Child::Child(const ProcessOptions& options) {
  handle_interrupts();
  const std::string program = find_program(options.argv.at(0));
  if (program.empty()) {
    throw trouble(fmt::format("`{}` is not installed (it is not in PATH); `./tito doctor` says how to get it",
                              options.argv.front()));
  }
  std::vector<std::string> arguments = options.argv, environment = merged_environment(options.environment);
  const std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
  Pipe out, err, stream, failure = open_pipe();
  if (!options.terminal) out = open_pipe();
  if (!options.terminal && !options.merged && !options.own_errors) err = open_pipe();
  if (options.stream) stream = open_pipe();
  ::fcntl(failure.read.get(), F_SETFL, 0);  // the one that is waited for
  const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Launch launch{options,
                      program.c_str(),
                      argv.data(),
                      envp.data(),
                      null.get(),
                      out.write.get(),
                      options.merged ? out.write.get() : err.write.get(),
                      stream.write.get(),
                      failure.write.get()};
  pid_ = ::fork();
  if (pid_ == 0) launch();
  if (pid_ < 0) throw trouble(fmt::format("fork: {}", std::strerror(errno)));
  if (!options.terminal) ::setpgid(pid_, pid_);  // both processes do this: either may run first
  failure.write.close();
  int error = 0;
  if (::read(failure.read.get(), &error, sizeof error) == static_cast<ssize_t>(sizeof error)) {
    ::waitpid(pid_, &status_, 0);
    throw trouble(fmt::format("{} can't be started: {}", program, std::strerror(error)));
  }
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  stream_ = std::move(stream.read);
  target_ = options.terminal ? pid_ : -pid_;
  if (options.terminal) ++sharing_terminal;
  remember(target_);
}

Child::~Child() {
  kill();
  wait();
  forget(target_);
  if (target_ > 0) --sharing_terminal;
}

bool Child::read(Arrived& arrived, int milliseconds) {
  // Asked before the read: what a child wrote just before its end is then in the pipes already.
  const bool ended = finished();
  std::array<pollfd, 3> wanted{};
  nfds_t count = 0;
  for (const Descriptor* descriptor : {&out_, &err_, &stream_}) {
    if (descriptor->open()) wanted[count++] = {descriptor->get(), POLLIN, 0};
  }
  const int patience = ended ? 0 : count == 0 ? std::min(milliseconds, 1) : milliseconds;
  if (::poll(wanted.data(), count, patience) > 0) {
    drain(stream_, arrived.stream);
    drain(out_, arrived.out);
    drain(err_, arrived.err);
  }
  return !ended || !arrived.nothing();
}

void Child::wait() {
  while (!reaped_) {
    const pid_t ended = ::waitpid(pid_, &status_, 0);
    reaped_ = ended == pid_ || (ended < 0 && errno != EINTR);
  }
}

bool Child::finished() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return reaped_;
}

void Child::kill() {
  // A reaped child's number may belong to another process by now; its group lives on while it has members.
  if (!reaped_ || target_ < 0) ::kill(target_, SIGKILL);
}

ProcessResult run_process(const ProcessOptions& options, const std::function<void(std::string_view)>& on_line) {
  Child child(options);
  Budget budget(child.id(), options.seconds);
  ProcessResult result;
  std::string line;  // what has arrived of a line that is not complete
  const auto keep = [&](std::string& into, const std::string& more) {
    into.append(more, 0, options.keep - std::min(options.keep, into.size()));
  };
  if (options.terminal && options.seconds <= 0) child.wait();
  for (bool more = true; more;) {
    Child::Arrived arrived;
    more = child.read(arrived, 10);
    keep(result.out, arrived.out);
    keep(result.err, arrived.err);
    keep(result.stream, arrived.stream);
    if (on_line) {
      line += arrived.out;
      std::size_t begin = 0;
      for (auto end = line.find('\n'); end != std::string::npos; end = line.find('\n', begin)) {
        on_line(std::string_view(line).substr(begin, end - begin));
        begin = end + 1;
      }
      line.erase(0, begin);
    }
    if (more && options.seconds > 0) result.too_long = budget.exceeded();
    if (result.timed_out()) return result;
  }
  if (!line.empty()) on_line(line);
  result.status = child.status();
  return result;
}

namespace {

// What code does to be ended by this signal.
std::string meaning_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "segmentation fault: memory was used that is not the program's own";
    case SIGBUS:
      return "bus error: memory was used that is not there";
    case SIGFPE:
      return "an integer was divided by zero";
    case SIGILL:
      return "a point was reached that can't be, such as the end of a function that must return a value";
    case SIGABRT:
      return "aborted: abort() was called, nobody caught an exception, or memory was freed twice or damaged";
    case SIGKILL:
      return "killed: most often for want of memory";
    default:
      break;
  }
  std::string name = ::strsignal(signal);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name;
}

}  // namespace

std::string describe_end(int wait_status) {
  if (WIFEXITED(wait_status)) {
    const int code = WEXITSTATUS(wait_status);
    return code == 0 ? "called exit(0)" : fmt::format("ended with exit code {}", code);
  }
  const int signal = WTERMSIG(wait_status);
  return fmt::format("signal {}, {}", signal, meaning_of(signal));
}

std::string ending(const ProcessResult& result) {
  return result.timed_out() ? result.too_long : describe_end(result.status);
}

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    const std::string candidate = folder + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

}  // namespace tinytorch::tito
