#include "tests/kit/instruments/fixture.hpp"

#include "tinytorch/core/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>

#include <signal.h>
#include <unistd.h>

namespace tinytorch::lab {
namespace fs = std::filesystem;

namespace {
fs::path inside(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return fs::path(path);
}

// A folder in memory if the machine has one: a suite makes thousands of folders and has a time limit.
fs::path parent() {
  const char* memory = "/dev/shm";
  return ::access(memory, W_OK | X_OK) == 0 ? fs::path(memory) : fs::temp_directory_path();
}

constexpr std::string_view prefix = "tinytorch-fixture-";

// Removes the folders of processes that crashed. A folder's name holds the number of its process.
fs::path clean_parent() {
  fs::path folder = parent();
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const pid_t owner = std::atoi(name.c_str() + prefix.size());
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
  return folder;
}

}  // namespace

Fixture::Fixture() {
  static const fs::path folder = clean_parent();
  std::string name = (folder / prefix).string() + std::to_string(::getpid()) + "-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw FileError("[fixture] cannot make a folder: " + name);
  root_ = name;
}

Fixture::~Fixture() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void Fixture::write(std::string_view path, std::string_view text) {
  const fs::path file = root_ / inside(path);
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw FileError("[fixture] cannot write " + file.string());
}

void Fixture::make_folder(std::string_view path) { fs::create_directories(root_ / inside(path)); }

void Fixture::remove(std::string_view path) { fs::remove_all(root_ / inside(path)); }

}  // namespace tinytorch::lab
