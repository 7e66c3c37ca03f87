#include "src/tito/grade/walls/scratch.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr std::string_view scratch_name = "tito-grade";

// The process that has made the folder of that name; 0 for a name that is none of ours.
pid_t maker_of(std::string_view name) {
  if (!name.starts_with(scratch_name) || name.size() < scratch_name.size() + 2) return 0;
  pid_t process = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + scratch_name.size() + 1, end, process);
  return read.ec == std::errc() && read.ptr != end && *read.ptr == '.' ? process : 0;
}

bool is_gone(pid_t process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

void remove_those_of_the_dead(const fs::path& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const pid_t maker = maker_of(entry.path().filename().string());
    struct stat state = {};
    const bool ours =
        ::lstat(entry.path().c_str(), &state) == 0 && S_ISDIR(state.st_mode) && state.st_uid == ::geteuid();
    if (maker > 0 && ours && is_gone(maker)) fs::remove_all(entry.path(), failed);
  }
}

}  // namespace

Scratch::Scratch() {
  const fs::path temporary = fs::temp_directory_path();
  remove_those_of_the_dead(temporary);
  path_ = temporary / (std::string(scratch_name) + own_suffix());
  constexpr mode_t pass_through = 0711;
  if (::mkdir(path_.c_str(), pass_through) != 0 || ::chmod(path_.c_str(), pass_through) != 0)
    throw trouble(path_.string() + " can't be made");
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace tinytorch::tito
