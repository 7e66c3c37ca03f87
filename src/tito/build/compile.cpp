#include "src/tito/build/compile.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <set>

namespace tinytorch::tito {
namespace {

std::string flat_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

bool is_error(const std::string& line) {
  return line.find(": error: ") != std::string::npos || line.find(": fatal error: ") != std::string::npos;
}

std::vector<std::string> compile_command(const Context& context, const Stacks& stacks, Level level) {
  std::vector<std::string> command = {stacks.compiler.string()};
  command.insert(command.end(), stacks.flags.begin(), stacks.flags.end());
  for (const char* flag : {"-Wno-error", "-Wno-unused", "-Wno-unused-parameter", "-fdiagnostics-color=never"}) {
    command.emplace_back(flag);
  }
  command.emplace_back(level == Level::debug ? "-O0" : level == Level::test ? "-O1" : "-O2");
  if (level == Level::debug)
    command.emplace_back("-g");
  else if (context.preset != "release")
    command.emplace_back("-g1");  // so that a sanitizer can name the line
  return command;
}

// The includes at the beginning of a file: compiling these takes most of the time. They end at the first line that may
// change what an include means (a macro, a condition, a block comment), so the compiler reads the same as in the file.
std::string includes_of(const std::string& text) {
  std::string includes;
  for (const std::string& line : split_lines(text)) {
    if (line.starts_with("#include ")) {
      includes += line + "\n";
    } else if (!line.empty() && !line.starts_with("//")) {
      break;
    }
  }
  return includes;
}

// A header of what `text` includes, precompiled by `command` for this state of all headers; the compiler finds it
// beside the file returned. None when it does not compile: compiling the file itself gives a better error.
std::optional<fs::path> precompiled_head(const Context& context, const ProcessOptions& command,
                                         const std::string& state, const std::string& text) {
  const std::string includes = includes_of(text);
  Hash hash;
  for (const std::string& word : command.argv) hash.add(word);
  const fs::path folder = cache_dir(context) / "head";
  const fs::path head = folder / (hash.add(state).add(includes).text() + ".hpp"), made = head.string() + ".gch";
  // Two threads never make the same head. They may make different ones at the same time.
  static std::array<std::mutex, 16> guards;
  const std::lock_guard lock(guards[std::hash<std::string>()(made.string()) % guards.size()]);
  if (in_cache(made)) return head;
  write_file(head, includes);
  ProcessOptions precompile = command;
  precompile.argv.insert(precompile.argv.end(), {"-x", "c++-header", head.string()});
  if (!make_cached(made, precompile).ok()) return std::nullopt;
  prune_heads(folder);
  return head;
}

void add_headers(const fs::path& folder, std::set<fs::path>& files) {
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
    if (entry.path().extension() == ".hpp" || entry.path().extension() == ".h") files.insert(entry.path());
  }
}

std::string state_of(const std::set<fs::path>& files) {
  Hash hash;
  for (const fs::path& file : files) hash.add_file_state(file);
  return hash.text();
}

}  // namespace

std::string header_state(const Context& context) {
  std::set<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(context.root / "src", none)) {
    if (entry.path().filename() != "tito") add_headers(entry.path(), files);
  }
  add_headers(context.root / "include", files);
  return state_of(files);
}

std::string first_error(const std::string& compiler_output, const std::string& file) {
  const std::vector<std::string> lines = split_lines(compiler_output);
  const auto error = std::find_if(lines.begin(), lines.end(), is_error);
  if (error == lines.end()) return compiler_output;
  std::string text = *error;
  // gcc and clang show the source line and a caret below the message.
  for (auto line = error + 1; line != lines.end() && line <= error + 2 && line->rfind("   ", 0) == 0; ++line) {
    text += "\n" + *line;
  }
  if (error->rfind(file + ":", 0) == 0) return text;
  // An error in a header: the student needs the line of theirs that led there.
  for (const std::string& line : lines) {
    if (line.rfind(file + ":", 0) == 0) return text + "\n" + line;
  }
  return text;
}

Compiled compile(const Context& context, const Stacks& stacks, const Unit& unit, const fs::path& source, Level level,
                 const std::string& headers) {
  ProcessOptions command;
  command.directory = context.root;
  command.argv = compile_command(context, stacks, level);
  std::set<fs::path> beside;  // headers that a student has put beside their file, or in a folder there
  add_headers(source.parent_path(), beside);
  const std::string file = shown(context, source), text = read_file(source), state = headers + state_of(beside);
  Hash hash;
  for (const std::string& word : command.argv) hash.add(word);
  hash.add_file_state(stacks.compiler).add(state).add(file).add(text);
  const fs::path stem = cache_dir(context) / (flat_name(unit.name) + "-" + hash.text());
  const fs::path object = stem.string() + ".o", warnings = stem.string() + ".txt";
  if (fs::exists(warnings) && in_cache(object)) return {object, read_file(warnings)};
  if (level == Level::test) {
    const auto head = precompiled_head(context, command, state, text);
    if (head) command.argv.insert(command.argv.end(), {"-include", head->string()});
  }
  command.argv.insert(command.argv.end(), {"-c", file});
  const ProcessResult result = make_cached(object, command);
  if (!result.ok()) {
    if (result.err.empty()) throw trouble("the compiler stopped: " + ending(result));
    throw BuildFailure(first_error(result.err, file));
  }
  write_file(warnings, result.err);
  return {object, result.err};
}

}  // namespace tinytorch::tito
