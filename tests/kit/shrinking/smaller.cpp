#include "tests/kit/shrinking/smaller.hpp"

#include "tests/kit/shrinking/shrink.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tinytorch::lab {
namespace {

constexpr std::size_t most_runs = 600;
constexpr std::size_t most_text = 1 << 17;
constexpr int most_deaths = 20;              // attempts that end their process
constexpr int most_hangs = 2;                // attempts that their time limit ends
constexpr long most_microseconds = 300'000;  // of processor time for one attempt
constexpr long most_seconds = 3;             // on the clock, for one that waits
constexpr int exit_done = 0;
constexpr int exit_other = 3;  // the case does not fail again

// What the processes share: the search goes on where an attempt has ended its process.
struct Board {
  std::size_t runs = 0;
  std::uint64_t tried[most_runs] = {};
  std::size_t best_size = 0;
  char best[most_text] = {};
  std::size_t failure_size = 0;
  char failure[most_text] = {};
};

class SharedBoard {
 public:
  SharedBoard()
      : board_(static_cast<Board*>(
            ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~SharedBoard() {
    if (good()) ::munmap(board_, sizeof(Board));
  }
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;

  bool good() const { return board_ != MAP_FAILED; }
  Board& operator*() const { return *board_; }
  Board* operator->() const { return board_; }

 private:
  Board* board_;
};

void put(std::size_t& size, char* memory, const std::string& text) {
  if (text.size() > most_text) return;
  std::memcpy(memory, text.data(), text.size());
  size = text.size();
}

// Texts one behind the other, each after its length.
void add_text(std::string& all, const std::string& text) { all += std::to_string(text.size()) + ":" + text; }
std::string next_text(std::string_view& all) {
  const std::size_t colon = std::min(all.find(':'), all.size());
  const std::size_t length = std::strtoul(std::string(all.substr(0, colon)).c_str(), nullptr, 10);
  all.remove_prefix(std::min(colon + 1, all.size()));
  std::string text(all.substr(0, length));
  all.remove_prefix(text.size());
  return text;
}

std::string packed(const Failure& failure) {
  std::string all = failure.last_digits ? "1" : "0";
  for (const std::string* text :
       {&failure.case_label, &failure.what, &failure.expected, &failure.yours, &failure.difference})
    add_text(all, *text);
  for (const auto& [name, value] : failure.inputs) {
    add_text(all, name);
    add_text(all, value);
  }
  return all;
}

Failure unpacked(std::string_view all, std::int64_t index) {
  Failure failure;
  failure.case_index = index;
  failure.last_digits = all.starts_with('1');
  all.remove_prefix(std::min<std::size_t>(1, all.size()));
  for (std::string* text : {&failure.case_label, &failure.what, &failure.expected, &failure.yours, &failure.difference})
    *text = next_text(all);
  while (!all.empty()) {
    std::string name = next_text(all);
    failure.inputs.emplace_back(std::move(name), next_text(all));
  }
  return failure;
}

// "p after step 3" and "p after step 1" are the same check.
std::string without_numbers(std::string text) {
  std::erase_if(text, [](unsigned char c) { return std::isdigit(c) != 0; });
  return text;
}

bool same_mistake(const Failure& a, const Failure& b) {
  return a.mistake == b.mistake && without_numbers(a.what) == without_numbers(b.what);
}

// An attempt that takes too long ends its process: by SIGPROF when it works, by SIGALRM when it waits.
void limit_attempt() {
  itimerval work = {};
  work.it_value.tv_usec = most_microseconds;
  ::setitimer(ITIMER_PROF, &work, nullptr);
  itimerval wait = {};
  wait.it_value.tv_sec = most_seconds;
  ::setitimer(ITIMER_REAL, &wait, nullptr);
}

void become_quiet(const Options& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core = {};
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (const int signal : {SIGPROF, SIGALRM}) ::signal(signal, SIG_DFL);
  if (const int nowhere = ::open("/dev/null", O_WRONLY); nowhere >= 0) {
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
  }
  for (const int fd : {options.report_fd, options.stream_fd})
    if (fd > STDERR_FILENO) ::close(fd);
}

std::uint64_t key_of(const std::string& text) {
  std::uint64_t state = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return state;
}

// The search for one test. It runs in child processes; `board_` outlives them.
class Search {
 public:
  Search(const Case& c, std::int64_t count, const Failure& failure, FunctionRef<void(Case&)> body)
      : index_(c.index()), count_(count), failure_(failure), body_(body) {}

  std::optional<Smaller> run(const std::string& first) {
    if (!board_.good() || first.size() > most_text) return std::nullopt;
    put(board_->best_size, board_->best, first);
    for (int deaths = 0, hangs = 0; deaths < most_deaths && hangs < most_hangs; ++deaths) {
      const int status = in_child([this] { return search(); });
      if (WIFEXITED(status)) break;
      if (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM) ++hangs;
    }
    if (best() == first) return std::nullopt;
    // A fresh process: nothing of what the attempts have left behind counts.
    const int status = in_child([this] { return show(); });
    if (!WIFEXITED(status) || WEXITSTATUS(status) != exit_done) return std::nullopt;
    return Smaller{unpacked({board_->failure, board_->failure_size}, index_), best()};
  }

 private:
  std::string best() const { return {board_->best, board_->best_size}; }

  int in_child(const std::function<int()>& work) const {
    const pid_t child = ::fork();
    if (child < 0) return W_EXITCODE(exit_other, 0);
    if (child == 0) {
      become_quiet(Run::current().options());
      ::_exit(work());
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  // Runs a case on these choices. Nothing unless it fails as the first one did.
  std::optional<Failing> attempt(const Choices& choices, Failure* shown = nullptr) const {
    limit_attempt();
    Case c(index_, count_, Run::current().case_seed(index_), &choices);
    const std::optional<Failure> failure = Run::current().attempt(c, body_);
    if (!failure || !same_mistake(*failure, failure_)) return std::nullopt;
    if (shown != nullptr) *shown = *failure;
    return Failing{c.choices(), weight_of(c)};
  }

  int search() {
    const std::optional<Choices> choices = read_choices(best());
    if (!choices) return exit_other;
    std::optional<Failing> first = attempt(*choices);
    if (!first) return exit_other;
    Shrinker shrinker(
        std::move(*first),
        [this](const Choices& candidate) { return fresh(candidate) ? attempt(candidate) : std::nullopt; },
        [this](const Failing& simpler) { put(board_->best_size, board_->best, choices_text(simpler.choices)); });
    shrinker.run([this] { return board_->runs == most_runs; });
    return exit_done;
  }

  int show() {
    Failure failure;
    const std::optional<Choices> choices = read_choices(best());
    if (!choices || !attempt(*choices, &failure)) return exit_other;
    put(board_->failure_size, board_->failure, packed(failure));
    return exit_done;
  }

  // True for choices that were not tried before. Notes them first: an attempt that ends its process is not repeated.
  bool fresh(const Choices& choices) {
    const std::uint64_t key = key_of(choices_text(choices));
    const std::uint64_t* const end = board_->tried + board_->runs;
    if (std::find(board_->tried, const_cast<std::uint64_t*>(end), key) != end) return false;
    board_->tried[board_->runs++] = key;
    return true;
  }

  std::int64_t index_, count_;
  const Failure& failure_;
  FunctionRef<void(Case&)> body_;
  SharedBoard board_;
};

}  // namespace

std::optional<Smaller> find_smaller(const Case& c, std::int64_t count, const Failure& failure,
                                    FunctionRef<void(Case&)> body) {
  std::fflush(nullptr);
  return Search(c, count, failure, body).run(choices_text(c.choices()));
}

}  // namespace tinytorch::lab
