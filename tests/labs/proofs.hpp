// What must hold of every lab, a test each. main.cpp gives them their names: lab_01.holes, lab_01.mutants, ...
#pragma once

#include "src/tito/build/stacks.hpp"
#include "src/tito/lab/lab.hpp"
#include "src/tito/lab/milestones.hpp"
#include "src/tito/util/context.hpp"
#include "src/tito/util/process.hpp"
#include "tests/labs/mutants/variants.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tinytorch::tito {

/// What the proofs of a lab share.
struct LabProof {
  Context context;  // its work/ is an empty folder of the build, made for this proof alone
  const Stacks& stacks;
  const Lab& lab;
};

/// Points, hints, lazy answers and mutants are as many as they should be; the skeletons are up to date; every task has
/// a hole.
void prove_form(const LabProof& proof);

/// The skeleton earns 0 points; the solution, the library and both alternatives earn all.
void prove_versions(const LabProof& proof);

/// A student takes the tasks in order: after each step exactly the tests that need no other task are green.
void prove_walk(const LabProof& proof);

/// Right versions write the same value stream, and no stream can be guessed.
void prove_streams(const LabProof& proof);

/// Each hole left open alone costs points, and only of tests that declare it.
void prove_holes(const LabProof& proof);

/// Each lazy answer (zeros, the first argument, a constant, an exception) earns nothing for its task.
void prove_lazy(const LabProof& proof);

/// Each mutant is caught by a test of its task and shows in the value stream; each test catches one; most are narrow;
/// failures read as the golden files have them.
void prove_mutants(const LabProof& proof);

/// Each sentence of the headers of the lab's units has tests and wrong versions, or a reason why it can't be tested.
void prove_contract(const LabProof& proof);

/// Each wrong version as students write them loses points; four failures in five have a cause that is true of it, and
/// none has a false one.
void prove_wrong(const LabProof& proof);

/// The lab's questions, for a hundred seeds: each speaks of all that it introduces and has a place for its answer.
void prove_questions(const LabProof& proof);

/// Each number of the lesson is what the command that it names prints.
void prove_figures(const LabProof& proof);

/// `tito start` and `tito test` on a fresh start, the solution, a crash, a syntax error and a header of one's own.
void prove_verbs_on(const LabProof& proof);

/// The suite notices 95 % of the mutants made by rule. Only in `tito check --full`.
void prove_rules(const LabProof& proof);

/// The solution and the library earn every point under the address and undefined-behaviour sanitizers. Only in
/// `tito check --full`.
void prove_sanitizers(const LabProof& proof);

/// `tito grade` gives the solution and the alternatives all points, the skeleton none, and each mutant less than all.
void prove_grading(const LabProof& proof);

/// Each of tests/attacks has the outcome that is expected, earns nothing, and leaves nothing behind. `walls` is the
/// name of the walls, "" for the strongest here.
void prove_attacks(const Context& context, const Stacks& stacks, const std::string& walls);

/// A process for each submission and a merge give the gradebook of one command, byte for byte.
void prove_one_by_one(const Context& context);

/// A run that is killed at random moments and started again gives the same, and grades nothing twice.
void prove_killed_runs(const Context& context);

/// So does a job array of Slurm with a task that is killed, submitted again; left out where there is no Slurm.
void prove_cluster(const Context& context);

/// Each row of students/ has a proof: the tests and wrong versions that it names exist, and the words that it quotes
/// stand where it says.
void prove_students(const Context& context, const Stacks& stacks);

/// The commands that the rows of students/ name print the words that they quote.
void prove_students_words(const Context& context, const Stacks& stacks);

/// Every verb's --help has an example.
void prove_help(const Context& context);

/// A verb that does not exist is a usage error.
void prove_misspelt(const Context& context);

/// Every definition of a unit defines the same functions.
void prove_definitions(const Stacks& stacks);

/// The example runs to its end on the library, with the arguments that examples/smoke.txt gives it.
void prove_example(const Context& context, const Stacks& stacks, const Program& program);

/// The milestone calls the labs that milestones.toml names, and passes on their solutions.
void prove_milestone(const Context& context, const Stacks& stacks, const Milestone& milestone);

/// Each unit that a student writes is called by a milestone.
void prove_milestones_reach(const Context& context, const Stacks& stacks, const std::vector<Milestone>& milestones);

// For those who write labs; each prints and returns an exit code.

/// The ledger of the lab's contracts, to be filled in.
int print_sentences(const Context& context, const std::string& lab);

/// What the suite says of the wrong versions whose names begin with `only`.
int print_wrong(const Context& context, const std::string& lab, const std::string& only);

// Helpers.

/// A test failure that begins with `sentence`, what should hold; none when `fault` is "".
void expect_none(const std::string& sentence, const std::string& fault);

/// What should hold, and what finds why it does not ("" when it does). An exception's text is a fault.
struct Claim {
  std::string sentence;
  std::function<std::string()> find_fault;
};

/// A test failure for each claim that does not hold. The claims are looked at on all cores.
void expect_all(const std::vector<Claim>& claims);

/// "a\nb\n"
std::string lines_of(const std::vector<std::string>& problems);

/// build/release/bin/tito with these words, as a user of the context's work folder calls it.
ProcessOptions tito_command(const Context& context, const std::vector<std::string>& words, double seconds);

}  // namespace tinytorch::tito
