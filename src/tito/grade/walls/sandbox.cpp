#include "src/tito/grade/walls/sandbox.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr std::array all_walls{Walls::namespaces, Walls::user, Walls::limits};
constexpr std::size_t room_bytes = std::size_t{64} << 20;  // of each folder that a submission may fill
constexpr std::size_t most_processes = 64;                 // and threads

// Numbers that neither people nor services get, and no container either. Source: systemd, UIDS-GIDS, "unused".
constexpr unsigned first_guest = 1879048192, guests_of_a_process = 64, processes_apart = 1U << 21;

unsigned first_guest_here() {
  return first_guest + static_cast<unsigned>(::getpid()) % processes_apart * guests_of_a_process;
}

bool are_root() { return ::geteuid() == 0; }

void add(std::vector<std::string>& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::vector<std::string> as_user(unsigned user) {
  if (user == 0) return {};
  const std::string number = std::to_string(user);
  return {"setpriv", "--reuid=" + number, "--regid=" + number, "--clear-groups", "--no-new-privs", "--inh-caps=-all",
          "--"};
}

// The processes and threads of our user: the kernel counts them together with those of a submission that runs as us.
std::size_t own_threads() {
  std::size_t count = 0;
  std::error_code gone;
  for (const auto& process : fs::directory_iterator("/proc", gone)) {
    struct stat state = {};
    if (::stat(process.path().c_str(), &state) != 0 || state.st_uid != ::geteuid()) continue;
    for (fs::directory_iterator thread(process.path() / "task", gone); !gone && thread != fs::directory_iterator();
         thread.increment(gone))
      ++count;
  }
  return count;
}

std::vector<std::string> limits_of(const Confinement& confinement) {
  const auto seconds = static_cast<long>(std::ceil(confinement.seconds));
  const std::size_t others = confinement.user == 0 && !are_root() ? own_threads() : 0;
  std::vector<std::string> words{"prlimit",
                                 "--core=0",
                                 fmt::format("--cpu={}:{}", seconds, seconds + 1),
                                 fmt::format("--fsize={}", confinement.file_bytes),
                                 "--nofile=128",
                                 fmt::format("--nproc={}", most_processes + others)};
  if (confinement.memory_bytes > 0) words.push_back(fmt::format("--as={}", confinement.memory_bytes));
  words.emplace_back("--");
  return words;
}

// The programs, libraries and compilers of the machine, without its other files.
void add_system(std::vector<std::string>& words) {
  add(words, {"--ro-bind", "/usr", "/usr"});
  for (const char* folder : {"/lib", "/lib64", "/bin"}) {
    if (fs::is_symlink(folder)) {
      add(words, {"--symlink", fs::read_symlink(folder).string(), folder});
    } else if (fs::exists(folder)) {
      add(words, {"--ro-bind", folder, folder});
    }
  }
  for (const char* file : {"/etc/ld.so.cache", "/etc/alternatives"}) add(words, {"--ro-bind-try", file, file});
}

std::vector<std::string> in_namespaces(const Confinement& confinement) {
  std::vector<std::string> words{"bwrap", "--unshare-all", "--die-with-parent", "--new-session"};
  add_system(words);
  add(words, {"--proc", "/proc", "--dev", "/dev"});
  for (const char* folder : {"/tmp", "/dev/shm"}) {
    add(words, {"--size", std::to_string(room_bytes), "--tmpfs", folder});
  }
  for (const fs::path& path : confinement.readable) add(words, {"--ro-bind", path.string(), path.string()});
  if (!confinement.writable.empty()) {
    add(words, {"--bind", confinement.writable.string(), confinement.writable.string()});
  }
  words.emplace_back("--");
  return words;
}

// "" when a program runs between such walls, else why none does.
std::string obstacle_to(Walls walls) {
  for (const char* program : {"prlimit", "setpriv", "env"}) {
    if (!in_path(program)) return fmt::format("`{}` is not installed", program);
  }
  if (walls == Walls::namespaces && !in_path("bwrap")) return "`bwrap` is not installed (package bubblewrap)";
  if (walls == Walls::user && !are_root()) return "only root can become another user";
  if (walls == Walls::limits && are_root()) return "root reads and ends everything";
  const Guest guest;
  Confinement confinement;
  confinement.user = guest.number();
  ProcessOptions options;
  options.argv = confined(walls, confinement, {"/usr/bin/true"}, WallsReport::errors);
  options.seconds = 5;
  ProcessResult result = run_process(options);
  if (take_report(result.err) && result.ok()) return "";
  return result.err.empty() ? ending(result) : result.err.substr(0, result.err.find('\n'));
}

std::mutex guests_guard;
std::array<bool, guests_of_a_process> guests_taken{};

// Only files of the guest: where everyone may write, everyone's files lie.
void remove_files_of(unsigned user) {
  for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm"}) {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
      struct stat state = {};
      const bool theirs = ::lstat(entry.path().c_str(), &state) == 0 && state.st_uid == user;
      if (theirs) fs::remove_all(entry.path(), failed);
    }
  }
}

}  // namespace

const char* to_string(Walls walls) { return wall_names()[static_cast<std::size_t>(walls)].c_str(); }

const std::vector<std::string>& wall_names() {
  static const std::vector<std::string> names{"namespaces", "user", "limits"};
  return names;
}

std::string promise_of(Walls walls) {
  switch (walls) {
    case Walls::namespaces:
      return "a submission sees no file of the course, no other process and no network";
    case Walls::user:
      return "a submission runs as a user without rights, but sees the network and what every user may see";
    case Walls::limits:
      return "a submission is limited in time, memory and files alone, and can do what you can: grade only what you "
             "trust";
  }
  return "";
}

Walls choose_walls(std::string_view name) {
  std::string obstacles;
  for (const Walls walls : all_walls) {
    if (!name.empty() && name != to_string(walls)) continue;
    const std::string obstacle = obstacle_to(walls);
    if (obstacle.empty()) return walls;
    obstacles += fmt::format("\n  {}: {}", to_string(walls), obstacle);
  }
  throw trouble("no walls can be built around a submission:" + obstacles);
}

Guest::Guest() {
  const std::lock_guard lock(guests_guard);
  const auto free = std::find(guests_taken.begin(), guests_taken.end(), false);
  if (free == guests_taken.end()) throw trouble(fmt::format("more than {} guests at once", guests_of_a_process));
  *free = true;
  seat_ = static_cast<std::size_t>(free - guests_taken.begin());
  if (!are_root()) return;
  number_ = first_guest_here() + static_cast<unsigned>(seat_);
}

Guest::~Guest() {
  try {
    ProcessOptions options;
    options.argv = as_user(number_);
    add(options.argv, {"sh", "-c", "kill -KILL -1"});  // all that this user may end: its own
    if (number_ != 0) run_process(options);
    for (int i = 0; number_ != 0 && i < 200 && has_processes(number_); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // a killed process ends when it runs next
    }
    if (number_ != 0) remove_files_of(number_);
  } catch (const std::exception&) {  // no setpriv: then nothing has run as this user
  }
  const std::lock_guard lock(guests_guard);
  guests_taken[seat_] = false;
}

bool is_guest(unsigned number) {
  return number >= first_guest_here() && number - first_guest_here() < guests_of_a_process;
}

bool has_processes(unsigned user) {
  std::error_code gone;
  for (const auto& process : fs::directory_iterator("/proc", gone)) {
    struct stat state = {};
    if (::stat(process.path().c_str(), &state) != 0 || state.st_uid != user) continue;
    // What has ended has no program any more.
    if (!fs::read_symlink(process.path() / "exe", gone).empty()) return true;
  }
  return false;
}

std::vector<std::string> confined(Walls walls, const Confinement& confinement, const std::vector<std::string>& argv,
                                  WallsReport report, const std::vector<std::string>& environment) {
  std::vector<std::string> words;
  const auto append = [&](const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  if (walls != Walls::limits) append(as_user(confinement.user));
  if (walls == Walls::namespaces) append(in_namespaces(confinement));
  append(limits_of(confinement));
  append({"env", "-i", "-C", confinement.directory.empty() ? "/" : confinement.directory.string()});
  append({"PATH=/usr/bin:/bin", "LANG=C.UTF-8"});
  append(environment);
  const int descriptor = report == WallsReport::errors ? STDERR_FILENO : stream_descriptor;
  append({"sh", "-c",
          fmt::format("test -x \"$(command -v \"$0\")\" && printf '{}\\n' >&{} && exec \"$0\" \"$@\"",
                      walls_stand.substr(0, walls_stand.size() - 1), descriptor)});
  append(argv);
  return words;
}

bool take_report(std::string& written) {
  if (!written.starts_with(walls_stand)) return false;
  written.erase(0, walls_stand.size());
  return true;
}

}  // namespace tinytorch::tito
