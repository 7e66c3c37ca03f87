#include "src/tito/build/compile.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <sys/stat.h>

namespace tinytorch::tito {
namespace {

// For a compiler between walls, which set its own limit of processor time: it may sleep for ten times as long.
constexpr double walled_seconds = 120;

std::string flat_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

bool is_error(const std::string& line) {
  return line.find(": error: ") != std::string::npos || line.find(": fatal error: ") != std::string::npos;
}

// gcc and clang show the source line and a caret below the message; gcc puts the number of the line, of any length, and
// a bar in front: "  116 |   return start".
bool quotes_source(const std::string& line) {
  const std::size_t bar = line.find_first_not_of(" 0123456789");
  return line.starts_with("   ") || (bar != std::string::npos && bar > 0 && line[bar] == '|');
}

std::vector<std::string> compile_command(const Context& context, const Stacks& stacks, const Toolchain& toolchain,
                                         Level level) {
  std::vector<std::string> command = context.compiler_walls;
  command.push_back(stacks.compiler.string());
  command.insert(command.end(), stacks.flags.begin(), stacks.flags.end());
  // The course counts in std::int64_t: a warning wherever a count becomes a double would hide those that matter. A
  // double that becomes a float is still one.
  for (const char* flag : {"-Wno-error", "-Wno-unused", "-Wno-unused-parameter", "-Wno-conversion",
                           "-Wfloat-conversion", "-fdiagnostics-color=never"}) {
    command.emplace_back(flag);
  }
  command.emplace_back(level == Level::debug ? "-O0" : level == Level::run ? "-O2" : "-O1");
  if (level == Level::schedules) command.emplace_back("-fsanitize=thread");
  command.emplace_back(level == Level::debug ? "-g" : "-g1");  // so that a crash has a line
  // A function that ends without its return traps there, instead of running on into whatever lies behind it.
  if (context.preset == "release") {
    command.emplace_back("-fsanitize=return");
    command.emplace_back(toolchain.clang ? "-fsanitize-trap=return" : "-fsanitize-undefined-trap-on-error");
  }
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

// The compiler has read a file that a student's file may not include.
struct Refused {
  std::string file;
};

void remove_quietly(const fs::path& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

void add_headers(const fs::path& folder, std::set<fs::path>& files) {
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
    if (entry.path().extension() == ".hpp" || entry.path().extension() == ".h") files.insert(entry.path());
  }
}

// The headers that a student has put beside their file, or in a folder there.
struct OwnHeaders {
  std::string content;  // a hash
  std::string changed;  // when each was changed last: a hash

  bool operator==(const OwnHeaders&) const = default;
};

OwnHeaders own_headers(const fs::path& folder) {
  std::set<fs::path> files;
  add_headers(folder, files);
  Hash content, changed;
  for (const fs::path& file : files) {
    struct stat state = {};
    ::stat(file.c_str(), &state);  // before the file is read: a later change shows
    changed.add(fmt::format("{} {} {} {}", file.string(), state.st_ino, state.st_ctim.tv_sec, state.st_ctim.tv_nsec));
    if (S_ISREG(state.st_mode)) content.add(file.string()).add(read_file(file));
  }
  return {content.text(), changed.text()};
}

// A header, the student's own or the project's, was changed while the compiler read it.
struct Changed {};

// What the compiler and the assembler have read, by the rules for make that they have written.
std::vector<std::string> files_read(const Context& context, const fs::path& compiled, const fs::path& assembled) {
  std::vector<std::string> files = files_of_rule(read_file(compiled));
  if (!fs::exists(assembled)) return files;
  for (const std::string& file : files_of_rule(read_file(assembled))) {
    if (fs::exists(context.root / file)) files.push_back(file);  // the assembler's own input is gone by now
  }
  return files;
}

// What compiling one file needs to know.
struct Compilation {
  const Context& context;
  const Toolchain& toolchain;
  const IncludeJudge& judge;
  ProcessOptions command;  // without input and output
  fs::path folder;         // the student's
  OwnHeaders own;          // as they were when the key was made
  std::string state;       // of the project's headers, at the same time

  bool unchanged() const { return own_headers(folder) == own && header_state(context) == state; }
};

// What the walls have written comes before what the compiler writes.
void take_walls_report(ProcessResult& result) {
  if (!result.err.starts_with(walls_stand)) {
    throw trouble("the walls around the compiler don't stand: " +
                  (result.err.empty() ? ending(result) : result.err.substr(0, result.err.find('\n'))));
  }
  result.err.erase(0, walls_stand.size());
}

// make_cached for a compilation. Nothing is kept when a file was read that may not be, or one that changed meanwhile:
// then it throws Refused or Changed. `ours` are files that we have written.
ProcessResult make_judged(const Compilation& how, const fs::path& made, ProcessOptions command,
                          const std::vector<std::string>& ours) {
  const fs::path compiled = made.string() + own_suffix() + ".d", assembled = compiled.string() + "s";
  command.argv.insert(command.argv.end(), {"-MD", "-MF", compiled.string(), "-MT", "made"});
  // What .incbin and .include of the assembler read; clang's can't tell.
  if (!how.toolchain.clang) command.argv.push_back("-Wa,--MD," + assembled.string());
  std::string refused;
  ProcessResult result = make_cached(made, command, [&] {
    std::vector<std::string> files = files_read(how.context, compiled, assembled);
    std::erase_if(files, [&](const auto& file) { return std::find(ours.begin(), ours.end(), file) != ours.end(); });
    refused = how.judge.refused(files);
    return refused.empty() && how.unchanged();
  });
  remove_quietly(compiled);
  remove_quietly(assembled);
  if (!how.context.compiler_walls.empty()) take_walls_report(result);
  if (!how.unchanged()) throw Changed();
  if (!refused.empty()) throw Refused{refused};
  return result;
}

// A header of what `text` includes, precompiled for this state of all headers; the compiler finds it beside the file
// returned. None when it does not compile, or includes what it may not: compiling the file itself gives a better error.
std::optional<fs::path> precompiled_head(const Compilation& how, const std::string& state, const std::string& text) {
  const std::string includes = includes_of(text);
  Hash hash;
  for (const std::string& word : how.command.argv) hash.add(word);
  const fs::path folder = cache_dir(how.context) / "head";
  const fs::path head = folder / (hash.add(state).add(includes).text() + ".hpp"), made = head.string() + ".gch";
  // Two threads never make the same head. They may make different ones at the same time.
  static std::array<std::mutex, 16> guards;
  const std::lock_guard lock(guards[std::hash<std::string>()(made.string()) % guards.size()]);
  if (in_cache(made)) return head;
  write_file(head, includes);
  ProcessOptions precompile = how.command;
  precompile.argv.insert(precompile.argv.end(), {"-x", "c++-header", head.string()});
  try {
    if (!make_judged(how, made, precompile, {head.string()}).ok()) return std::nullopt;
  } catch (const Refused&) {
    return std::nullopt;
  }
  prune_heads(folder);
  return head;
}

// The text that was hashed, for the compiler alone; the student's file may change meanwhile. Messages name their file.
class PrivateCopy {
 public:
  PrivateCopy(const fs::path& stem, const std::string& file, const std::string& text)
      : path_(stem.string() + own_suffix() + ".cpp") {
    std::string name;
    for (const char c : file) name += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
    write_file(path_, "#line 1 \"" + name + "\"\n" + text);
  }
  ~PrivateCopy() { remove_quietly(path_); }
  PrivateCopy(const PrivateCopy&) = delete;
  PrivateCopy& operator=(const PrivateCopy&) = delete;

  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

// Makes the object of `text`, the student's `file`. Throws BuildFailure when it includes what it may not.
ProcessResult make_object(const Compilation& how, const fs::path& object, const std::string& file,
                          const std::string& text, const fs::path& head) {
  const PrivateCopy copy(object, file, text);
  ProcessOptions command = how.command;
  command.argv.insert(command.argv.end(), {"-iquote", how.folder.string()});
  const ProcessOptions with_quotes = command;
  const auto preprocessed = [&](const std::string& what) {
    ProcessOptions preprocess = with_quotes;
    preprocess.argv.insert(preprocess.argv.end(), {what, copy.path()});
    return run_process(preprocess).out;
  };
  command.argv.insert(command.argv.end(), {"-include", head.string(), "-c", copy.path()});
  try {
    ProcessResult result =
        make_judged(how, object, command, {copy.path(), file, head.string(), head.string() + ".gch"});
    // The compiler writes its rule for make only when there is no error. "Redefinition of" would be all that a student
    // reads who includes the solution beside their own functions.
    if (!result.ok()) {
      std::vector<std::string> files = files_of_rule(preprocessed("-M"));
      std::erase(files, copy.path());
      const std::string refused = how.judge.refused(files);
      if (!refused.empty()) throw Refused{refused};
    }
    return result;
  } catch (const Refused& refused) {
    throw BuildFailure(how.judge.message(refused.file, preprocessed("-E")));
  }
}

std::string state_of(const std::set<fs::path>& files) {
  Hash hash;
  for (const fs::path& file : files) hash.add_file_state(file);
  return hash.text();
}

// Throws Changed when a header of the student's own changes meanwhile.
Compiled compile_once(const Context& context, const Stacks& stacks, const Unit& unit, const fs::path& source,
                      Level level, const Headers& headers) {
  const Toolchain toolchain = toolchain_of(stacks);
  const IncludeJudge judge(context, toolchain, headers.allowed, source);
  if (const std::string link = judge.link_message(); !link.empty()) throw BuildFailure(link);
  ProcessOptions command;
  command.directory = context.root;
  command.argv = compile_command(context, stacks, toolchain, level);
  if (!context.compiler_walls.empty()) command.seconds = walled_seconds;
  const OwnHeaders own = own_headers(source.parent_path());
  const std::string file = shown(context, source), text = read_file(source);
  const std::string state = headers.state + joined(headers.allowed.names, " ") + own.content;
  Hash hash;
  for (const std::string& word : command.argv) hash.add(word);
  hash.add_file_state(stacks.compiler).add(state).add(file).add(text);
  const fs::path stem = cache_dir(context) / (flat_name(unit.name) + "-" + hash.text());
  const fs::path object = stem.string() + ".o", warnings = stem.string() + ".txt";
  if (fs::exists(warnings) && in_cache(object)) return {object, read_file(warnings)};
  const Compilation how{context, toolchain, judge, command, source.parent_path(), own, headers.state};
  const bool often = level == Level::test || level == Level::schedules;
  const auto head = often ? precompiled_head(how, state, text) : std::nullopt;
  // A header read first keeps the compiler from taking a precompiled one instead of a header that the file names.
  const ProcessResult result = make_object(how, object, file, text, head.value_or("/dev/null"));
  if (!result.ok()) {
    if (result.timed_out()) throw BuildFailure(file + ": the compiler found " + result.too_long);
    if (result.err.empty()) throw trouble("the compiler stopped: " + ending(result));
    throw BuildFailure(first_error(result.err, file));
  }
  write_file(warnings, result.err);
  return {object, result.err};
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
  for (auto line = error + 1; line != lines.end() && line <= error + 2 && quotes_source(*line); ++line) {
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
                 const Headers& headers) {
  Headers current = headers;
  for (int attempt = 1; attempt <= 5; ++attempt) {
    try {
      return compile_once(context, stacks, unit, source, level, current);
    } catch (const Changed&) {
      current.state = header_state(context);
    }
  }
  throw BuildFailure(shown(context, source.parent_path()) +
                     ": a header changes whenever your file is compiled; stop what changes it, and test again");
}

}  // namespace tinytorch::tito
