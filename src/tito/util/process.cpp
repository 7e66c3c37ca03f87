#include "src/tito/util/process.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
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

// What a signal handler may touch: the running children, by the number that kill(2) takes.
constexpr std::size_t most_children = 64;
std::array<std::atomic<pid_t>, most_children> running{};
std::atomic<int> sharing_terminal{0};

// The terminal sends Ctrl-C to a child in our own group by itself; it decides how to end, and we wait for it.
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

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const std::string candidate = std::string(rest.substr(0, end)) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  throw trouble(fmt::format("`{}` is not installed (it is not in PATH); `tito doctor` says how to get it", name));
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
  int read = -1, write = -1;

  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() { close_both(); }

  void open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw trouble(fmt::format("pipe: {}", std::strerror(errno)));
    // Above the low numbers, so that dup2 in the child never lands on an end that is still needed.
    read = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 10);
    write = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
    ::close(ends[0]);
    ::close(ends[1]);
    if (read < 0 || write < 0) throw trouble("too many open files");
  }
  void close_both() {
    if (read >= 0) ::close(read);
    if (write >= 0) ::close(write);
    read = write = -1;
  }
};

int take(int& descriptor) {
  const int taken = descriptor;
  descriptor = -1;
  if (taken >= 0) ::fcntl(taken, F_SETFL, ::fcntl(taken, F_GETFL) | O_NONBLOCK);
  return taken;
}

void cap(int resource, rlim_t value) {
  const rlimit limit{value, value};
  ::setrlimit(static_cast<decltype(RLIMIT_AS)>(resource), &limit);
}

// Everything between fork and exec: async-signal-safe calls only, for other threads may hold any lock.
struct Launch {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* directory;  // or null
  int null, out, err, report, failure;
  bool terminal;
  rlim_t memory;

  [[noreturn]] void operator()() const {
    if (!terminal) {
      ::setpgid(0, 0);
      ::dup2(null, STDIN_FILENO);
      ::dup2(out, STDOUT_FILENO);
      ::dup2(err, STDERR_FILENO);
    }
    if (report >= 0) ::dup2(report, report_descriptor);
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Whatever our own parent left open stays with us.
    ::close_range(report >= 0 ? report_descriptor + 1 : report_descriptor, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
    cap(RLIMIT_CORE, 0);
    if (memory > 0) cap(RLIMIT_AS, memory);
    if (directory == nullptr || ::chdir(directory) == 0) ::execve(program, argv, envp);
    const int error = errno;
    if (::write(failure, &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }
};

// Appends what the descriptor holds; closes it at its end.
void drain(int& descriptor, std::string& into) {
  std::array<char, 1 << 14> block;
  while (descriptor >= 0) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got > 0) {
      into.append(block.data(), static_cast<std::size_t>(got));
      if (into.size() > (std::size_t{1} << 20)) return;  // the caller must get to look at the clock
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0 && errno == EAGAIN) {
      return;
    } else {
      ::close(descriptor);
      descriptor = -1;
    }
  }
}

}  // namespace

struct Child::Pipes {
  Pipe out, err, report, failure;
};

void Child::take_pipes(Pipes& pipes, const SpawnOptions& options) {
  if (!options.terminal) out_ = take(pipes.out.read);
  if (!options.terminal && !options.merged) err_ = take(pipes.err.read);
  if (options.report) report_ = take(pipes.report.read);
  for (Pipe* pipe : {&pipes.out, &pipes.err, &pipes.report}) pipe->close_both();
  ::close(pipes.failure.write);
  pipes.failure.write = -1;
}

Child::Child(const SpawnOptions& options) {
  handle_interrupts();
  const std::string program = find_program(options.argv.at(0));
  std::vector<std::string> arguments = options.argv;
  std::vector<std::string> environment = merged_environment(options.environment);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  Pipes pipes;
  if (!options.terminal) pipes.out.open();
  if (!options.terminal && !options.merged) pipes.err.open();
  if (options.report) pipes.report.open();
  pipes.failure.open();
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int err = options.merged ? pipes.out.write : pipes.err.write;
  const Launch launch{program.c_str(),
                      argv.data(),
                      envp.data(),
                      options.directory.empty() ? nullptr : options.directory.c_str(),
                      null,
                      pipes.out.write,
                      err,
                      pipes.report.write,
                      pipes.failure.write,
                      options.terminal,
                      static_cast<rlim_t>(options.memory_bytes)};
  pid_ = ::fork();
  if (pid_ == 0) launch();
  ::close(null);
  if (pid_ < 0) throw trouble(fmt::format("fork: {}", std::strerror(errno)));
  if (!options.terminal) ::setpgid(pid_, pid_);  // in both processes: whoever comes first
  target_ = options.terminal ? pid_ : -pid_;
  if (options.terminal) ++sharing_terminal;
  remember(target_);
  take_pipes(pipes, options);
  int error = 0;
  if (::read(pipes.failure.read, &error, sizeof error) == static_cast<ssize_t>(sizeof error)) {
    ::waitpid(pid_, &status_, 0);
    forget(target_);
    if (options.terminal) --sharing_terminal;
    for (const int descriptor : {out_, err_, report_}) {
      if (descriptor >= 0) ::close(descriptor);
    }
    throw trouble(fmt::format("{} can't be started: {}", program, std::strerror(error)));
  }
}

Child::~Child() {
  kill();
  if (!reaped_) ::waitpid(pid_, &status_, 0);
  forget(target_);
  if (target_ > 0) --sharing_terminal;
  for (const int descriptor : {out_, err_, report_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

bool Child::read(Arrived& arrived, int milliseconds) {
  std::array<pollfd, 3> wanted{};
  nfds_t count = 0;
  for (const int descriptor : {out_, err_, report_}) {
    if (descriptor >= 0) wanted[count++] = {descriptor, POLLIN, 0};
  }
  if (count == 0) return false;
  if (::poll(wanted.data(), count, milliseconds) > 0) {
    drain(report_, arrived.report);
    drain(out_, arrived.out);
    drain(err_, arrived.err);
  }
  return out_ >= 0 || err_ >= 0 || report_ >= 0;
}

bool Child::finished() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return reaped_;
}

void Child::kill() {
  // A reaped child's number may belong to another process by now; its group lives on while it has members.
  if (!reaped_ || target_ < 0) ::kill(target_, SIGKILL);
}

ProcessResult run_process(const ProcessOptions& options) {
  using Time = std::chrono::steady_clock;
  const auto start = Time::now();
  Child child(options);
  ProcessResult result;
  const auto keep = [&](std::string& into, const std::string& more) {
    into.append(more, 0, options.keep - std::min(options.keep, into.size()));
  };
  for (;;) {
    Child::Arrived arrived;
    const bool open = child.read(arrived, 10);
    keep(result.out, arrived.out);
    keep(result.err, arrived.err);
    keep(result.report, arrived.report);
    if (arrived.out.empty() && arrived.err.empty() && arrived.report.empty() && child.finished()) break;
    if (options.seconds > 0 && std::chrono::duration<double>(Time::now() - start).count() > options.seconds) {
      result.timed_out = true;
      return result;
    }
    if (!open && !child.finished()) ::usleep(1000);
  }
  result.status = child.status();
  return result;
}

std::string describe_end(int wait_status) {
  if (WIFEXITED(wait_status)) {
    const int code = WEXITSTATUS(wait_status);
    return code == 0 ? "called exit(0)" : fmt::format("ended with exit code {}", code);
  }
  const int signal = WTERMSIG(wait_status);
  std::string name = ::strsignal(signal);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return fmt::format("signal {}, {}", signal, name);
}

}  // namespace tinytorch::tito
