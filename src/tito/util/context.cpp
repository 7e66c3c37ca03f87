#include "src/tito/util/context.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tinytorch::tito {

namespace {

bool is_checkout(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "CMakeLists.txt", ignored) && fs::exists(folder / "modules", ignored);
}

fs::path find_root() {
  if (const char* named = std::getenv("TINYTORCH_ROOT"); named != nullptr && *named != '\0') {
    const fs::path root = fs::absolute(named).lexically_normal();
    if (!is_checkout(root)) throw trouble("TINYTORCH_ROOT is no checkout: " + root.string());
    return root;
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path folder : {program.parent_path(), fs::current_path()}) {
    for (; !folder.empty(); folder = folder.parent_path()) {
      if (is_checkout(folder)) return folder;
      if (folder == folder.root_path()) break;
    }
  }
  throw trouble("no checkout around this program; run ./tito from the checkout, or set TINYTORCH_ROOT");
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

int terminal_columns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 80;
}

// What switches the terminal to the style.
const char* escape(Style style) {
  constexpr std::array<const char*, 6> codes = {"", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[2m"};
  return codes.at(static_cast<std::size_t>(style));
}

std::string local_time(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

}  // namespace

Context make_context() {
  Context context;
  context.root = find_root();
  context.modules = context.root / "modules";
  context.work = context.root / "work";
  if (is_set("TINYTORCH_WORK")) context.work = fs::absolute(std::getenv("TINYTORCH_WORK")).lexically_normal();
  if (is_set("TINYTORCH_PRESET")) context.preset = std::getenv("TINYTORCH_PRESET");
  const char* term = std::getenv("TERM");
  context.terminal = isatty(STDOUT_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
  context.colour = context.terminal && !is_set("NO_COLOR");
  if (context.terminal) context.columns = terminal_columns();
  return context;
}

std::string paint(const Context& context, Style style, std::string_view text) {
  if (!context.colour || style == Style::plain) return std::string(text);
  return escape(style) + std::string(text) + "\x1b[0m";
}

std::string bar(double part, double whole, int width) {
  const double share = whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0.0;
  const auto filled = static_cast<std::size_t>(share * width);
  return std::string(filled, '#') + std::string(static_cast<std::size_t>(width) - filled, '.');
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) throw trouble("can't read " + path.string());
  return text.str();
}

void write_file(const fs::path& path, std::string_view text) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  const fs::path temporary = path.string() + own_suffix() + ".new";
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << text;
    file.flush();
    if (!file) throw trouble("can't write " + temporary.string());
  }
  fs::rename(temporary, path, error);
  if (error) throw trouble("can't write " + path.string() + ": " + error.message());
}

std::string own_suffix() {
  static std::atomic<unsigned> count{0};
  return "." + std::to_string(getpid()) + "." + std::to_string(++count);
}

std::string shown(const Context& context, const fs::path& path) {
  const fs::path relative = path.lexically_relative(context.root);
  if (relative.empty() || *relative.begin() == "..") return path.string();
  return relative.string();
}

std::string timestamp() { return local_time("%Y%m%d-%H%M%S"); }

std::string now_text() { return local_time("%Y-%m-%d %H:%M"); }

}  // namespace tinytorch::tito
