// tito mutants: which test of a lab catches which wrong version of its solution.
#include "src/tito/dev/failures.hpp"
#include "src/tito/dev/mutants/generated.hpp"
#include "src/tito/dev/mutants/matrix.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/verbs.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using OrderedJson = nlohmann::ordered_json;

struct MutantsOptions {
  std::string lab, json;
  bool write = false, lazy = false, holes = false, generated = false;
  std::size_t most = 0;
};

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

// What the mutants give in two runs that find other bytes in fresh memory: what is settled is worth a golden file.
void write_golden(const Context& context, const Stacks& stacks, const Lab& lab,
                  const std::vector<VariantResult>& results) {
  constexpr int other_bytes = 0xA5;
  std::vector<Variant> variants;
  for (const VariantResult& result : results) variants.push_back(result.variant);
  const auto second = run_variants(context, stacks, lab, variants, other_bytes);
  const Diagnoses diagnoses = settled(diagnoses_of(results), diagnoses_of(second));
  save_diagnoses(lab, diagnoses);
  save_failures(lab, settled(failures_of(context, stacks, lab, results, diagnoses),
                             failures_of(context, stacks, lab, second, diagnoses)));
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
  const auto add = [&](const char* kind, const std::vector<VariantResult>& results, std::vector<std::string> found) {
    fmt::print("{} {}s of {}\n", results.size(), kind, lab.folder);
    print_results(results);
    report[kind] = results_json(results);
    problems.insert(problems.end(), found.begin(), found.end());
  };
  const auto results = run_variants(context, stacks, lab, variants);
  add("mutant", results, judge_mutants(results, suite_tests(context, stacks, lab)));
  if (options.write) write_golden(context, stacks, lab, results);
  for (std::string& misfit : diagnosis_problems(context, stacks, lab, results)) problems.push_back(std::move(misfit));
  if (options.lazy) {
    const auto lazy = run_variants(context, stacks, lab, lazy_variants(lab, solution));
    add("lazy answer", lazy, judge_lazy(lab, lazy));
  }
  if (options.holes) {
    const auto holes = run_variants(context, stacks, lab, hole_variants(lab, solution));
    add("open hole", holes, judge_holes(lab, holes));
  }
  prune_cache(context);
  report["problems"] = problems;
  if (!options.json.empty()) write_file(options.json, report.dump(2) + "\n");
  for (const std::string& problem : problems) fmt::print("{}  {}\n", paint(context, Style::bad, "FAIL"), problem);
  if (problems.empty())
    fmt::print("{}\n", paint(context, Style::good, "every mutant is caught, every test catches one"));
  return problems.empty() ? exit_ok : exit_not_all;
}

}  // namespace

void add_mutants(CLI::App& app, Context& context) {
  auto options = std::make_shared<MutantsOptions>();
  CLI::App* verb = app.add_subcommand("mutants", "Shows which test of a lab catches which mutant (for maintainers)");
  verb->add_option("lab", options->lab, "the lab: 01, or its name")->required();
  verb->add_flag("--write", options->write,
                 "renew mutants/diagnoses.json and failures.golden: the causes that failures name, and their texts");
  verb->add_flag("--lazy", options->lazy, "also: answers such as zeros or the first argument must earn nothing");
  verb->add_flag("--holes", options->holes, "also: each hole left open alone turns only its own tests TODO");
  verb->add_flag("--generated", options->generated,
                 "instead: mutants made by rule from the solution's tokens; 95 % of them must be noticed");
  verb->add_option("--most", options->most, "with --generated: only so many, spread evenly")->needs("--generated");
  verb->add_option("--json", options->json, "write the table to this file, too");
  verb->footer("Example:\n  tito mutants 01 --lazy --holes\n  tito mutants 01 --generated");
  verb->callback([&context, options] { context.exit_code = mutants(context, *options); });
}

}  // namespace tinytorch::tito
