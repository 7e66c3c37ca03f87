#include "src/tito/grade/sandbox.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/tools.hpp"

#include <cmath>
#include <initializer_list>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

void add(std::vector<std::string>& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
}

// Set before any walls: a process can lower its limits, never raise them.
std::vector<std::string> limits_of(const Confinement& confinement) {
  const auto seconds = static_cast<long>(std::ceil(confinement.seconds));
  std::vector<std::string> words{"prlimit",
                                 "--core=0",
                                 fmt::format("--cpu={}:{}", seconds, seconds + 1),
                                 fmt::format("--fsize={}", confinement.file_bytes),
                                 "--nofile=128",
                                 fmt::format("--nproc={}", confinement.processes)};
  if (confinement.memory_bytes > 0) words.push_back(fmt::format("--as={}", confinement.memory_bytes));
  words.emplace_back("--");
  return words;
}

// Root's processes are not counted, and root reads every file: a submission never runs as root.
std::vector<std::string> as_nobody() {
  if (::geteuid() != 0) return {};
  return {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--"};
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

std::vector<std::string> in_namespaces(const Confinement& confinement, const std::vector<std::string>& environment) {
  std::vector<std::string> words{"bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"};
  for (const std::string& entry : environment) {
    const auto equals = entry.find('=');
    add(words, {"--setenv", entry.substr(0, equals), entry.substr(equals + 1)});
  }
  add_system(words);
  add(words, {"--proc", "/proc", "--dev", "/dev", "--size", std::to_string(64 << 20), "--tmpfs", "/tmp"});
  for (const fs::path& path : confinement.readable) add(words, {"--ro-bind", path.string(), path.string()});
  if (!confinement.writable.empty()) {
    add(words, {"--bind", confinement.writable.string(), confinement.writable.string()});
  }
  add(words, {"--chdir", confinement.directory.empty() ? "/" : confinement.directory.string(), "--"});
  return words;
}

// An empty environment for walls that have none of their own.
std::vector<std::string> in_environment(const std::vector<std::string>& environment) {
  std::vector<std::string> words{"env", "-i"};
  words.insert(words.end(), environment.begin(), environment.end());
  return words;
}

bool works(Walls walls) {
  for (const char* program : {"prlimit", "setpriv", "env"}) {
    if (!in_path(program)) return false;
  }
  if (walls == Walls::namespaces && !in_path("bwrap")) return false;
  if (walls == Walls::user && ::geteuid() != 0) return false;
  ProcessOptions options;
  options.argv = confined(walls, {}, {"/usr/bin/true"});
  options.seconds = 5;
  return run_process(options).ok();
}

}  // namespace

const char* to_string(Walls walls) {
  switch (walls) {
    case Walls::namespaces:
      return "namespaces";
    case Walls::user:
      return "user";
    case Walls::limits:
      return "limits";
  }
  return "?";
}

std::string promise_of(Walls walls) {
  switch (walls) {
    case Walls::namespaces:
      return "a submission sees no file of the course, no other process and no network";
    case Walls::user:
      return "a submission runs as a user without rights, but sees files and processes that every user may see, and "
             "the "
             "network";
    case Walls::limits:
      return "a submission is limited in time, memory and files alone; grade only what you trust on this machine";
  }
  return "";
}

Walls strongest_walls() {
  static const Walls found = works(Walls::namespaces) ? Walls::namespaces
                             : works(Walls::user)     ? Walls::user
                                                      : Walls::limits;
  return found;
}

std::vector<std::string> confined(Walls walls, const Confinement& confinement, const std::vector<std::string>& argv,
                                  const std::vector<std::string>& environment) {
  std::vector<std::string> all{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  all.insert(all.end(), environment.begin(), environment.end());
  std::vector<std::string> words = limits_of(confinement);
  if (confinement.as_nobody && walls != Walls::limits) {
    const std::vector<std::string> nobody = as_nobody();
    words.insert(words.end(), nobody.begin(), nobody.end());
  }
  const std::vector<std::string> inner =
      walls == Walls::namespaces ? in_namespaces(confinement, all) : in_environment(all);
  words.insert(words.end(), inner.begin(), inner.end());
  words.insert(words.end(), argv.begin(), argv.end());
  return words;
}

}  // namespace tinytorch::tito
