// Runs a lab's suite in child processes and gives each test a verdict. The child may crash, hang or exit.
#pragma once

#include "src/tito/util/context.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tinytorch::tito {

struct TestInfo {
  std::string name;  // "permute_keeps_elements"
  std::string task;  // "1.2"
  std::vector<std::string> uses;
};

enum class Verdict { pass, wrong, todo, crash, timeout };
const char* to_string(Verdict verdict);  // "PASS" ...

/// The first wrong value of a test, in the smallest case found, as text made by the kit.
struct Mismatch {
  std::string label;                                        // "(2,1)x(1,1)"
  std::vector<std::pair<std::string, std::string>> inputs;  // {"x", "[[1],[0]]"}
  std::string what, expected, yours, difference;
  std::int64_t index = -1;   // of the case in its test; -1: of none
  bool last_digits = false;  // expected and yours agree in their first seven digits
  std::string choices{};     // that make it smaller than it was drawn: for the suite's --choices
};

/// The case that ran when the process crashed or was stopped, and where in the program it was.
struct LastCase {
  std::string label;
  std::vector<std::pair<std::string, std::string>> inputs;
  std::vector<std::string> frames;  // addresses of the calls, innermost first, as addr2line reads them
  bool ends_alone = false;          // in a process of its own, the test came to its end
};

struct TestRecord {
  TestInfo test;
  Verdict verdict = Verdict::crash;
  std::vector<std::string> todo;  // tasks whose holes were reached
  std::vector<Mismatch> wrong;    // what the kit reported, in order
  LastCase last;                  // of a CRASH or TIMEOUT, where it could be repeated
  std::string where;              // "work/01_tensor/strides.cpp:42": its line in the student's file
  std::string signature;          // of the wrong value; empty unless WRONG
  std::string detail;             // why CRASH or TIMEOUT, or why a PASS does not count
  std::string output;             // what the student's code printed, up to a limit
  std::uint64_t calls = 0;        // into the lab's units
  double milliseconds = 0;
};

struct RunOptions {
  std::uint64_t seed = 1;
  double test_seconds = 4;         // of processor time; a test that sleeps gets ten times as long
  std::uint64_t memory_bytes = 0;  // 0: no limit (sanitizers reserve terabytes)
  int perturb = 0;                 // MALLOC_PERTURB_ for the child; 0: unset
  int delays = 0;           // seed of what holds up threads of a suite that replaces the calls for them; 0: nothing
  bool explain = true;      // runs a test that crashed or hung again, to learn its last case
  bool count_calls = true;  // a PASS without a call into the units is WRONG
  fs::path root;            // the checkout; the suite reads its files from there
  std::function<void(const TestRecord&)> on_result;
};

/// What `program --list` prints. Throws CommandError (3) when it lists nothing.
std::vector<TestInfo> list_tests(const fs::path& program);

/// Runs the tests in order. Returns one record for each, whatever the program does.
std::vector<TestRecord> run_tests(const fs::path& program, const std::vector<TestInfo>& tests,
                                  const RunOptions& options);

}  // namespace tinytorch::tito
