#include "src/tito/grade/attacks/host.hpp"

#include "src/tito/grade/walls/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr const char* canary_text = "nobody writes here\n";
// What the attacks try to write, wherever that may be.
constexpr const char* written_by_attacks = "CANARY";

template <class Counts>
void look_into(const fs::path& folder, const Counts& counts, std::vector<std::string>& found) {
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(folder, gone)) {
    struct stat state = {};
    if (::lstat(entry.path().c_str(), &state) == 0 && counts(entry.path(), state.st_uid)) {
      found.push_back(entry.path().string() + " is left behind");
    }
  }
}

// The copy of a suite's program, in a scratch folder of this process, that a submission runs in.
bool runs_a_suite(const fs::path& process) {
  std::error_code gone;
  const std::string ours = fmt::format("/tito-grade.{}.", ::getpid());
  return fs::read_symlink(process / "exe", gone).string().find(ours) != std::string::npos;
}

}  // namespace

Host::Host(const Context& context)
    : root_(context.root),
      canary_(fs::temp_directory_path() / ("tito-canary" + own_suffix())),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      free_bytes_(fs::space(fs::temp_directory_path()).available) {
  write_file(canary_, canary_text);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  const bool listens = ::bind(listener_.get(), any, size) == 0 && ::listen(listener_.get(), 16) == 0 &&
                       ::getsockname(listener_.get(), any, &size) == 0;
  if (!listens) throw trouble("no port of this machine can be listened on");
  port_ = ntohs(address.sin_port);
}

Host::~Host() {
  std::error_code ignored;
  fs::remove(canary_, ignored);
}

std::vector<std::string> Host::changes() const {
  std::vector<std::string> found;
  if (!fs::exists(canary_) || read_file(canary_) != canary_text) found.push_back(canary_.string() + " is changed");
  const Descriptor caller(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (caller.open()) found.push_back(fmt::format("somebody has connected to port {}", port_));
  look_into(
      "/proc",
      [](const fs::path& process, uid_t user) {
        return (is_guest(user) && has_processes(user)) || runs_a_suite(process);
      },
      found);
  for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm"}) {
    look_into(
        folder, [](const fs::path&, uid_t user) { return is_guest(user); }, found);
  }
  for (const fs::path& folder : {root_, fs::path("/"), fs::path("/tmp")}) {
    look_into(
        folder, [](const fs::path& path, uid_t) { return path.filename() == written_by_attacks; }, found);
  }
  const std::uint64_t now = fs::space(fs::temp_directory_path()).available;
  if (now + most_bytes < free_bytes_) {
    found.push_back(fmt::format("{} MiB of the disk are used up", (free_bytes_ - now) >> 20));
  }
  return found;
}

}  // namespace tinytorch::tito
