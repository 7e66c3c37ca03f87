#include "tests/labs/mutants/failures.hpp"

#include "src/tito/judge/suite.hpp"
#include "src/tito/lab/markers.hpp"
#include "src/tito/lab/workspace.hpp"
#include "src/tito/util/text.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

namespace tinytorch::tito {
namespace {

constexpr const char* restless = "differs from run to run\n";
constexpr const char* head =
    "What a student reads: the skeleton's first test of each task, then each mutant's first failure of its own task.\n"
    "`./tito mutants NN --write` renews this file, `./tito check` compares it.\n";

// The context without colours and with another root, so that the texts name work/... on every machine.
Context plain(const Context& context, const fs::path& root) {
  Context other = context;
  other.root = root;
  other.work = root / "work";
  other.colour = false;
  return other;
}

void add_skeleton(const Context& context, const Stacks& stacks, const Lab& lab, Failures& failures) {
  const fs::path root = fs::temp_directory_path() / fmt::format("tito-failures-{}", ::getpid());
  const Context started = plain(context, root);
  start_lab(started, lab);
  std::set<std::string> seen;
  const auto units = suite_units(context, stacks, lab, "skeleton", "library");
  for (const TestRecord& record : run_suite(context, stacks, lab, units, {}).records) {
    if (record.verdict == Verdict::pass || !seen.insert(record.test.task).second) continue;
    failures["skeleton " + record.test.task] = failure_text(started, lab, record, {}, {});
  }
  std::error_code ignored;
  fs::remove_all(root, ignored);
}

// A test that may fail and may pass decides which failure comes first and whether its cause is certain.
bool varies(const Mistakes& mistakes, const std::string& mutant) {
  const auto known = mistakes.find(mutant);
  return known != mistakes.end() &&
         std::ranges::any_of(known->second.failures, [](const auto& failure) { return failure.second == any_result; });
}

}  // namespace

Failures failures_of(const Context& context, const Stacks& stacks, const Lab& lab,
                     const std::vector<VariantResult>& results, const Mistakes& mistakes) {
  Failures failures;
  add_skeleton(context, stacks, lab, failures);
  const Context elsewhere = plain(context, "/");
  for (const VariantResult& result : results) {
    if (varies(mistakes, result.variant.name)) {
      failures[result.variant.name] = restless;
      continue;
    }
    std::vector<TestRecord> own;
    std::copy_if(result.records.begin(), result.records.end(), std::back_inserter(own),
                 [&](const TestRecord& record) { return record.test.task == result.variant.task; });
    const TestRecord* first = most_telling(own);
    if (first == nullptr) continue;
    TestRecord record = *first;
    record.where.clear();  // the line depends on the compiler
    const Causes causes = find_causes(mistakes, result.records);
    failures[result.variant.name] = failure_text(elsewhere, lab, record, causes, {});
  }
  return failures;
}

Failures settled(const Failures& one, const Failures& other) {
  Failures both = one;
  for (auto& [name, text] : both) {
    const auto twin = other.find(name);
    if (twin == other.end() || twin->second != text) text = restless;
  }
  return both;
}

std::string failures_text(const Failures& failures) {
  std::string text = head;
  for (const auto& [name, failure] : failures) text += "\n== " + name + "\n" + failure;
  return text;
}

Failures parse_failures(const std::string& text) {
  Failures failures;
  std::string* section = nullptr;
  for (const std::string& line : split_lines(text)) {
    if (line.rfind("== ", 0) == 0) {
      section = &failures[line.substr(3)];
    } else if (section != nullptr && !line.empty()) {
      *section += line + "\n";
    }
  }
  return failures;
}

void save_failures(const Lab& lab, const Failures& failures) {
  write_file(lab.dir / "mutants" / "failures.golden", failures_text(failures));
}

Failures load_failures(const Lab& lab) {
  const fs::path file = lab.dir / "mutants" / "failures.golden";
  return fs::exists(file) ? parse_failures(read_file(file)) : Failures{};
}

std::vector<std::string> failure_misfits(const Lab& lab, const Failures& found, const std::set<std::string>& others) {
  constexpr std::size_t one_in = 20;
  const Failures kept = load_failures(lab), now = parse_failures(failures_text(found));
  std::vector<std::string> lines;
  std::size_t differ = 0;
  for (const auto& [name, text] : now) {
    const auto golden = kept.find(name);
    if (golden == kept.end()) {
      lines.push_back("failures.golden lacks " + name);
      differ += one_in;
    } else if (golden->second != restless && golden->second != text) {
      lines.push_back(fmt::format("{} reads\n{}and not, as in failures.golden,\n{}", name, text, golden->second));
      ++differ;
    }
  }
  for (const auto& [name, text] : kept) {
    if (now.count(name) != 0 || others.count(name) != 0) continue;
    lines.push_back("failures.golden holds " + name + ", which is gone");
    differ += one_in;
  }
  if (differ <= (others.empty() ? now.size() / one_in : may_differ(now.size()))) return {};
  lines.push_back("`./tito mutants " + lab.number + " --write` renews it");
  return lines;
}

std::vector<std::string> failure_problems(const Context& context, const Stacks& stacks, const Lab& lab,
                                          const std::vector<VariantResult>& results, std::set<std::string> others) {
  const Mistakes mistakes = load_mistakes(lab);
  Failures found = failures_of(context, stacks, lab, results, mistakes);
  for (const auto& [name, mistake] : mistakes) {
    if (!damages_memory(mistake) || found.erase(name) == 0) continue;
    others.insert(name);
  }
  if (failure_misfits(lab, found, others).empty()) return {};
  const Failures kept = load_failures(lab), now = parse_failures(failures_text(found));
  std::vector<Variant> variants;
  for (const VariantResult& result : results) {
    const std::string& name = result.variant.name;
    if (now.contains(name) && kept.contains(name) && now.at(name) != kept.at(name)) variants.push_back(result.variant);
  }
  const Mistakes again = mistakes_of(run_variants(context, stacks, lab, variants));
  for (const std::string& name : unsteady(mistakes, mistakes_of(results), again)) {
    found.erase(name);
    others.insert(name);
  }
  return failure_misfits(lab, found, others);
}

std::string lacking(const TestRecord& record, const std::string& text) {
  std::vector<std::string> wanted{" " + record.test.task + " ", record.test.name};
  if (record.verdict != Verdict::todo) {
    // A crash that the tests before it brought about is repeated with them.
    const bool alone = record.verdict != Verdict::crash || !record.last.ends_alone;
    wanted.insert(wanted.end(),
                  {" · seed 1", "again: ./tito test", (alone ? "--only " + record.test.name : "") + " --seed 1"});
  }
  if (record.verdict == Verdict::wrong && !record.wrong.empty())
    wanted.insert(wanted.end(), {"smallest case ", "expected ", "yours "});
  std::string lacks;
  for (const std::string& part : wanted) {
    if (text.find(part) == std::string::npos) lacks += (lacks.empty() ? "" : ", ") + ("`" + part + "`");
  }
  return lacks;
}

}  // namespace tinytorch::tito
