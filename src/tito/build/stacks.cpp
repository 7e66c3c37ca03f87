#include "src/tito/build/stacks.hpp"

#include "src/tito/util/text.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::json;

constexpr int known_format = 3;
constexpr std::array<const char*, 5> kind_names = {"suite", "measure", "bench", "example",
                                                   "server"};  // in the order of the enum

[[noreturn]] void fail(const std::string& what) { throw trouble("stacks.json: [stacks] " + what); }

// The object has these keys and no others.
void require_keys(const Json& object, const std::set<std::string>& keys) {
  for (const auto& [key, value] : object.items()) {
    if (keys.count(key) == 0) fail(fmt::format("`{}` is not known", key));
  }
  for (const std::string& key : keys) {
    if (!object.contains(key)) fail(fmt::format("`{}` is missing in {:.60}", key, object.dump()));
  }
}

fs::path path_of(const Json& text) { return fs::path(text.get<std::string>()).lexically_normal(); }

std::vector<fs::path> paths_of(const Json& list) {
  std::vector<fs::path> paths;
  for (const Json& text : list) paths.push_back(path_of(text));
  return paths;
}

std::optional<Definition> definition_of(const Json& object) {
  if (object.is_null()) return std::nullopt;
  require_keys(object, {"source", "object"});
  return Definition{path_of(object.at("source")), path_of(object.at("object"))};
}

Unit unit_of(const Json& object) {
  require_keys(object, {"name", "lab", "part", "solution", "skeleton", "library", "unnamed"});
  Unit unit;
  object.at("name").get_to(unit.name);
  object.at("lab").get_to(unit.lab);
  object.at("part").get_to(unit.part);
  unit.solution = definition_of(object.at("solution"));
  unit.skeleton = definition_of(object.at("skeleton"));
  unit.library = definition_of(object.at("library"));
  unit.unnamed = definition_of(object.at("unnamed"));
  return unit;
}

Program program_of(const Json& object) {
  require_keys(object, {"name", "kind", "objects"});
  Program program{object.at("name"), ProgramKind::example, paths_of(object.at("objects"))};
  const std::string kind = object.at("kind");
  const auto known = std::find(kind_names.begin(), kind_names.end(), kind);
  if (known == kind_names.end()) fail(fmt::format("`{}` is no kind of program", kind));
  program.kind = static_cast<ProgramKind>(known - kind_names.begin());
  return program;
}

Stacks stacks_of(const Json& file) {
  if (file.value("format", 0) != known_format) fail("the file is of another version; run `cmake --preset release`");
  require_keys(
      file, {"format", "version", "source", "build", "compiler", "flags", "link", "given", "kit", "units", "programs"});
  Stacks stacks;
  file.at("version").get_to(stacks.version);
  stacks.source = path_of(file.at("source"));
  stacks.build = path_of(file.at("build"));
  stacks.compiler = path_of(file.at("compiler"));
  file.at("flags").get_to(stacks.flags);
  file.at("link").get_to(stacks.link);
  stacks.given = paths_of(file.at("given"));
  stacks.kit = paths_of(file.at("kit"));
  std::set<std::string> names;
  for (const Json& unit : file.at("units")) stacks.units.push_back(unit_of(unit));
  for (const Json& program : file.at("programs")) stacks.programs.push_back(program_of(program));
  for (const Unit& unit : stacks.units) {
    if (!names.insert("unit " + unit.name).second) fail(fmt::format("unit {} is in the list twice", unit.name));
  }
  for (const Program& program : stacks.programs) {
    if (!names.insert("program " + program.name).second) {
      fail(fmt::format("program {} is in the list twice", program.name));
    }
  }
  return stacks;
}

bool is_lab_number(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= 2 && std::all_of(text.begin(), text.end(), digit);
}

// "01,04" or "01-03" or "1": lab numbers with two digits.
std::vector<std::string> lab_numbers(std::string_view list, std::string_view whole) {
  const auto refuse = [&](const std::string& why) {
    return usage_error(fmt::format("`{}` is not a stack: {}", whole, why));
  };
  std::vector<std::string> numbers;
  for (const std::string& item : split(list, ',')) {
    const auto dash = item.find('-');
    const std::string first = item.substr(0, dash);
    const std::string last = dash == std::string::npos ? first : item.substr(dash + 1);
    if (!is_lab_number(first) || !is_lab_number(last)) throw refuse(fmt::format("`{}` is no lab number", item));
    if (std::stoi(first) > std::stoi(last)) throw refuse(fmt::format("`{}` runs backwards", item));
    for (int n = std::stoi(first); n <= std::stoi(last); ++n) numbers.push_back(fmt::format("{:02}", n));
  }
  if (numbers.empty()) throw refuse("it names no lab");
  return numbers;
}

std::optional<Origin> origin_of(std::string_view text) {
  for (const Origin origin : {Origin::library, Origin::solution, Origin::skeleton, Origin::work}) {
    if (text == to_string(origin)) return origin;
  }
  return std::nullopt;
}

// The definition from `origin`; the solution for a unit that has none there.
ResolvedUnit built(const Unit& unit, Origin origin) {
  const auto use = [&](Origin from, const std::optional<Definition>& definition) {
    return ResolvedUnit{&unit, from, definition->source, definition->object};
  };
  if (origin == Origin::library && unit.library) return use(Origin::library, unit.library);
  if (origin == Origin::skeleton && unit.skeleton) return use(Origin::skeleton, unit.skeleton);
  if (unit.solution) return use(Origin::solution, unit.solution);
  // A unit that exists only tuned: the other stacks run without it.
  return ResolvedUnit{&unit, origin, {}, {}};
}

// The definition in a stack that does not name the lab. The kernels of lab 10 would bypass the loop of lab 01.
ResolvedUnit unnamed(const Unit& unit, Origin rest) {
  if (rest == Origin::solution && unit.unnamed)
    return {&unit, Origin::solution, unit.unnamed->source, unit.unnamed->object};
  return built(unit, rest);
}

ResolvedUnit from_work(const Context& context, const Unit& unit, bool named, Origin rest) {
  const fs::path folder = context.work / unit.lab, source = folder / unit.file();
  if (fs::exists(source)) return {&unit, Origin::work, source, {}};
  const bool started = fs::exists(folder);
  if (!started && !named) return unnamed(unit, rest);
  if (!unit.skeleton) return built(unit, Origin::solution);  // the library's would be used instead of the student's
  if (!started) throw not_started(unit.lab);
  throw CommandError(exit_not_all, fmt::format("work/{}/{} is missing; `./tito start {}` copies a new one", unit.lab,
                                               unit.file(), unit.lab_number()));
}

}  // namespace

const char* to_string(Origin origin) {
  constexpr std::array<const char*, 4> names = {"library", "solution", "skeleton", "work"};
  return names.at(static_cast<std::size_t>(origin));
}

CommandError not_started(std::string_view lab_folder) {
  return CommandError(exit_not_all, fmt::format("work/{} does not exist yet; begin with `./tito start {}`", lab_folder,
                                                lab_folder.substr(0, lab_folder.find('_'))));
}

const Unit& Stacks::unit(std::string_view name) const {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit;
  }
  throw trouble(fmt::format("[stacks] unit {} is not in the units table (cmake/units.cmake)", name));
}

bool Stacks::has_program(std::string_view name) const {
  return std::any_of(programs.begin(), programs.end(), [&](const Program& program) { return program.name == name; });
}

const Program& Stacks::program(std::string_view name) const {
  std::vector<std::string> examples;
  for (const Program& program : programs) {
    if (program.name == name) return program;
    if (program.kind == ProgramKind::example) examples.push_back(program.name);
  }
  throw usage_error(fmt::format("there is no program `{}`; the examples are: {}", name, fmt::join(examples, ", ")));
}

Stacks parse_stacks(const std::string& text) {
  try {
    return stacks_of(Json::parse(text));
  } catch (const Json::exception& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
    fail(what.substr(what.find(' ') + 1));
  }
}

Stacks load_stacks(const Context& context) {
  const fs::path file = context.build() / "stacks.json";
  if (!fs::exists(file)) {
    throw trouble(fmt::format("{} is missing; run `cmake --preset {}`", shown(context, file), context.preset));
  }
  return parse_stacks(read_file(file));
}

bool StackChoice::names(std::string_view lab_number) const {
  return all || std::find(labs.begin(), labs.end(), lab_number) != labs.end();
}

StackChoice parse_stack(std::string_view text, std::string_view rest) {
  StackChoice choice;
  const auto colon = text.find(':');
  const auto named = origin_of(text.substr(0, colon));
  if (!named) {
    throw usage_error(fmt::format(
        "`{}` is not a stack; stacks are library, solution, skeleton, work, and lists like work:01,04", text));
  }
  choice.named = *named;
  if (colon != std::string_view::npos) {
    choice.all = false;
    choice.labs = lab_numbers(text.substr(colon + 1), text);
  }
  const auto others = rest.empty() ? Origin::solution : origin_of(rest);
  if (!others || (*others != Origin::library && *others != Origin::solution)) {
    throw usage_error(fmt::format("`--rest {}`: the rest comes from library or solution", rest));
  }
  choice.rest = *others;
  return choice;
}

std::vector<ResolvedUnit> resolve(const Context& context, const Stacks& stacks, const StackChoice& choice) {
  for (const std::string& number : choice.labs) {
    const bool known = std::any_of(stacks.units.begin(), stacks.units.end(),
                                   [&](const Unit& unit) { return unit.lab_number() == number; });
    if (!known) throw usage_error(fmt::format("the stack names lab {}, which does not exist", number));
  }
  std::vector<ResolvedUnit> resolved;
  for (const Unit& unit : stacks.units) {
    const bool named = choice.names(unit.lab_number());
    if (named && choice.named == Origin::work) {
      resolved.push_back(from_work(context, unit, !choice.all, choice.rest));
    } else {
      resolved.push_back(named ? built(unit, choice.named) : unnamed(unit, choice.rest));
    }
  }
  return resolved;
}

}  // namespace tinytorch::tito
