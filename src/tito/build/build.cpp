#include "src/tito/build/build.hpp"

#include "src/tito/build/audit.hpp"
#include "src/tito/build/cache.hpp"
#include "src/tito/build/calls.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/lab/markers.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/waiting.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

using Symbols = std::map<fs::path, std::vector<Symbol>>;

// The solution says what a unit defines; a unit that exists only tuned is compared with itself.
const Definition* reference_of(const Unit& unit) {
  if (unit.solution) return &*unit.solution;
  return unit.library ? &*unit.library : nullptr;
}

bool is_counted(const ProgramRequest& request, const Unit& unit) {
  return std::find(request.counted.begin(), request.counted.end(), unit.name) != request.counted.end();
}

// The objects that CMake builds for the program: its own, the given ones, those of the units not in work.
std::vector<fs::path> objects_from_cmake(const Stacks& stacks, const ProgramRequest& request) {
  std::vector<fs::path> objects = request.program->objects;
  if (request.program->kind == ProgramKind::suite) objects.insert(objects.end(), stacks.kit.begin(), stacks.kit.end());
  objects.insert(objects.end(), stacks.given.begin(), stacks.given.end());
  for (const ResolvedUnit& unit : request.units) {
    if (unit.origin != Origin::work && !unit.object.empty()) objects.push_back(unit.object);
  }
  return objects;
}

// The objects whose symbols say what a student's file must define, and which functions can be counted.
std::vector<fs::path> reference_objects(const ProgramRequest& request) {
  std::vector<fs::path> objects;
  for (const ResolvedUnit& unit : request.units) {
    const Definition* reference = reference_of(*unit.unit);
    if (reference != nullptr && (unit.origin == Origin::work || is_counted(request, *unit.unit))) {
      objects.push_back(reference->object);
    }
  }
  return objects;
}

AuditInput audit_input(const Context& context, const ResolvedUnit& unit, const Source& solution) {
  AuditInput input;
  input.unit = unit.unit->name;
  input.file = shown(context, unit.source);
  input.solution = &solution;
  input.headers = {context.root / "include", context.root / "src" / "course"};
  return input;
}

Source marked_source(const Definition& reference) {
  return parse_source(read_file(reference.source), reference.source.filename().string());
}

Compiled compile_unit(const Context& context, const Stacks& stacks, const ResolvedUnit& unit, Level level,
                      const Headers& headers) {
  try {
    return compile(context, stacks, *unit.unit, unit.source, level, headers);
  } catch (const BuildFailure& failure) {
    const Definition* reference = reference_of(*unit.unit);
    if (reference == nullptr) throw;
    const Source solution = marked_source(*reference);
    AuditInput input = audit_input(context, unit, solution);
    input.expected = defined_symbols({reference->object}).at(reference->object);
    const std::string explained = explain_undeclared(failure.what(), input);
    if (explained.empty()) throw;
    throw BuildFailure(failure.what() + ("\n" + explained));
  }
}

std::vector<ResolvedUnit*> units_from_work(ProgramRequest& request) {
  std::vector<ResolvedUnit*> work;
  for (ResolvedUnit& unit : request.units) {
    if (unit.origin == Origin::work) work.push_back(&unit);
  }
  return work;
}

// In a suite the explorer of schedules sees the accesses to memory of some units. Sanitizers see those of all.
Level level_of(const Stacks& stacks, const ProgramRequest& request, const Lab& lab, const Unit& unit) {
  const LabUnit* const row = lab.find_unit(unit.name);
  const bool sanitized = std::any_of(stacks.flags.begin(), stacks.flags.end(),
                                     [](const std::string& flag) { return flag.starts_with("-fsanitize="); });
  const bool explored = request.program->kind == ProgramKind::suite && request.level == Level::test && !sanitized;
  return explored && row != nullptr && row->schedules ? Level::schedules : request.level;
}

// Compiles the student's files, at most two at the same time. Returns the warnings.
std::string compile_units(const Context& context, const Stacks& stacks, const ProgramRequest& request,
                          const std::vector<ResolvedUnit*>& work) {
  if (work.empty()) return "";
  const std::string state = header_state(context);
  std::vector<std::string> warnings(work.size());
  for_each_in_parallel(work.size(), 2, [&](std::size_t i) {
    const Lab lab = load_lab(context.root / "modules" / work[i]->unit->lab);
    const Level level = level_of(stacks, request, lab, *work[i]->unit);
    Compiled compiled = compile_unit(context, stacks, *work[i], level, {state, allowed_by(context, lab)});
    work[i]->explored = level == Level::schedules;
    work[i]->object = std::move(compiled.object);
    warnings[i] = std::move(compiled.warnings);
  });
  return joined(warnings, "");
}

void audit_units(const Context& context, const std::vector<ResolvedUnit*>& work, const Symbols& symbols) {
  std::vector<std::string> problems;
  for (const ResolvedUnit* unit : work) {
    const Definition* reference = reference_of(*unit->unit);
    if (reference == nullptr) continue;
    const Source solution = marked_source(*reference);
    AuditInput input = audit_input(context, *unit, solution);
    input.expected = symbols.at(reference->object);
    input.found = symbols.at(unit->object);
    for (std::string& problem : audit(input)) problems.push_back(std::move(problem));
  }
  if (!problems.empty()) throw BuildFailure(joined(problems, "\n"));
}

// The object with inline functions of its own. The linker keeps one copy of each in a program: that of another object,
// whose accesses to memory nobody sees.
fs::path with_own_functions(const fs::path& object, const std::vector<Symbol>& symbols) {
  const fs::path own = object.string() + ".own.o", partial = object.string() + own_suffix() + ".part";
  if (in_cache(own)) return own;
  ProcessOptions command;
  command.argv = {"objcopy", "--remove-section=.group"};
  for (const Symbol& symbol : symbols) {
    if (symbol.type == 'W') command.argv.push_back("--localize-symbol=" + symbol.mangled);
    if (symbol.type == 'u') command.argv.push_back("--weaken-symbol=" + symbol.mangled);  // static variables stay one
  }
  command.argv.insert(command.argv.end(), {object.string(), partial.string()});
  const ProcessResult result = run_process(command);
  if (!result.ok()) throw trouble("objcopy failed: " + result.err);
  fs::rename(partial, own);
  return own;
}

std::vector<CountedFunction> counted_functions(const ProgramRequest& request, const Symbols& symbols) {
  std::vector<CountedFunction> functions;
  for (const ResolvedUnit& unit : request.units) {
    const Definition* reference = reference_of(*unit.unit);
    if (reference == nullptr || unit.object.empty() || !is_counted(request, *unit.unit)) continue;
    for (const Symbol& symbol : symbols.at(reference->object)) {
      if (symbol.function()) {
        functions.push_back({symbol.mangled, pretty(demangled(symbol.mangled)), unit.unit->name});
      }
    }
  }
  return functions;
}

// The object with the counters; the same functions give the same file, so it is assembled once.
fs::path assemble(const Context& context, const Stacks& stacks, const std::vector<CountedFunction>& functions) {
  const std::string text = trampolines(functions);
  const fs::path stem = cache_dir(context) / ("calls-" + Hash().add(text).text());
  const fs::path object = stem.string() + ".o", source = stem.string() + own_suffix() + ".s";
  if (in_cache(object)) return object;
  write_file(source, text);
  ProcessOptions command;
  command.argv = {stacks.compiler.string(), "-c", source.string()};
  const ProcessResult result = make_cached(object, command);
  fs::remove(source);
  if (!result.ok()) throw trouble("the call counters can't be assembled: " + result.err);
  return object;
}

std::vector<std::string> kind_options(ProgramKind kind) {
  if (kind == ProgramKind::suite) return {"-Wl,--wrap=malloc,--wrap=free", "-lgtest"};
  if (kind == ProgramKind::bench) return {"-lbenchmark_main", "-lbenchmark"};
  if (kind == ProgramKind::server) return {"-lcpp-httplib"};
  return {};
}

// The linker's first error, without the paths of objects: a student does not know these.
std::string first_link_error(const std::string& output) {
  for (const std::string& line : split_lines(output)) {
    for (const char* sign :
         {"undefined reference to", "multiple definition of", "undefined symbol", "duplicate symbol"}) {
      const auto at = line.find(sign);
      if (at != std::string::npos) return pretty(line.substr(at));
    }
  }
  return output.substr(0, 2000);
}

// The linker's words, the student's objects last, and a hash of all that they mean.
struct LinkLine {
  std::vector<std::string> words;
  Hash hash;

  void object(const fs::path& file) {
    words.push_back(file.string());
    hash.add_file_state(file);
  }
  // An option, or an object of the cache, whose name says what is in it.
  void word(const std::string& text) {
    words.push_back(text);
    hash.add(text);
  }
};

LinkLine link_line(const Context& context, const Stacks& stacks, const ProgramRequest& request,
                   const std::vector<CountedFunction>& functions) {
  LinkLine line;
  line.words = {stacks.compiler.string()};
  for (const fs::path& object : objects_from_cmake(stacks, request)) line.object(object);
  if (!functions.empty()) {
    line.word(assemble(context, stacks, functions).string());
    for (const std::string& option : wrap_options(functions)) line.word(option);
  }
  for (const ResolvedUnit& unit : request.units) {
    if (unit.origin == Origin::work) line.word(unit.object.string());
  }
  for (const std::string& option : kind_options(request.program->kind)) line.word(option);
  for (const std::string& option : stacks.link) line.word(option);
  return line;
}

}  // namespace

BuiltProgram build_program(const Context& context, const Stacks& stacks, const ProgramRequest& asked) {
  ProgramRequest request = asked;
  const std::vector<fs::path> references = reference_objects(request);
  std::vector<fs::path> from_cmake = objects_from_cmake(stacks, request);
  from_cmake.insert(from_cmake.end(), references.begin(), references.end());
  run_ninja(context, stacks, from_cmake);

  BuiltProgram built;
  const std::vector<ResolvedUnit*> work = units_from_work(request);
  const Waiting waiting(context, "compiling your files");
  built.warnings = compile_units(context, stacks, request, work);
  std::vector<fs::path> read = references;
  for (const ResolvedUnit* unit : work) read.push_back(unit->object);
  const Symbols symbols = defined_symbols(read);
  // Without optimisation every inline function of a header is a weak symbol; the file was audited when it was judged.
  if (request.level != Level::debug) audit_units(context, work, symbols);
  for (ResolvedUnit* unit : work) {
    if (unit->explored) unit->object = with_own_functions(unit->object, symbols.at(unit->object));
  }

  const LinkLine line = link_line(context, stacks, request, counted_functions(request, symbols));
  built.units = request.units;
  built.path = cache_dir(context) / fmt::format("{}-{}", request.program->name, line.hash.text());
  if (in_cache(built.path)) return built;
  ProcessOptions command;
  command.argv = line.words;
  command.directory = context.root;
  const ProcessResult result = make_cached(built.path, command);
  if (result.ok()) return built;
  const std::string what = "the program can't be linked: " + first_link_error(result.err);
  if (!work.empty()) throw BuildFailure(what);
  throw trouble(what);
}

}  // namespace tinytorch::tito
