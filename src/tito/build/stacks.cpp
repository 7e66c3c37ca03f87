#include "src/tito/build/stacks.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<fs::path> objects_of(const std::string& text) {
  std::vector<fs::path> objects;
  if (text == "-") return objects;
  for (const std::string& part : split(text, ';')) objects.push_back(fs::path(part).lexically_normal());
  return objects;
}

// The lines of stacks.txt, one by one; remembers the number for errors.
class StacksParser {
 public:
  explicit StacksParser(const std::string& text) : in_(text) {}

  Stacks parse() {
    std::string line;
    while (std::getline(in_, line)) {
      ++number_;
      if (line.empty() || line[0] == '#') continue;
      const auto space = std::min(line.find(' '), line.size());
      parse_line(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
    }
    for (const char* needed : {"tinytorch-stacks", "source", "build", "compiler", "flags", "link"}) {
      if (seen_.count(needed) == 0) fail(fmt::format("there is no `{}` line", needed));
    }
    return std::move(stacks_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw trouble(fmt::format("stacks.txt:{}: [stacks] {}", number_, what));
  }

  void parse_line(const std::string& key, const std::string& value) {
    if (number_ == 1 && key != "tinytorch-stacks") fail("the file does not begin with `tinytorch-stacks 1`");
    if (key == "unit") return parse_unit(split(value, ' '));
    if (key == "program") return parse_program(split(value, ' '));
    if (!seen_.insert(key).second) fail(fmt::format("`{}` stands twice", key));
    if (key == "tinytorch-stacks") {
      if (value != "1") fail(fmt::format("version {} of this file is not known; run `cmake --preset release`", value));
    } else if (key == "version") {
      stacks_.version = value;
    } else if (key == "source") {
      stacks_.source = value;
    } else if (key == "build") {
      stacks_.build = value;
    } else if (key == "compiler") {
      stacks_.compiler = value;
    } else if (key == "flags") {
      stacks_.flags = split(value, ' ');
    } else if (key == "link") {
      stacks_.link = split(value, ' ');
    } else if (key == "given") {
      stacks_.given = objects_of(value);
    } else if (key == "kit") {
      stacks_.kit = objects_of(value);
    } else {
      fail(fmt::format("`{}` is not known", key));
    }
  }

  void parse_unit(const std::vector<std::string>& words) {
    if (words.size() < 3) fail("a unit line reads `unit NAME LAB PART solution=... skeleton=... library=...`");
    Unit unit;
    unit.name = words[0];
    unit.lab = words[1];
    unit.part = words[2];
    for (const Unit& other : stacks_.units) {
      if (other.name == unit.name) fail(fmt::format("unit {} stands twice", unit.name));
    }
    for (std::size_t i = 3; i < words.size(); ++i) {
      const auto equals = words[i].find('=');
      if (equals == std::string::npos) fail(fmt::format("`{}` is not like solution=SOURCE|OBJECT", words[i]));
      const std::string key = words[i].substr(0, equals);
      auto& slot = key == "solution"   ? unit.solution
                   : key == "skeleton" ? unit.skeleton
                   : key == "library"  ? unit.library
                                       : (fail(fmt::format("`{}` is no definition of a unit", key)), unit.library);
      const std::string value = words[i].substr(equals + 1);
      if (value == "-") continue;
      const auto parts = split(value, '|');
      if (parts.size() != 2) fail(fmt::format("`{}` is not like solution=SOURCE|OBJECT", words[i]));
      slot = Definition{fs::path(parts[0]).lexically_normal(), fs::path(parts[1]).lexically_normal()};
    }
    stacks_.units.push_back(std::move(unit));
  }

  void parse_program(const std::vector<std::string>& words) {
    if (words.size() != 3) fail("a program line reads `program NAME KIND OBJECTS`");
    Program program;
    program.name = words[0];
    program.objects = objects_of(words[2]);
    if (words[1] == "suite") {
      program.kind = ProgramKind::suite;
    } else if (words[1] == "measure") {
      program.kind = ProgramKind::measure;
    } else if (words[1] == "bench") {
      program.kind = ProgramKind::bench;
    } else if (words[1] == "example") {
      program.kind = ProgramKind::example;
    } else {
      fail(fmt::format("`{}` is no kind of program", words[1]));
    }
    if (stacks_.has_program(program.name)) fail(fmt::format("program {} stands twice", program.name));
    stacks_.programs.push_back(std::move(program));
  }

  std::istringstream in_;
  Stacks stacks_;
  std::set<std::string> seen_;
  int number_ = 0;
};

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "01,04" or "01-03" or "1": lab numbers with two digits.
std::vector<std::string> lab_numbers(std::string_view list, std::string_view whole) {
  std::vector<std::string> numbers;
  for (const std::string& item : split(list, ',')) {
    const auto dash = item.find('-');
    const std::string first = item.substr(0, dash);
    const std::string last = dash == std::string::npos ? first : item.substr(dash + 1);
    if (!is_digits(first) || !is_digits(last) || first.size() > 2 || last.size() > 2) {
      throw usage_error(fmt::format("`{}` is not a stack: `{}` is no lab number", whole, item));
    }
    if (std::stoi(first) > std::stoi(last)) {
      throw usage_error(fmt::format("`{}` is not a stack: `{}` runs backwards", whole, item));
    }
    for (int n = std::stoi(first); n <= std::stoi(last); ++n) numbers.push_back(fmt::format("{:02}", n));
  }
  if (numbers.empty()) throw usage_error(fmt::format("`{}` is not a stack: it names no lab", whole));
  return numbers;
}

std::optional<Origin> origin_of(std::string_view text) {
  for (const Origin origin : {Origin::library, Origin::solution, Origin::skeleton, Origin::work}) {
    if (text == to_string(origin)) return origin;
  }
  return std::nullopt;
}

// The definition from `origin`, or where the labs have none, what stands in for it: tuned else solution.
ResolvedUnit built(const Unit& unit, Origin origin) {
  const auto use = [&](Origin from, const std::optional<Definition>& definition) {
    return ResolvedUnit{&unit, from, definition->source, definition->object};
  };
  if (origin == Origin::library && unit.library) return use(Origin::library, unit.library);
  if (origin == Origin::skeleton && unit.skeleton) return use(Origin::skeleton, unit.skeleton);
  if (unit.solution) return use(Origin::solution, unit.solution);
  // A unit that exists tuned only, as core/kernels: the other stacks run without it, on lab 01's loop.
  return ResolvedUnit{&unit, origin, {}, {}};
}

ResolvedUnit from_work(const Context& context, const Unit& unit, bool named, Origin rest) {
  const fs::path folder = context.work / unit.lab;
  if (!fs::exists(folder)) {
    if (!named || !unit.skeleton) return built(unit, rest);
    throw CommandError(exit_not_all, fmt::format("work/{} does not exist yet; begin with `tito start {}`", unit.lab,
                                                 unit.lab_number()));
  }
  const fs::path source = folder / unit.file();
  if (!fs::exists(source)) {
    if (!unit.skeleton) return built(unit, rest);
    throw CommandError(exit_not_all, fmt::format("work/{}/{} is missing; `tito start {}` copies a new one", unit.lab,
                                                 unit.file(), unit.lab_number()));
  }
  return {&unit, Origin::work, source, {}};
}

}  // namespace

const char* to_string(Origin origin) {
  switch (origin) {
    case Origin::library:
      return "library";
    case Origin::solution:
      return "solution";
    case Origin::skeleton:
      return "skeleton";
    case Origin::work:
      return "work";
  }
  return "?";
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
  std::string examples;
  for (const Program& program : programs) {
    if (program.name == name) return program;
    if (program.kind == ProgramKind::example) examples += (examples.empty() ? "" : ", ") + program.name;
  }
  throw usage_error(fmt::format("there is no program `{}`; the examples are: {}", name, examples));
}

Stacks parse_stacks(const std::string& text) { return StacksParser(text).parse(); }

Stacks load_stacks(const Context& context) {
  const fs::path file = context.build() / "stacks.txt";
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
      resolved.push_back(built(unit, named ? choice.named : choice.rest));
    }
  }
  return resolved;
}

}  // namespace tinytorch::tito
