#include "tests/labs/mutants/table.hpp"

#include "src/tito/build/cache.hpp"
#include "src/tito/build/ninja.hpp"
#include "src/tito/dev/mutants.hpp"
#include "src/tito/judge/suite.hpp"
#include "tests/labs/mutants/failures.hpp"
#include "tests/labs/mutants/generated.hpp"
#include "tests/labs/mutants/judge.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using OrderedJson = nlohmann::ordered_json;

void print_results(const std::vector<VariantResult>& results) {
  std::size_t widest = 0;
  for (const VariantResult& result : results) widest = std::max(widest, result.variant.name.size());
  for (const VariantResult& result : results) {
    const std::vector<std::string> tests = caught_by(result);
    fmt::print("{:<{}}  {:<5} caught by {:>2} of {}, {:3.0f} % green\n", result.variant.name, widest,
               result.variant.task, tests.size(), result.records.size(), 100 * share_green(result));
    constexpr std::size_t most = 4;
    for (std::size_t i = 0; i < std::min(most, tests.size()); ++i) fmt::print("    {}\n", tests[i]);
    if (tests.size() > most) fmt::print("    ... and {} more\n", tests.size() - most);
  }
  fmt::print("\n");
}

OrderedJson results_json(const std::vector<VariantResult>& results) {
  OrderedJson list = OrderedJson::array();
  for (const VariantResult& result : results) {
    list.push_back({{"name", result.variant.name},
                    {"task", result.variant.task},
                    {"hint", result.variant.hint},
                    {"green", share_green(result)},
                    {"caught_by", caught_by(result)}});
  }
  return list;
}

// Judging a suite by mutants means nothing while the solution itself fails it.
// Builds all that its variants need, too.
void check_solution(Context& context, const Stacks& stacks, const Lab& lab) {
  const auto units = suite_units(context, stacks, lab, "solution", "library");
  for (const TestRecord& record : run_suite(context, stacks, lab, units, {}).records) {
    if (record.verdict == Verdict::pass) continue;
    throw trouble(fmt::format("the solution itself fails {} {}: {}", record.test.task, record.test.name,
                              to_string(record.verdict)));
  }
  context.built = true;
}

const char* to_string(Fate fate) {
  switch (fate) {
    case Fate::refused:
      return "does not compile";
    case Fate::same:
      return "the same code";
    case Fate::killed:
      return "killed";
    case Fate::equivalent:
      return "equivalent";
    case Fate::survived:
      break;
  }
  return "survived";
}

OrderedJson judged_json(const GeneratedReport& report) {
  OrderedJson list = OrderedJson::array();
  for (const Judged& one : report.judged) {
    list.push_back({{"unit", one.mutant.unit},
                    {"line", one.mutant.line},
                    {"task", one.mutant.task},
                    {"rule", one.mutant.rule},
                    {"before", one.mutant.before},
                    {"after", one.mutant.after},
                    {"fate", to_string(one.fate)},
                    {"by", one.by}});
  }
  return list;
}

// Mutants made by rule: how many of them the suite notices, and which it does not.
int generated(const Context& context, const MutantsOptions& options, const Lab& lab, const Stacks& stacks) {
  const GeneratedReport report = judge_generated(context, stacks, lab, options.most);
  for (const Judged& one : report.judged) {
    if (one.fate == Fate::survived) fmt::print("{}", survivor_text(stacks, one));
  }
  fmt::print("{}", generated_summary(lab, report));
  if (!options.json.empty())
    write_file(options.json, OrderedJson{{"lab", lab.folder}, {"generated", judged_json(report)}}.dump(2) + "\n");
  const auto problems = generated_problems(lab, report, options.most == 0);
  for (const std::string& problem : problems) fmt::print("{}  {}\n", paint(context, Style::bad, "FAIL"), problem);
  return problems.empty() ? exit_ok : exit_not_all;
}

// Takes over what a golden file says of the lab's other mutants, those that were not run.
template <class Golden>
void keep_others(const Lab& lab, const std::vector<VariantResult>& results, const Golden& kept, Golden& golden) {
  for (const Mutant& mutant : load_mutants(lab)) {
    const bool was_run = std::ranges::any_of(results, [&](const auto& one) { return one.variant.name == mutant.name; });
    if (const auto entry = kept.find(mutant.name); !was_run && entry != kept.end()) golden.insert(*entry);
  }
}

// What the mutants give in two runs that find other bytes in fresh memory: what is settled is worth a golden file.
void write_golden(const Context& context, const Stacks& stacks, const Lab& lab,
                  const std::vector<VariantResult>& results) {
  constexpr int other_bytes = 0xA5;
  std::vector<Variant> variants;
  for (const VariantResult& result : results) variants.push_back(result.variant);
  const auto second = run_variants(context, stacks, lab, variants, other_bytes);
  Mistakes mistakes = settled(mistakes_of(results), mistakes_of(second));
  keep_others(lab, results, load_mistakes(lab), mistakes);
  save_mistakes(lab, mistakes);
  Failures failures = settled(failures_of(context, stacks, lab, results, mistakes),
                              failures_of(context, stacks, lab, second, mistakes));
  keep_others(lab, results, load_failures(lab), failures);
  save_failures(lab, failures);
}

/// Those whose names begin with `only`; all when it is empty.
std::vector<Variant> chosen(std::vector<Variant> variants, const std::string& only) {
  std::erase_if(variants, [&](const Variant& variant) { return variant.name.rfind(only, 0) != 0; });
  return variants;
}

int mutants(Context context, const MutantsOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  const Stacks stacks = load_or_configure(context);
  if (options.generated) {
    check_solution(context, stacks, lab);
    return generated(context, options, lab, stacks);
  }
  const std::vector<UnitSource> solution = solution_sources(stacks, lab);
  std::vector<Variant> variants;
  for (const Mutant& mutant : load_mutants(lab)) variants.push_back(apply_mutant(mutant, solution));
  check_solution(context, stacks, lab);

  OrderedJson report = {{"lab", lab.folder}};
  std::vector<std::string> problems;
  std::size_t judged = 0;
  const auto run = [&](const char* kind, const std::vector<Variant>& all, const auto& judge) {
    const auto results = run_variants(context, stacks, lab, chosen(all, options.only));
    judged += results.size();
    fmt::print("{} {}s of {}\n", results.size(), kind, lab.folder);
    print_results(results);
    report[kind] = results_json(results);
    for (std::string& problem : judge(results)) problems.push_back(std::move(problem));
  };
  run("mutant", variants, [&](const std::vector<VariantResult>& results) {
    std::vector<std::string> found = judge_caught(results);
    if (options.write) write_golden(context, stacks, lab, results);
    if (!options.only.empty()) return found;  // what follows needs all of them
    for (const auto& more :
         {judge_suite(results, suite_tests(context, stacks, lab)), diagnosis_problems(context, stacks, lab, results)})
      found.insert(found.end(), more.begin(), more.end());
    return found;
  });
  if (options.lazy)
    run("lazy answer", lazy_variants(lab, solution), [&](const auto& results) { return judge_lazy(lab, results); });
  if (options.holes)
    run("open hole", hole_variants(lab, solution), [&](const auto& results) { return judge_holes(lab, results); });
  if (judged == 0) throw usage_error(fmt::format("no name of a wrong version begins with `{}`", options.only));
  prune_cache(context);
  report["problems"] = problems;
  if (!options.json.empty()) write_file(options.json, report.dump(2) + "\n");
  for (const std::string& problem : problems) fmt::print("{}  {}\n", paint(context, Style::bad, "FAIL"), problem);
  if (problems.empty() && options.only.empty())
    fmt::print("{}\n", paint(context, Style::good, "every mutant is caught, every test catches one"));
  return problems.empty() ? exit_ok : exit_not_all;
}

}  // namespace

int print_mutants(const Context& context, int argc, char** argv) {
  CLI::App app;
  MutantsOptions options;
  add_mutants_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return mutants(context, options);
}

}  // namespace tinytorch::tito
