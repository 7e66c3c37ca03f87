#include "src/tito/judge/causes.hpp"

#include "src/tito/util/text.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tinytorch::tito {
namespace {

using Records = std::map<std::string, const TestRecord*>;

bool failed(const TestRecord& record) { return record.verdict != Verdict::pass && record.verdict != Verdict::todo; }

// A mistake that may be in the student's file.
struct Suspect {
  const Mistake* mistake;
  std::set<std::string> explains;  // failed tests
};

// The failed tests that the mistake explains; nothing when it is not possible. One test at least must show the same
// evidence: a failure with any values proves little.
std::set<std::string> explained(const Mistake& mistake, const Records& records) {
  std::set<std::string> tests;
  bool proof = false;
  for (const auto& [test, evidence] : mistake.failures) {
    const auto at = records.find(test);
    if (at == records.end()) return {};  // it was not run
    const TestRecord& record = *at->second;
    if (record.verdict == Verdict::todo) continue;
    const bool same = evidence == evidence_of(record);
    if (evidence == any_result && !failed(record)) continue;
    if (!same && !(failed(record) && (evidence == any_failure || evidence == any_result))) return {};
    proof = proof || same;
    tests.insert(test);
  }
  return proof ? tests : std::set<std::string>{};
}

// Whether it explains each failure of its own task and of the tasks that `test` builds on: a fault there may show here.
bool explains_the_ground(const Suspect& suspect, const TestInfo& test, const std::vector<TestRecord>& records) {
  return std::ranges::all_of(records, [&](const TestRecord& record) {
    const std::string& task = record.test.task;
    const bool ground = task == suspect.mistake->task || std::ranges::find(test.uses, task) != test.uses.end();
    return !failed(record) || !ground || suspect.explains.contains(record.test.name);
  });
}

bool explains_less(const Suspect& one, const Suspect& other) {
  return one.explains.size() < other.explains.size() && std::ranges::includes(other.explains, one.explains);
}

}  // namespace

std::string evidence_of(const TestRecord& record) {
  switch (record.verdict) {
    case Verdict::pass:
    case Verdict::todo:
      return "";
    case Verdict::wrong:
      return record.signature.empty() ? record.detail : record.signature;
    case Verdict::crash:
      return "CRASH " + record.detail;
    case Verdict::timeout:
      return record.detail.starts_with("waits") ? "TIMEOUT waits" : "TIMEOUT";
  }
  return "";
}

Mistakes load_mistakes(const Lab& lab) {
  const fs::path file = lab.dir / "mutants" / "diagnoses.json";
  if (!fs::exists(file)) return {};
  try {
    Mistakes mistakes;
    const nlohmann::json entries = nlohmann::json::parse(read_file(file));
    for (const auto& [name, entry] : entries.items())
      mistakes[name] = {entry.at("hint"), entry.at("task"), entry.at("failures")};
    return mistakes;
  } catch (const nlohmann::json::exception& error) {
    throw trouble(fmt::format("modules/{}/mutants/diagnoses.json: {}", lab.folder, error.what()));
  }
}

void save_mistakes(const Lab& lab, const Mistakes& mistakes) {
  nlohmann::ordered_json file;
  for (const auto& [name, mistake] : mistakes)
    file[name] = {{"hint", mistake.hint}, {"task", mistake.task}, {"failures", mistake.failures}};
  write_file(lab.dir / "mutants" / "diagnoses.json", file.dump(1) + "\n");
}

std::map<std::string, std::string> find_causes(const Mistakes& mistakes, const std::vector<TestRecord>& records) {
  Records by_name;
  for (const TestRecord& record : records) by_name[record.test.name] = &record;
  std::vector<Suspect> suspects;
  for (const auto& [name, mistake] : mistakes) {
    Suspect suspect{&mistake, explained(mistake, by_name)};
    if (!suspect.explains.empty()) suspects.push_back(std::move(suspect));
  }
  std::map<std::string, std::string> causes;
  for (const TestRecord& record : records) {
    std::vector<const Suspect*> possible;
    for (const Suspect& one : suspects) {
      const bool beaten =
          std::ranges::any_of(suspects, [&](const Suspect& other) { return explains_less(one, other); });
      if (one.explains.contains(record.test.name) && !beaten) possible.push_back(&one);
    }
    if (possible.empty()) continue;
    const Suspect& first = *possible.front();
    const bool agreed = std::ranges::all_of(
        possible, [&](const Suspect* suspect) { return suspect->mistake->hint == first.mistake->hint; });
    const bool whole = std::ranges::any_of(
        possible, [&](const Suspect* suspect) { return explains_the_ground(*suspect, record.test, records); });
    if (agreed && whole) causes[record.test.name] = first.mistake->hint;
  }
  return causes;
}

}  // namespace tinytorch::tito
