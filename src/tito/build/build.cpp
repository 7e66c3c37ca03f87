#include "src/tito/build/build.hpp"

#include "src/tito/build/audit.hpp"
#include "src/tito/build/calls.hpp"
#include "src/tito/build/compile.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/process.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

using Symbols = std::map<fs::path, std::vector<Symbol>>;

// The objects that a program needs besides the units'.
std::vector<fs::path> fixed_objects(const Stacks& stacks, const Program& program) {
  std::vector<fs::path> objects = program.objects;
  if (program.kind == ProgramKind::suite) objects.insert(objects.end(), stacks.kit.begin(), stacks.kit.end());
  objects.insert(objects.end(), stacks.given.begin(), stacks.given.end());
  return objects;
}

// The solution says what a unit defines; a unit that exists tuned only speaks for itself.
const Definition* reference_of(const Unit& unit) {
  if (unit.solution) return &*unit.solution;
  return unit.library ? &*unit.library : nullptr;
}

bool is_counted(const ProgramRequest& request, const Unit& unit) {
  return std::find(request.counted.begin(), request.counted.end(), unit.name) != request.counted.end();
}

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

std::vector<fs::path> needed_from_cmake(const Stacks& stacks, const ProgramRequest& request) {
  std::vector<fs::path> objects = fixed_objects(stacks, *request.program);
  for (const ResolvedUnit& unit : request.units) {
    if (!unit.object.empty()) objects.push_back(unit.object);
  }
  for (const fs::path& object : reference_objects(request)) objects.push_back(object);
  return objects;
}

AuditInput audit_input(const Context& context, const ResolvedUnit& unit, const Source& solution) {
  AuditInput input;
  input.unit = unit.unit->name;
  input.file = shown(context, unit.source);
  input.solution = &solution;
  input.include = context.root / "include";
  return input;
}

Source marked_source(const Definition& reference) {
  return parse_source(read_file(reference.source), reference.source.filename().string());
}

Compiled compile_unit(const Context& context, const Stacks& stacks, const ResolvedUnit& unit, Level level,
                      const std::string& headers) {
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

// Compiles each unit that comes from work; two at a time, for an evening's work seldom touches more.
std::string compile_units(const Context& context, const Stacks& stacks, ProgramRequest& request) {
  std::vector<ResolvedUnit*> work;
  for (ResolvedUnit& unit : request.units) {
    if (unit.origin == Origin::work) work.push_back(&unit);
  }
  if (work.empty()) return "";
  const std::string headers = header_state(context);
  std::vector<std::string> warnings(work.size());
  for_each_in_parallel(work.size(), 2, [&](std::size_t i) {
    Compiled compiled = compile_unit(context, stacks, *work[i], request.level, headers);
    work[i]->object = std::move(compiled.object);
    warnings[i] = std::move(compiled.warnings);
  });
  std::string all;
  for (const std::string& text : warnings) all += text;
  return all;
}

void audit_units(const Context& context, const ProgramRequest& request, const Symbols& symbols) {
  std::string problems;
  for (const ResolvedUnit& unit : request.units) {
    const Definition* reference = reference_of(*unit.unit);
    if (unit.origin != Origin::work || reference == nullptr) continue;
    const Source solution = marked_source(*reference);
    AuditInput input = audit_input(context, unit, solution);
    input.expected = symbols.at(reference->object);
    input.found = symbols.at(unit.object);
    for (const std::string& problem : audit(input)) problems += (problems.empty() ? "" : "\n") + problem;
  }
  if (!problems.empty()) throw BuildFailure(problems);
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
  if (fs::exists(object)) return object;
  write_file(source, text);
  const fs::path partial = source.string() + ".part";
  ProcessOptions options;
  options.argv = {stacks.compiler.string(), "-c", source.string(), "-o", partial.string()};
  const ProcessResult result = run_process(options);
  fs::remove(source);
  if (!result.ok()) throw trouble("the call counters can't be assembled: " + result.err);
  fs::rename(partial, object);
  return object;
}

std::vector<std::string> kind_options(ProgramKind kind) {
  if (kind == ProgramKind::suite) return {"-Wl,--wrap=malloc,--wrap=free", "-lgtest"};
  if (kind == ProgramKind::bench) return {"-lbenchmark_main", "-lbenchmark"};
  return {};
}

// The linker's first complaint, without the paths of objects that no student knows.
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

void link(const Context& context, const Stacks& stacks, std::vector<std::string> command, const fs::path& program,
          bool students) {
  const fs::path partial = program.string() + own_suffix() + ".part";
  command.insert(command.end(), {"-o", partial.string()});
  ProcessOptions options;
  options.argv = {stacks.compiler.string()};
  options.argv.insert(options.argv.end(), command.begin(), command.end());
  options.environment = {"LC_ALL=C"};
  options.directory = context.root;
  const ProcessResult result = run_process(options);
  if (!result.ok()) {
    std::error_code ignored;
    fs::remove(partial, ignored);
    const std::string what = "the program can't be linked: " + first_link_error(result.err);
    if (students) throw BuildFailure(what);
    throw trouble(what);
  }
  fs::rename(partial, program);
}

struct LinkLine {
  std::vector<std::string> words;
  Hash hash;

  void object(const fs::path& file) {
    words.push_back(file.string());
    hash.add_file_state(file);
  }
  // Named by its content, touched when used: the name says it all.
  void cached_object(const fs::path& file) {
    words.push_back(file.string());
    hash.add(file.string());
  }
  void option(const std::string& text) {
    words.push_back(text);
    hash.add(text);
  }
};

LinkLine link_line(const Context& context, const Stacks& stacks, const ProgramRequest& request,
                   const std::vector<CountedFunction>& functions) {
  LinkLine line;
  for (const fs::path& object : fixed_objects(stacks, *request.program)) line.object(object);
  for (const ResolvedUnit& unit : request.units) {
    if (unit.origin != Origin::work && !unit.object.empty()) line.object(unit.object);
  }
  if (!functions.empty()) {
    line.cached_object(assemble(context, stacks, functions));
    for (const std::string& option : wrap_options(functions)) line.option(option);
  }
  for (const ResolvedUnit& unit : request.units) {
    if (unit.origin == Origin::work) line.cached_object(unit.object);
  }
  for (const std::string& option : kind_options(request.program->kind)) line.option(option);
  for (const std::string& option : stacks.link) line.option(option);
  return line;
}

}  // namespace

BuiltProgram build_program(const Context& context, const Stacks& stacks, const ProgramRequest& asked) {
  ProgramRequest request = asked;
  fs::create_directories(cache_dir(context));
  run_ninja(context, stacks, needed_from_cmake(stacks, request));
  BuiltProgram built;
  built.warnings = compile_units(context, stacks, request);
  std::vector<fs::path> read = reference_objects(request);
  bool students = false;
  for (const ResolvedUnit& unit : request.units) {
    if (unit.origin == Origin::work) read.push_back(unit.object);
    students = students || unit.origin == Origin::work;
  }
  const Symbols symbols = defined_symbols(read);
  // Without optimisation every inline function of a header is a weak symbol; the file was audited when it was judged.
  if (request.level != Level::debug) audit_units(context, request, symbols);
  const LinkLine line = link_line(context, stacks, request, counted_functions(request, symbols));
  built.path = cache_dir(context) / fmt::format("{}-{}", request.program->name, Hash(line.hash).text());
  if (fs::exists(built.path)) {
    std::error_code ignored;
    fs::last_write_time(built.path, fs::file_time_type::clock::now(), ignored);
  } else {
    link(context, stacks, line.words, built.path, students);
  }
  return built;
}

void prune_cache(const Context& context) {
  constexpr std::uintmax_t most_bytes = std::uintmax_t{300} << 20;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code error;
  std::uintmax_t total = 0;
  for (const auto& entry : fs::directory_iterator(cache_dir(context), error)) {
    if (!entry.is_regular_file(error)) continue;
    total += entry.file_size(error);
    files.emplace_back(entry.last_write_time(error), entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& [time, path] : files) {
    if (total <= most_bytes) return;
    total -= std::min(total, fs::file_size(path, error));
    fs::remove(path, error);
  }
}

}  // namespace tinytorch::tito
