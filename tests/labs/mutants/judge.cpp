#include "tests/labs/mutants/judge.hpp"

#include "src/tito/build/cache.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/parallel.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

constexpr double mostly_green = 0.7;       // of the tests should not notice a mutant ...
constexpr double share_of_mutants = 0.75;  // ... for so many mutants

bool own(const VariantResult& result, const TestRecord& record) { return record.test.task == result.variant.task; }

fs::path write_variant(const Context& context, const Stacks& stacks, const Lab& lab, const Variant& variant) {
  const fs::path folder = cache_dir(context) / "variants" /
                          fmt::format("{}_{}", lab.number, Hash().add(variant.unit).add(variant.text).text());
  write_file(folder / stacks.unit(variant.unit).file(), variant.text);
  return folder;
}

}  // namespace

VariantResult run_variant(const Context& context, const Stacks& stacks, const Lab& lab, const Variant& variant,
                          const Surroundings& surroundings, const std::function<void(const fs::path&)>& on_program) {
  const fs::path folder = write_variant(context, stacks, lab, variant);
  SuiteOptions options;
  options.keep_program = false;
  options.perturb = surroundings.perturb;
  options.delays = surroundings.delays;
  options.on_program = on_program;
  options.test_seconds = 1;  // the tests take milliseconds: what needs longer never ends
  try {
    SuiteOutcome outcome = run_suite(context, stacks, lab, units_from_folder(stacks, lab, folder), options);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return {variant, std::move(outcome.records)};
  } catch (const BuildFailure& failure) {
    throw trouble(fmt::format("[mutants] {} does not compile:\n{}", variant.name, failure.what()));
  }
}

std::vector<UnitSource> solution_sources(const Stacks& stacks, const Lab& lab) {
  std::vector<UnitSource> sources;
  for (const LabUnit& unit : lab.units) {
    const Unit& row = stacks.unit(unit.name);
    if (!row.solution) throw trouble(fmt::format("[mutants] unit {} has no solution", unit.name));
    const std::string text = read_file(row.solution->source);
    sources.push_back({unit.name, text, parse_source(text, row.file())});
  }
  return sources;
}

namespace {

std::vector<Mutant> load_all(const fs::path& folder, Mutant (*parse)(const std::string&, const std::string&)) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Mutant> all;
  for (const fs::path& file : files) all.push_back(parse(read_file(file), file.stem().string()));
  return all;
}

}  // namespace

std::vector<Mutant> load_mutants(const Lab& lab) {
  std::vector<Mutant> mutants = load_all(lab.dir / "mutants", parse_mutant);
  if (mutants.empty()) throw trouble(fmt::format("[mutants] modules/{}/mutants holds none", lab.folder));
  return mutants;
}

std::vector<Mutant> load_wrong(const Lab& lab) { return load_all(lab.dir / "wrong", parse_wrong); }

std::vector<VariantResult> run_variants(const Context& context, const Stacks& stacks, const Lab& lab,
                                        const std::vector<Variant>& variants, const Surroundings& surroundings) {
  std::vector<VariantResult> results(variants.size());
  std::atomic<std::size_t> done{0};
  for_each_in_parallel(variants.size(), cores(), [&](std::size_t i) {
    results[i] = run_variant(context, stacks, lab, variants[i], surroundings);
    const std::size_t count = ++done;
    if (context.terminal) {
      fmt::print(stderr, "\r\033[K[{}/{}] {}", count, variants.size(), variants[i].name);
      std::fflush(stderr);
    }
  });
  if (context.terminal) fmt::print(stderr, "\r\033[K");
  return results;
}

namespace {

// Whether the run `now` is one that `kept` allows. What a mutant does after it damaged memory, and in which test, is
// the machine's choice.
bool agree(const Mistake& kept, const Mistake& now) {
  const auto allows = [&](const std::string& test, const std::string& evidence) {
    const auto at = now.failures.find(test);
    if (evidence == any_result) return true;
    return at != now.failures.end() && (evidence == any_failure || evidence == at->second);
  };
  if (kept.hint != now.hint || kept.task != now.task) return false;
  if (damages_memory(kept)) return !now.failures.empty();
  return std::ranges::all_of(kept.failures, [&](const auto& entry) { return allows(entry.first, entry.second); }) &&
         std::ranges::all_of(now.failures, [&](const auto& entry) { return kept.failures.contains(entry.first); });
}

}  // namespace

bool damages_memory(const Mistake& mistake) {
  return std::ranges::any_of(mistake.failures, [](const auto& failure) {
    return failure.second.starts_with("CRASH signal 6,") || failure.second.starts_with("CRASH signal 11,");
  });
}

std::vector<Surroundings> surroundings_to_settle() {
  constexpr int other_bytes = 0xA5, delayed_runs = 6;
  std::vector<Surroundings> all{{}, {.perturb = other_bytes}};
  for (int seed = 1; seed <= delayed_runs; ++seed) all.push_back({.delays = seed});
  return all;
}

bool has_threads(const Lab& lab, const Variant& variant) {
  return std::ranges::any_of(lab.units,
                             [&](const LabUnit& unit) { return unit.name == variant.unit && unit.schedules; });
}

Mistakes settled(const Mistakes& one, const Mistakes& other) {
  Mistakes both = one;
  for (auto& [name, mistake] : both) {
    const auto twin = other.find(name);
    if (twin == other.end()) continue;
    for (auto& [test, evidence] : mistake.failures) {
      const auto again = twin->second.failures.find(test);
      if (again == twin->second.failures.end() || evidence == any_result)
        evidence = any_result;
      else if (again->second != evidence)
        evidence = again->second == any_result ? any_result : any_failure;
    }
    for (const auto& [test, evidence] : twin->second.failures) mistake.failures.emplace(test, any_result);
  }
  return both;
}

std::set<std::string> unsteady(const Mistakes& kept, const Mistakes& one, const Mistakes& other) {
  std::set<std::string> names;
  for (const auto& [name, mistake] : one) {
    const auto known = kept.find(name), again = other.find(name);
    if (again == other.end()) continue;
    const auto comparable = [&, known = known](std::map<std::string, std::string> failures) {
      if (known == kept.end()) return failures;
      for (const auto& [test, evidence] : known->second.failures) {
        if (evidence == any_result) failures.erase(test);
        if (evidence == any_failure && failures.contains(test)) failures[test] = any_failure;
      }
      return failures;
    };
    if (comparable(mistake.failures) != comparable(again->second.failures)) names.insert(name);
  }
  return names;
}

std::vector<std::string> mistake_misfits(const Mistakes& kept, const Mistakes& found, const Mistakes& again) {
  std::vector<std::string> lines;
  for (const auto& [name, mistake] : found) {
    const auto golden = kept.find(name), repeated = again.find(name);
    if (repeated == again.end() || repeated->second != mistake) continue;
    if (golden == kept.end())
      lines.push_back("diagnoses.json lacks " + name);
    else if (!agree(golden->second, mistake))
      lines.push_back("diagnoses.json has other failures of " + name);
  }
  return lines;
}

std::vector<std::string> diagnosis_problems(const Context& context, const Stacks& stacks, const Lab& lab,
                                            const std::vector<VariantResult>& results, bool sample) {
  const Mistakes kept = load_mistakes(lab), found = mistakes_of(results);
  if (mistake_misfits(kept, found, found).empty()) return {};
  std::vector<Variant> variants;
  for (const VariantResult& result : results) variants.push_back(result.variant);
  const Mistakes again = mistakes_of(run_variants(context, stacks, lab, variants));
  std::vector<std::string> problems = mistake_misfits(kept, found, again);
  if (sample && problems.size() <= may_differ(found.size())) problems.clear();
  if (!problems.empty()) problems.push_back("`./tito mutants " + lab.number + " --write` renews it");
  return problems;
}

double share_green(const VariantResult& result) {
  const auto green = std::count_if(result.records.begin(), result.records.end(),
                                   [](const TestRecord& record) { return record.verdict == Verdict::pass; });
  return static_cast<double>(green) / static_cast<double>(result.records.size());
}

std::vector<std::string> caught_by(const VariantResult& result) {
  std::vector<std::string> names;
  for (const bool of_own_task : {true, false}) {
    for (const TestRecord& record : result.records) {
      if (record.verdict == Verdict::pass || own(result, record) != of_own_task) continue;
      const std::string verdict =
          record.verdict == Verdict::wrong ? "" : fmt::format(" ({})", to_string(record.verdict));
      names.push_back(fmt::format("{} {}{}", record.test.task, record.test.name, verdict));
    }
  }
  return names;
}

std::vector<std::string> judge_caught(const std::vector<VariantResult>& results) {
  std::vector<std::string> problems;
  for (const VariantResult& result : results) {
    const std::vector<std::string> tests = caught_by(result);  // those of its own task first
    if (tests.empty()) {
      problems.push_back(fmt::format("{} survives: no test notices that {}", result.variant.name, result.variant.hint));
    } else if (tests.front().rfind(result.variant.task + " ", 0) != 0) {
      problems.push_back(fmt::format("{} is caught, but by no test of its task {}: only by {}", result.variant.name,
                                     result.variant.task, fmt::join(tests, ", ")));
    }
  }
  return problems;
}

std::vector<std::string> judge_suite(const std::vector<VariantResult>& results, const std::vector<TestInfo>& tests) {
  std::vector<std::string> problems;
  std::set<std::string> useful;
  std::size_t narrow = 0;
  for (const VariantResult& result : results) {
    for (const TestRecord& record : result.records) {
      if (record.verdict != Verdict::pass) useful.insert(record.test.name);
    }
    if (share_green(result) >= mostly_green) ++narrow;
  }
  for (const TestInfo& test : tests) {
    if (useful.count(test.name) == 0) problems.push_back(fmt::format("{} {} catches no mutant", test.task, test.name));
  }
  if (static_cast<double>(narrow) < share_of_mutants * static_cast<double>(results.size())) {
    problems.push_back(fmt::format("only {} of {} mutants leave {:g} % of the tests green", narrow, results.size(),
                                   100 * mostly_green));
  }
  return problems;
}

std::vector<std::string> judge_lazy(const Lab& lab, const std::vector<VariantResult>& results) {
  std::vector<std::string> problems;
  for (const VariantResult& result : results) {
    for (const TaskScore& task : score(lab, result.records).tasks) {
      if (task.task->id != result.variant.task || task.points == 0) continue;
      problems.push_back(fmt::format("{} earns {:g} points", result.variant.name, task.points));
    }
  }
  return problems;
}

std::vector<std::string> judge_holes(const Lab& lab, const std::vector<VariantResult>& results) {
  std::vector<std::string> problems;
  for (const VariantResult& result : results) {
    const LabScore total = score(lab, result.records);
    if (total.points >= total.possible) problems.push_back(fmt::format("{} costs no points", result.variant.name));
    for (const TestRecord& record : result.records) {
      if (record.verdict == Verdict::pass) continue;
      const auto& uses = record.test.uses;
      const bool declared =
          own(result, record) || std::find(uses.begin(), uses.end(), result.variant.task) != uses.end();
      if (record.verdict != Verdict::todo) {
        problems.push_back(
            fmt::format("{}: {} is {}, not TODO", result.variant.name, record.test.name, to_string(record.verdict)));
      } else if (!declared) {
        problems.push_back(fmt::format("{}: {} needs {} and does not declare it", result.variant.name, record.test.name,
                                       result.variant.task));
      }
    }
  }
  return problems;
}

Mistakes mistakes_of(const std::vector<VariantResult>& results) {
  Mistakes all;
  for (const VariantResult& result : results) {
    Mistake& mistake = all[result.variant.name];
    mistake.hint = result.variant.hint;
    mistake.task = result.variant.task;
    for (const TestRecord& record : result.records) {
      std::string evidence = evidence_of(record);
      if (!evidence.empty()) mistake.failures[record.test.name] = std::move(evidence);
    }
  }
  return all;
}

}  // namespace tinytorch::tito
