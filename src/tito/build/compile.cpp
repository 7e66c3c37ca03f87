#include "src/tito/build/compile.hpp"

#include "src/tito/util/process.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

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

// The includes at the beginning of a file, to which most of the time of compiling it goes. Up to the first line that
// may change what an include means (a macro, a condition, a block comment): compiled ahead they are what they are in
// place, and one that the file lacks is lacking here, too.
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

// Removes the heads not used for longest, of 70 to 100 MB each, with those of earlier headers among them.
void prune_heads(const fs::path& folder) {
  constexpr std::size_t kept = 6;  // two labs' units
  std::vector<std::pair<fs::file_time_type, fs::path>> heads;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".gch") heads.emplace_back(entry.last_write_time(error), entry.path());
  }
  std::sort(heads.rbegin(), heads.rend());
  for (std::size_t i = kept; i < heads.size(); ++i) fs::remove(heads[i].second, error);
}

// A header of what `text` includes, precompiled by `command` for this state of all headers; the compiler finds it
// beside the file returned. None when it does not compile: the file by itself says better why.
std::optional<fs::path> precompiled_head(const Context& context, std::vector<std::string> command,
                                         const std::string& state, const std::string& text) {
  const std::string includes = includes_of(text);
  Hash hash;
  for (const std::string& word : command) hash.add(word);
  const fs::path folder = cache_dir(context) / "head";
  const fs::path head = folder / (hash.add(state).add(includes).text() + ".hpp"), made = head.string() + ".gch";
  // Two threads never make the same head, and make different ones side by side.
  static std::array<std::mutex, 16> guards;
  const std::lock_guard lock(guards[std::hash<std::string>()(made.string()) % guards.size()]);
  if (fs::exists(made)) {
    std::error_code ignored;
    fs::last_write_time(made, fs::file_time_type::clock::now(), ignored);
    return head;
  }
  write_file(head, includes);
  const fs::path partial = made.string() + own_suffix();
  command.insert(command.end(), {"-x", "c++-header", head.string(), "-o", partial.string()});
  ProcessOptions options;
  options.directory = context.root;
  options.argv = std::move(command);
  options.environment = {"LC_ALL=C"};
  if (!run_process(options).ok()) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    return std::nullopt;
  }
  fs::rename(partial, made);
  prune_heads(folder);
  return head;
}

// A header that a student has put beside their file, or in a folder there, counts as those of the project.
std::string state_beside(const fs::path& source) {
  std::set<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(source.parent_path(), none)) {
    if (entry.path().extension() == ".hpp" || entry.path().extension() == ".h") files.insert(entry.path());
  }
  Hash hash;
  for (const fs::path& file : files) hash.add_file_state(file);
  return hash.text();
}

}  // namespace

Hash& Hash::add(std::string_view piece) {
  const auto byte = [&](unsigned char c) { value_ = (value_ ^ c) * 1099511628211ULL; };
  for (const char c : piece) byte(static_cast<unsigned char>(c));
  for (std::size_t n = piece.size(), i = 0; i < sizeof n; ++i, n >>= 8) byte(static_cast<unsigned char>(n & 0xff));
  return *this;
}

Hash& Hash::add_file_state(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  const auto time = fs::last_write_time(file, error).time_since_epoch().count();
  return add(fmt::format("{} {} {}", file.string(), size, time));
}

std::string Hash::text() const { return fmt::format("{:016x}", value_); }

std::string own_suffix() {
  static std::atomic<unsigned> count{0};
  return fmt::format(".{}.{}", getpid(), ++count);
}

fs::path cache_dir(const Context& context) { return context.build() / "work"; }

std::string header_state(const Context& context) {
  std::set<fs::path> files;
  for (const fs::path& top : {context.root / "include", context.root / "src" / "core"}) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(top, error)) {
      if (entry.path().extension() == ".hpp") files.insert(entry.path());
    }
  }
  Hash hash;
  for (const fs::path& file : files) hash.add_file_state(file);
  return hash.text();
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
  std::vector<std::string> command = compile_command(context, stacks, level);
  const std::string file = shown(context, source), text = read_file(source), state = headers + state_beside(source);
  Hash hash;
  for (const std::string& word : command) hash.add(word);
  hash.add_file_state(stacks.compiler).add(state).add(file).add(text);
  const fs::path stem = cache_dir(context) / (flat_name(unit.name) + "-" + hash.text());
  const fs::path object = stem.string() + ".o", warnings = stem.string() + ".txt";
  std::error_code error;
  if (fs::exists(object) && fs::exists(warnings)) {
    fs::last_write_time(object, fs::file_time_type::clock::now(), error);  // for prune_cache: the oldest go first
    return {object, read_file(warnings)};
  }
  if (level == Level::test) {
    const auto head = precompiled_head(context, command, state, text);
    if (head) command.insert(command.end(), {"-include", head->string()});
  }
  fs::create_directories(cache_dir(context));
  const fs::path partial = stem.string() + own_suffix() + ".part";
  ProcessOptions options;
  options.directory = context.root;
  options.argv = std::move(command);
  options.argv.insert(options.argv.end(), {"-c", file, "-o", partial.string()});
  options.environment = {"LC_ALL=C"};
  const ProcessResult result = run_process(options);
  if (!result.ok()) {
    fs::remove(partial, error);
    if (result.err.empty()) throw trouble(fmt::format("the compiler stopped: {}", describe_end(result.status)));
    throw BuildFailure(first_error(result.err, file));
  }
  write_file(warnings, result.err);
  fs::rename(partial, object);
  return {object, result.err};
}

}  // namespace tinytorch::tito
