#include "src/tito/judge/suite.hpp"

#include "src/tito/build/compile.hpp"
#include "src/tito/judge/causes.hpp"
#include "src/tito/judge/where.hpp"
#include "src/tito/util/text.hpp"
#include "src/tito/util/waiting.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::json;

ProgramRequest suite_request(const Stacks& stacks, const Lab& lab, const std::vector<ResolvedUnit>& units) {
  ProgramRequest request;
  request.program = &stacks.program(lab.suite());
  request.units = units;
  for (const LabUnit& unit : lab.units) request.counted.push_back(unit.name);
  return request;
}

void check_units(const Stacks& stacks, const Lab& lab) {
  for (const LabUnit& unit : lab.units) {
    if (stacks.unit(unit.name).lab != lab.folder) {
      throw trouble(
          fmt::format("[stacks] unit {} belongs to {}, not to {}", unit.name, stacks.unit(unit.name).lab, lab.folder));
    }
  }
}

std::string suite_state(const Stacks& stacks, const Lab& lab) {
  Hash hash;
  for (const fs::path& object : stacks.program(lab.suite()).objects) hash.add_file_state(object);
  for (const fs::path& object : stacks.kit) hash.add_file_state(object);
  return hash.text();
}

std::vector<TestInfo> read_tests(const Json& list) {
  std::vector<TestInfo> tests;
  for (const Json& entry : list) {
    tests.push_back({entry.at("test"), entry.at("task"), entry.at("uses").get<std::vector<std::string>>()});
  }
  return tests;
}

Json write_tests(const std::vector<TestInfo>& tests) {
  Json list = Json::array();
  for (const TestInfo& test : tests) list.push_back({{"test", test.name}, {"task", test.task}, {"uses", test.uses}});
  return list;
}

RunOptions run_options(const Context& context, const Lab& lab, const SuiteOptions& options) {
  RunOptions run;
  const bool sanitized = context.preset != "release" && context.preset != "debug";
  run.seed = options.seed;
  const double limit = options.test_seconds > 0 ? options.test_seconds : lab.limits.test_seconds;
  run.test_seconds = limit * (sanitized ? 5 : 1);
  run.memory_bytes = sanitized ? 0 : static_cast<std::uint64_t>(lab.limits.memory_mb) << 20;
  run.root = context.root;
  run.perturb = options.perturb;
  run.on_result = options.on_result;
  return run;
}

}  // namespace

std::vector<ResolvedUnit> suite_units(const Context& context, const Stacks& stacks, const Lab& lab,
                                      const std::string& stack, const std::string& rest) {
  check_units(stacks, lab);
  StackChoice choice = parse_stack(stack, rest.empty() ? "library" : rest);
  if (choice.all) {
    choice.all = false;
    choice.labs = {lab.number};
  }
  return resolve(context, stacks, choice);
}

std::vector<ResolvedUnit> units_from_folder(const Stacks& stacks, const Lab& lab, const fs::path& folder) {
  check_units(stacks, lab);
  StackChoice choice = parse_stack("solution:" + lab.number, "library");
  std::vector<ResolvedUnit> units = resolve(Context{}, stacks, choice);
  bool any = false;
  for (ResolvedUnit& unit : units) {
    const fs::path source = folder / unit.unit->file();
    if (unit.unit->lab != lab.folder || !fs::exists(source)) continue;
    unit = {unit.unit, Origin::work, source, {}};
    any = true;
  }
  if (!any) throw usage_error(fmt::format("{} holds no file of lab {}", folder.string(), lab.folder));
  return units;
}

std::vector<TestInfo> suite_tests(const Context& context, const Stacks& stacks, const Lab& lab) {
  const fs::path file = cache_dir(context) / (lab.suite() + ".tests.json");
  const std::string state = suite_state(stacks, lab);
  if (fs::exists(file)) {
    const Json cached = Json::parse(read_file(file), nullptr, false);
    if (cached.is_object() && cached.value("state", "") == state) return read_tests(cached.at("tests"));
  }
  const auto units = suite_units(context, stacks, lab, "solution", "library");
  const BuiltProgram built = build_program(context, stacks, suite_request(stacks, lab, units));
  const std::vector<TestInfo> tests = list_tests(built.path);
  std::set<std::string> names;
  for (const TestInfo& test : tests) {
    if (!names.insert(test.name).second)
      throw trouble(fmt::format("two tests of lab {} are called {}", lab.number, test.name));
  }
  write_file(file, Json{{"state", suite_state(stacks, lab)}, {"tests", write_tests(tests)}}.dump());
  return tests;
}

std::vector<TestInfo> select_tests(const std::vector<TestInfo>& tests, const std::vector<std::string>& only) {
  if (only.empty()) return tests;
  std::vector<TestInfo> selected;
  std::vector<std::string> names;
  for (const TestInfo& test : tests) names.push_back(test.name);
  for (const std::string& wanted : only) {
    const auto fits = [&](const TestInfo& test) { return test.name == wanted || test.task == wanted; };
    if (std::none_of(tests.begin(), tests.end(), fits)) {
      const std::string near = nearest(wanted, names);
      throw usage_error(fmt::format("`{}` is no test and no task of this lab{}", wanted,
                                    near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    }
  }
  for (const TestInfo& test : tests) {
    const auto fits = [&](const std::string& wanted) { return test.name == wanted || test.task == wanted; };
    if (std::any_of(only.begin(), only.end(), fits)) selected.push_back(test);
  }
  return selected;
}

SuiteOutcome run_suite(const Context& context, const Stacks& stacks, const Lab& lab,
                       const std::vector<ResolvedUnit>& units, const SuiteOptions& options) {
  const BuiltProgram built = build_program(context, stacks, suite_request(stacks, lab, units));
  const std::vector<TestInfo> tests = select_tests(suite_tests(context, stacks, lab), options.only);
  if (options.on_program) options.on_program(built.path);
  SuiteOutcome outcome;
  outcome.warnings = built.warnings;
  {
    const Waiting waiting(context, "running the tests");
    outcome.records = run_tests(built.path, tests, run_options(context, lab, options));
  }
  std::vector<fs::path> own;
  for (const ResolvedUnit& unit : units)
    if (unit.origin == Origin::work) own.push_back(unit.source);
  name_lines(built.path, own, outcome.records);
  std::error_code ignored;
  if (!options.keep_program) fs::remove(built.path, ignored);
  return outcome;
}

std::map<std::string, std::string> causes_of(const Context& context, const Stacks& stacks, const Lab& lab,
                                             const std::vector<ResolvedUnit>& units, const SuiteOptions& options,
                                             const SuiteOutcome& outcome) {
  const bool failed = std::ranges::any_of(outcome.records, [](const auto& one) { return !evidence_of(one).empty(); });
  if (!failed) return {};
  const Mistakes mistakes = load_mistakes(lab);
  if (options.only.empty()) return find_causes(mistakes, outcome.records);
  SuiteOptions whole = options;
  whole.only.clear();
  whole.on_result = {};
  return find_causes(mistakes, run_suite(context, stacks, lab, units, whole).records);
}

}  // namespace tinytorch::tito
