// tito mutants: which test of a lab catches which wrong version of its solution.
#include "matrix.hpp"
#include "suite.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::ordered_json;

struct MutantsOptions {
  std::string lab, json;
  bool write = false, lazy = false, holes = false;
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

Json results_json(const std::vector<VariantResult>& results) {
  Json list = Json::array();
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
void check_solution(const Context& context, const Stacks& stacks, const Lab& lab) {
  const auto units = suite_units(context, stacks, lab, "solution", "library");
  for (const TestRecord& record : run_suite(context, stacks, lab, units, {}).records) {
    if (record.verdict == Verdict::pass) continue;
    throw trouble(fmt::format("the solution itself fails {} {}: {}", record.test.task, record.test.name,
                              to_string(record.verdict)));
  }
}

int mutants(const Context& context, const MutantsOptions& options) {
  const Lab lab = find_lab(context, options.lab);
  const Stacks stacks = load_or_configure(context);
  const std::vector<UnitSource> solution = solution_sources(stacks, lab);
  std::vector<Variant> variants;
  for (const Mutant& mutant : load_mutants(lab)) variants.push_back(apply_mutant(mutant, solution));
  check_solution(context, stacks, lab);

  Json report = {{"lab", lab.folder}};
  std::vector<std::string> problems;
  const auto add = [&](const char* kind, const std::vector<VariantResult>& results, std::vector<std::string> found) {
    fmt::print("{} {}s of {}\n", results.size(), kind, lab.folder);
    print_results(results);
    report[kind] = results_json(results);
    problems.insert(problems.end(), found.begin(), found.end());
  };
  const auto results = run_variants(context, stacks, lab, variants);
  add("mutant", results, judge_mutants(results, suite_tests(context, stacks, lab)));
  if (options.write) save_diagnoses(lab, settled_diagnoses(context, stacks, lab, results));
  for (std::string& misfit : diagnosis_misfits(lab, results)) problems.push_back(std::move(misfit));
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
  verb->add_flag("--write", options->write, "renew mutants/diagnoses.json, from which failures name their cause");
  verb->add_flag("--lazy", options->lazy, "also: answers such as zeros or the first argument must earn nothing");
  verb->add_flag("--holes", options->holes, "also: each hole left open alone turns only its own tests TODO");
  verb->add_option("--json", options->json, "write the table to this file, too");
  verb->footer("Example:\n  tito mutants 01 --lazy --holes");
  verb->callback([&context, options] { context.exit_code = mutants(context, *options); });
}

}  // namespace tinytorch::tito
