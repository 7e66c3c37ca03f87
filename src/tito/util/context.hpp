// Where the checkout is, what the terminal can do, and how a verb ends.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::tito {

namespace fs = std::filesystem;

/// What a verb hands back to the shell.
enum Exit : int {
  exit_ok = 0,       // everything asked for is there
  exit_not_all = 1,  // it ran, and not everything is right
  exit_usage = 2,    // the command line does not make sense
  exit_trouble = 3,  // a fault of tito or of the machine: it says nothing about the student's code
};

/// Ends the program with one line on stderr and this exit code.
struct CommandError : std::runtime_error {
  CommandError(int code, const std::string& what) : std::runtime_error(what), exit_code(code) {}
  int exit_code;
};

/// The command line names something that does not exist.
inline CommandError usage_error(const std::string& what) { return CommandError(exit_usage, what); }

/// Something of tito, or of the machine, is broken.
inline CommandError trouble(const std::string& what) { return CommandError(exit_trouble, what); }

/// The paths and the terminal that every verb works with. Tests fill one in by hand.
struct Context {
  fs::path root;     // the checkout: CMakeLists.txt, modules/, include/
  fs::path modules;  // root/modules
  fs::path work;     // root/work; TINYTORCH_WORK names another folder
  std::string preset = "release";
  bool terminal = false;  // stdout is a terminal: lines may be redrawn
  bool colour = false;    // terminal, and neither NO_COLOR nor TERM=dumb
  int columns = 80;
  bool built = false;                         // this process has built everything: ninja is not called again
  int exit_code = exit_ok;                    // set by the verb
  std::vector<std::string> compiler_walls{};  // the words before the compiler's when it reads what nobody has read;
                                              // they write `walls_stand` to stderr before it starts

  fs::path build() const { return root / "build" / preset; }
  /// What the tool remembers for the student: seed, hints seen, results, backups.
  fs::path state() const { return work / ".tito"; }
};

/// What walls around a program write when they stand, before it starts. So it can't be what the program has written,
/// and nothing that the program writes looks as if they had not stood.
constexpr std::string_view walls_stand = "the walls stand\n";

/// The context of this process. Throws CommandError when no checkout is found around the binary or TINYTORCH_ROOT.
Context make_context();

enum class Style { plain, good, bad, warning, heading, faint };

/// `text` in the style's colour on a terminal, else unchanged. Colour only repeats what the words say.
std::string paint(const Context& context, Style style, std::string_view text);

/// A bar of `width` cells, filled in proportion: "#####.....".
std::string bar(double part, double whole, int width = 20);

/// The file's bytes. Throws CommandError (3) with the path when it can't be read.
std::string read_file(const fs::path& path);

/// Replaces the file in one step: writes another beside it, then renames that. Makes its folders. Throws CommandError
/// (3).
void write_file(const fs::path& path, std::string_view text);

/// ".<process>.<number>": ends the name of a file that no other process or thread writes until it is renamed.
std::string own_suffix();

/// `path` as a person at the checkout's root would type it.
std::string shown(const Context& context, const fs::path& path);

/// "20260131-142507", local time, for file names that sort by age.
std::string timestamp();

/// "2026-01-31 14:25", local time.
std::string now_text();

}  // namespace tinytorch::tito
