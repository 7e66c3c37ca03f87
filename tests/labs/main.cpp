// Registers a test for each lab and each proof, for the verbs, the examples and the milestones. ctest runs each by its
// name; so does `build/release/bin/labs_test --gtest_filter=lab_01.holes`.
#include "src/tito/grade/walls/sandbox.hpp"
#include "src/tito/util/parallel.hpp"
#include "src/tito/util/tools.hpp"
#include "tests/labs/mutants/table.hpp"
#include "tests/labs/proofs.hpp"

#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tinytorch::tito {

void expect_none(const std::string& sentence, const std::string& fault) {
  if (!fault.empty()) ADD_FAILURE() << sentence << "\n" << fault;
}

void expect_all(const std::vector<Claim>& claims) {
  for_each_in_parallel(claims.size(), cores(), [&](std::size_t i) {
    std::string fault;
    try {
      fault = claims[i].find_fault();
    } catch (const std::exception& error) {
      fault = error.what();
      if (fault.empty()) fault = "an exception without a text";
    }
    expect_none(claims[i].sentence, fault);
  });
}

std::string lines_of(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += problem + "\n";
  return text;
}

ProcessOptions tito_command(const Context& context, const std::vector<std::string>& words, double seconds) {
  ProcessOptions options = own_verb(context, words, seconds);
  options.argv.front() = (context.build() / "bin" / "tito").string();
  return options;
}

namespace {

class Proof : public testing::Test {
 public:
  explicit Proof(std::function<void()> body) : body_(std::move(body)) {}

 private:
  void TestBody() override { body_(); }

  std::function<void()> body_;
};

void add(const std::string& suite, const std::string& name, const std::function<void()>& body) {
  testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                        [body]() -> testing::Test* { return new Proof(body); });
}

/// The context with a work folder of its own, empty.
Context with_own_work(Context context, const std::string& name) {
  context.work = context.build() / "check" / name / "work";
  fs::remove_all(context.work.parent_path());
  return context;
}

void add_lab(const Context& context, const Stacks& stacks, const Lab& lab) {
  const std::vector<std::pair<const char*, void (*)(const LabProof&)>> proofs{
      {"form", prove_form},           {"versions", prove_versions}, {"walk", prove_walk},
      {"streams", prove_streams},     {"holes", prove_holes},       {"lazy", prove_lazy},
      {"mutants", prove_mutants},     {"wrong", prove_wrong},       {"contract", prove_contract},
      {"questions", prove_questions}, {"figures", prove_figures},   {"verbs", prove_verbs_on},
      {"grading", prove_grading},     {"rules", prove_rules},       {"sanitizers", prove_sanitizers}};
  for (const auto& [name, prove] : proofs) {
    add(lab.suite(), name, [&context, &stacks, &lab, name = name, prove = prove] {
      prove({with_own_work(context, lab.suite() + "." + name), stacks, lab});
    });
  }
}

void add_proofs(const Context& context, const Stacks& stacks, const std::vector<Lab>& labs,
                const std::vector<Milestone>& milestones) {
  for (const Lab& lab : labs) add_lab(context, stacks, lab);
  add("verbs", "help", [&] { prove_help(with_own_work(context, "verbs.help")); });
  add("verbs", "misspelt", [&] { prove_misspelt(with_own_work(context, "verbs.misspelt")); });
  add("grader", "attacks", [&] { prove_attacks(with_own_work(context, "grader.attacks"), stacks, ""); });
  add("grader", "one_by_one", [&] { prove_one_by_one(with_own_work(context, "grader.one_by_one")); });
  add("grader", "killed_runs", [&] { prove_killed_runs(with_own_work(context, "grader.killed_runs")); });
  add("grader", "cluster", [&] { prove_cluster(with_own_work(context, "grader.cluster")); });
  // The next weaker walls, where the machine can build them.
  if (::geteuid() == 0) {
    add("grader", "attacks_as_user",
        [&] { prove_attacks(with_own_work(context, "grader.attacks_as_user"), stacks, to_string(Walls::user)); });
  }
  add("units", "definitions", [&] { prove_definitions(stacks); });
  add("students", "rows", [&] { prove_students(context, stacks); });
  add("students", "words", [&] { prove_students_words(with_own_work(context, "students.words"), stacks); });
  for (const Program& program : stacks.programs) {
    if (program.kind != ProgramKind::example) continue;
    add("example", program.name, [&] { prove_example(context, stacks, program); });
  }
  add("milestones", "reach_every_unit", [&] { prove_milestones_reach(context, stacks, milestones); });
  for (const Milestone& milestone : milestones) {
    add("milestone", milestone.name, [&] { prove_milestone(context, stacks, milestone); });
  }
}

int run(int argc, char** argv) {
  Context context = make_context();
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "mutants") return print_mutants(context, argc - 1, argv + 1);
  if (word == "sentences" && argc > 2) return print_sentences(context, argv[2]);
  if (word == "wrong" && argc > 2) return print_wrong(context, argv[2], argc > 3 ? argv[3] : "");
  testing::InitGoogleTest(&argc, argv);
  context.terminal = false;
  context.colour = false;
  context.built = true;  // ctest builds nothing
  Stacks stacks;
  std::vector<Lab> labs;
  std::vector<Milestone> milestones;
  // The proofs judge the release build, which holds this program then. Elsewhere only the tests in self/ are run.
  std::error_code ignored;
  if (fs::equivalent("/proc/self/exe", context.build() / "bin" / "labs_test", ignored)) {
    stacks = load_stacks(context);
    labs = load_labs(context);
    milestones = load_milestones(context);
    add_proofs(context, stacks, labs, milestones);
  }
  return RUN_ALL_TESTS();
}

}  // namespace

}  // namespace tinytorch::tito

int main(int argc, char** argv) {
  try {
    return tinytorch::tito::run(argc, argv);
  } catch (const tinytorch::tito::CommandError& error) {
    std::cerr << "labs_test: " << error.what() << "\n";
    return error.exit_code;
  } catch (const std::exception& error) {
    std::cerr << "labs_test: " << error.what() << "\n";
    return tinytorch::tito::exit_trouble;
  }
}
