#include "src/tito/build/includes.hpp"

#include "src/tito/util/process.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

// The skeleton generator writes this one into every file.
constexpr const char* holes_header = "src/course/holes.hpp";

// Libraries that may lie below the system's folders, and would solve a lab or get in its way.
constexpr std::array<const char*, 8> libraries = {"fmt",   "Eigen", "eigen3",    "unsupported",
                                                  "gtest", "gmock", "benchmark", "nlohmann"};

// A link must not lead out of `folder`, so both are resolved already.
bool below(const fs::path& file, const fs::path& folder) {
  const fs::path inside = file.lexically_relative(folder);
  return !inside.empty() && *inside.begin() != ".." && inside != ".";
}

bool is_header(const fs::path& file) { return file.extension() == ".hpp" || file.extension() == ".h"; }

// Adds a header of the project and what it includes; false for any other name.
bool add_with_includes(const Context& context, const std::string& name, std::set<fs::path>& headers) {
  for (const fs::path& folder : {context.root / "include", context.root}) {
    std::error_code none;
    const fs::path header = fs::canonical(folder / name, none);
    if (none || !fs::is_regular_file(header) || !is_header(header)) continue;
    if (!headers.insert(header).second) return true;
    for (const std::string& line : split_lines(read_file(header))) {
      const auto open = line.find('"'), close = line.find('"', open + 1);
      if (line.starts_with("#include \"") && close != std::string::npos) {
        add_with_includes(context, line.substr(open + 1, close - open - 1), headers);
      }
    }
    return true;
  }
  return false;
}

Toolchain ask(const Stacks& stacks) {
  ProcessOptions command;
  command.argv = {stacks.compiler.string()};
  for (const std::string& flag : stacks.flags) {
    if (!flag.starts_with("-I")) command.argv.push_back(flag);
  }
  for (const char* word : {"-E", "-v", "-x", "c++", "/dev/null"}) command.argv.emplace_back(word);
  command.environment = {"LC_ALL=C", "CPATH", "CPLUS_INCLUDE_PATH"};
  const std::vector<std::string> lines = split_lines(run_process(command).err);
  Toolchain toolchain;
  bool listed = false;
  for (const std::string& line : lines) {
    toolchain.clang = toolchain.clang || line.find("clang version") != std::string::npos;
    if (line.starts_with("End of search list")) listed = false;
    if (listed) toolchain.folders.push_back(fs::weakly_canonical(trim(line)));
    if (line.starts_with("#include <...>")) listed = true;
  }
  if (toolchain.folders.empty()) throw trouble("the compiler does not say where the standard library is");
  return toolchain;
}

// `# 12 "work/02_mlp/linear.cpp" 1`: the text that follows is line 12 of this file, which has just been entered.
struct Marker {
  std::size_t line = 0;
  std::string file;
  bool entered = false;
};

std::optional<Marker> marker_of(const std::string& text) {
  Marker marker;
  if (!text.starts_with("# ")) return std::nullopt;
  const char *begin = text.data() + 2, *end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(begin, end, marker.line);
  const auto open = text.find('"'), close = text.rfind('"');
  if (error != std::errc() || rest == begin || open == close) return std::nullopt;
  marker.file = text.substr(open + 1, close - open - 1);
  marker.entered = text.find(" 1", close) != std::string::npos;
  return marker;
}

}  // namespace

Allowed allowed_by(const Context& context, const Lab& lab) {
  Allowed allowed{shown(context, lab.dir / "lab.toml"), lab.allow, {}};
  add_with_includes(context, holes_header, allowed.headers);
  for (const std::string& name : lab.allow) {
    if (!add_with_includes(context, name, allowed.headers) && is_header(name)) {
      throw trouble(
          fmt::format("{}: [lab] allow names {}, which is no header of include/ or src/", allowed.file, name));
    }
  }
  return allowed;
}

Toolchain toolchain_of(const Stacks& stacks) {
  static std::mutex guard;
  static std::map<std::string, Toolchain> known;
  const std::lock_guard lock(guard);
  const std::string key = stacks.compiler.string() + " " + joined(stacks.flags, " ");
  const auto found = known.find(key);
  return found != known.end() ? found->second : known.emplace(key, ask(stacks)).first->second;
}

std::vector<std::string> files_of_rule(std::string_view rule) {
  std::vector<std::string> files;
  const auto colon = rule.find(": ");
  if (colon == std::string_view::npos) return files;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) files.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = colon + 2; i < rule.size(); ++i) {
    const char c = rule[i], next = i + 1 < rule.size() ? rule[i + 1] : '\0';
    if (c == '\\' && next == '\n') {
      end_word();
      ++i;
    } else if ((c == '\\' && (next == ' ' || next == '#' || next == '\\')) || (c == '$' && next == '$')) {
      word += next;
      ++i;
    } else if (c == ' ' || c == '\n') {
      end_word();
    } else {
      word += c;
    }
  }
  end_word();
  return files;
}

IncludeJudge::IncludeJudge(const Context& context, const Toolchain& toolchain, const Allowed& allowed,
                           const fs::path& source)
    : context_(context),
      toolchain_(toolchain),
      allowed_(allowed),
      source_((context.root / source).lexically_normal()),
      root_(fs::weakly_canonical(context.root)),
      own_(fs::weakly_canonical(source_.parent_path())) {}

fs::path IncludeJudge::real(const fs::path& file) const {
  std::error_code none;
  const fs::path resolved = fs::canonical(context_.root / file, none);
  return none ? (context_.root / file).lexically_normal() : resolved;
}

bool IncludeJudge::of_system(const fs::path& spelled, const fs::path& real) const {
  for (const fs::path& folder : toolchain_.folders) {
    const fs::path inside =
        below(spelled, folder) ? spelled.lexically_relative(folder) : real.lexically_relative(folder);
    if (!below(folder / inside, folder)) continue;
    const std::string first = inside.begin()->string();
    const bool library = std::find(libraries.begin(), libraries.end(), first) != libraries.end();
    return !library || std::find(allowed_.names.begin(), allowed_.names.end(), first) != allowed_.names.end();
  }
  return false;
}

bool IncludeJudge::may_read(const fs::path& file) const {
  const fs::path spelled = (context_.root / file).lexically_normal(), resolved = real(file);
  if (file == "/dev/null" || allowed_.headers.count(resolved) != 0) return true;
  if (below(resolved, own_)) return is_header(resolved) && fs::is_regular_file(resolved);
  return !below(resolved, root_) && of_system(spelled, resolved);
}

std::string IncludeJudge::refused(const std::vector<std::string>& files) const {
  const auto found = std::find_if(files.begin(), files.end(), [&](const auto& file) { return !may_read(file); });
  return found == files.end() ? "" : *found;
}

std::string IncludeJudge::message(const std::string& refused, const std::string& preprocessed) const {
  const IncludePlace at = place_of_include(preprocessed, refused);
  const std::string place =
      at.line == 0 ? shown(context_, source_) : fmt::format("{}:{}", shown(context_, context_.root / at.file), at.line);
  std::string names;
  for (std::size_t i = 0; i < allowed_.names.size() && i < 3; ++i) {
    names += (i == 0 ? "" : ", ") + allowed_.names[i];
  }
  if (allowed_.names.size() > 3) names += ", ...";
  return fmt::format(
      "{} includes {}: a student's file may include what {} allows ({}), the standard library, and headers (.hpp, .h) "
      "of its own folder",
      place, shown(context_, real(refused)), allowed_.file, names);
}

std::string IncludeJudge::link_message() const {
  const fs::path resolved = real(source_);
  if (resolved == own_ / source_.filename()) return "";
  return fmt::format("{} is a link to {}: a student's file must be a file of its own", shown(context_, source_),
                     shown(context_, resolved));
}

IncludePlace place_of_include(const std::string& preprocessed, const std::string& file) {
  IncludePlace place;
  for (const std::string& text : split_lines(preprocessed)) {
    const std::optional<Marker> marker = marker_of(text);
    if (!marker) {
      ++place.line;
      continue;
    }
    if (marker->entered && marker->file == file) return place;
    place = {marker->file, marker->line};
  }
  return {};
}

}  // namespace tinytorch::tito
