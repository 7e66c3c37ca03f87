#include "tests/labs/mutants/generated.hpp"

#include "src/tito/build/cache.hpp"
#include "src/tito/build/compile.hpp"
#include "src/tito/judge/suite.hpp"
#include "src/tito/util/parallel.hpp"
#include "tests/labs/mutants/judge.hpp"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

namespace tinytorch::tito {
namespace {

constexpr double least_killed = 0.95;
constexpr double most_equivalent = 0.08;
constexpr std::size_t workers = 2;

std::vector<Equivalent> load_ledger(const Lab& lab) {
  const fs::path file = lab.dir / "equivalents.txt";
  return fs::exists(file) ? parse_equivalents(read_file(file), lab.folder + "/equivalents.txt")
                          : std::vector<Equivalent>{};
}

bool covers(const Equivalent& entry, const TokenMutant& mutant) {
  return entry.before == mutant.before && entry.after == mutant.after;
}

// The folder a worker compiles in: always the same, so that equal code gives equal objects.
fs::path worker_folder(const Context& context, const Lab& lab, std::size_t worker) {
  return cache_dir(context) / "generated" / fmt::format("{}_{}", lab.number, worker);
}

// The names of the tests that judge a task, and of all others.
struct Split {
  std::vector<std::string> own, others;
};

Split split_tests(const std::vector<TestInfo>& tests, const std::string& task) {
  Split split;
  for (const TestInfo& test : tests) (test.task == task ? split.own : split.others).push_back(test.name);
  return split;
}

// The first test of `only` that does not pass, with its verdict; "" when all do.
std::string noticed_by(const Context& context, const Stacks& stacks, const Lab& lab, const fs::path& folder,
                       const std::vector<std::string>& only) {
  if (only.empty()) return "";
  const auto units = units_from_folder(stacks, lab, folder);
  SuiteOptions options;
  options.only = only;
  options.keep_program = false;
  options.test_seconds = 1;
  for (const TestRecord& record : run_suite(context, stacks, lab, units, options).records) {
    Verdict verdict = record.verdict;
    if (verdict ==
        Verdict::timeout) {  // on a busy machine a right one may be late: then the lab's own, longer limit decides
      SuiteOptions patient = options;
      patient.only = {record.test.name};
      patient.test_seconds = 0;
      verdict = run_suite(context, stacks, lab, units, patient).records.front().verdict;
    }
    if (verdict == Verdict::pass) continue;
    return fmt::format("{} {} ({})", record.test.task, record.test.name, to_string(verdict));
  }
  return "";
}

class Judge {
 public:
  Judge(const Context& context, const Stacks& stacks, const Lab& lab)
      : context_(context),
        stacks_(stacks),
        lab_(lab),
        tests_(suite_tests(context, stacks, lab)),
        ledger_(load_ledger(lab)),
        headers_{header_state(context), allowed_by(context, lab)} {}

  Judged judge(const TokenMutant& mutant, const std::string& solution, std::size_t worker) const {
    Judged judged{mutant, Fate::survived, ""};
    const fs::path folder = worker_folder(context_, lab_, worker);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    try {
      const std::string original = object_of(mutant.unit, solution, folder);
      if (object_of(mutant.unit, mutant.text, folder) == original) {
        judged.fate = Fate::same;
        return judged;
      }
      const Split split = split_tests(tests_, mutant.task);
      judged.by = noticed_by(context_, stacks_, lab_, folder, split.own);
      if (judged.by.empty()) judged.by = noticed_by(context_, stacks_, lab_, folder, split.others);
    } catch (const BuildFailure&) {
      judged.fate = Fate::refused;
      return judged;
    }
    if (!judged.by.empty()) {
      judged.fate = Fate::killed;
    } else if (std::any_of(ledger_.begin(), ledger_.end(), [&](const Equivalent& e) { return covers(e, mutant); })) {
      judged.fate = Fate::equivalent;
    }
    return judged;
  }

 private:
  // The bytes of the object that the text compiles to, as the unit's file in that folder.
  std::string object_of(const std::string& unit, const std::string& text, const fs::path& folder) const {
    const Unit& row = stacks_.unit(unit);
    const fs::path file = folder / row.file();
    write_file(file, text);
    return read_file(compile(context_, stacks_, row, file, Level::test, headers_).object);
  }

  const Context& context_;
  const Stacks& stacks_;
  const Lab& lab_;
  std::vector<TestInfo> tests_;
  std::vector<Equivalent> ledger_;
  Headers headers_;
};

// So many of the mutants, evenly spread.
std::vector<TokenMutant> thinned(std::vector<TokenMutant> all, std::size_t most) {
  if (most == 0 || all.size() <= most) return all;
  std::vector<TokenMutant> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(std::move(all[i * all.size() / most]));
  return some;
}

}  // namespace

std::size_t GeneratedReport::count(Fate fate) const {
  return static_cast<std::size_t>(
      std::count_if(judged.begin(), judged.end(), [&](const Judged& one) { return one.fate == fate; }));
}

std::size_t GeneratedReport::compiled() const { return judged.size() - count(Fate::refused) - count(Fate::same); }

double GeneratedReport::kill_rate() const {
  const std::size_t counted = compiled() - count(Fate::equivalent);
  return counted == 0 ? 1.0 : static_cast<double>(count(Fate::killed)) / static_cast<double>(counted);
}

double GeneratedReport::equivalent_rate() const {
  return compiled() == 0 ? 0.0 : static_cast<double>(count(Fate::equivalent)) / static_cast<double>(compiled());
}

GeneratedReport judge_generated(const Context& context, const Stacks& stacks, const Lab& lab, std::size_t most) {
  const std::vector<UnitSource> solution = solution_sources(stacks, lab);
  std::vector<TokenMutant> mutants;
  for (const UnitSource& unit : solution) {
    for (TokenMutant& mutant : token_mutants(unit)) mutants.push_back(std::move(mutant));
  }
  mutants = thinned(std::move(mutants), most);
  const Judge judge(context, stacks, lab);
  GeneratedReport report;
  report.judged.resize(mutants.size());
  std::atomic<std::size_t> next{0};
  for_each_in_parallel(workers, workers, [&](std::size_t worker) {
    for (std::size_t i = next++; i < mutants.size(); i = next++) {
      const auto unit = std::find_if(solution.begin(), solution.end(),
                                     [&](const UnitSource& source) { return source.unit == mutants[i].unit; });
      report.judged[i] = judge.judge(mutants[i], unit->text, worker);
      if (!context.terminal) continue;
      fmt::print(stderr, "\r\033[K[{}/{}] {}:{} {}", i + 1, mutants.size(), unit->source.name, mutants[i].line,
                 mutants[i].rule);
      std::fflush(stderr);
    }
  });
  if (context.terminal) fmt::print(stderr, "\r\033[K");
  prune_cache(context);
  return report;
}

std::string generated_summary(const Lab& lab, const GeneratedReport& report) {
  const std::size_t killed = report.count(Fate::killed), equivalent = report.count(Fate::equivalent);
  return fmt::format("{}: {} made, {} refused by the compiler, {} compiled to the solution's own code, {} left\n",
                     lab.folder, report.judged.size(), report.count(Fate::refused), report.count(Fate::same),
                     report.compiled()) +
         fmt::format("{}: {} of {} killed, {:.1f} %; {} of {} equivalent by the ledger, {:.1f} %\n", lab.folder, killed,
                     report.compiled() - equivalent, 100 * report.kill_rate(), equivalent, report.compiled(),
                     100 * report.equivalent_rate());
}

std::string survivor_text(const Stacks& stacks, const Judged& survivor) {
  const TokenMutant& mutant = survivor.mutant;
  return fmt::format("survived  {} {}:{}  {}\n- {}\n+ {}\n", mutant.task, stacks.unit(mutant.unit).file(), mutant.line,
                     mutant.rule, mutant.before, mutant.after);
}

std::vector<std::string> generated_problems(const Lab& lab, const GeneratedReport& report, bool whole) {
  std::vector<std::string> problems;
  if (report.judged.empty()) problems.push_back("no mutant was made");
  if (report.kill_rate() < least_killed) {
    problems.push_back(fmt::format("{:.1f} % of the mutants are noticed, {:g} % must be", 100 * report.kill_rate(),
                                   100 * least_killed));
  }
  if (report.equivalent_rate() > most_equivalent) {
    problems.push_back(fmt::format("{:.1f} % are argued to be equivalent, {:g} % may be",
                                   100 * report.equivalent_rate(), 100 * most_equivalent));
  }
  for (const Equivalent& entry : load_ledger(lab)) {
    bool needed = false;
    for (const Judged& one : report.judged) {
      if (!covers(entry, one.mutant)) continue;
      needed = needed || one.fate == Fate::equivalent || one.fate == Fate::killed;
      if (one.fate == Fate::killed)
        problems.push_back(fmt::format("equivalents.txt argues for `{}`, and {} notices it", entry.after, one.by));
    }
    if (whole && !needed)
      problems.push_back(fmt::format("equivalents.txt argues for what no rule makes: `{}`", entry.after));
  }
  return problems;
}

}  // namespace tinytorch::tito
