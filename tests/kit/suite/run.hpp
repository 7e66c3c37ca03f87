#pragma once

#include "src/course/holes.hpp"
#include "tests/kit/suite/case.hpp"
#include "tests/kit/values/value.hpp"
#include "tinytorch/core/function_ref.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinytorch::lab {

/// Ends a test after its first failure. It is no std::exception, so code under test that catches those does not catch
/// it.
struct StopTest {};

/// Inside a catch block: returns the caught exception as a value. Rethrows NotImplemented and StopTest.
Value caught_value();

struct TestInfo {
  std::string task;  ///< "1.2"
  std::string name;
  std::vector<std::string> uses;
  void (*body)() = nullptr;
  int lab = 0, number = 0;  ///< of the task
  const char* file = "";
  int line = 0;
};

struct Failure {
  std::int64_t case_index = -1;  ///< -1: outside of every case
  std::string case_label;
  std::vector<std::pair<std::string, std::string>> inputs;  ///< name, text
  std::string what;
  std::string expected;
  std::string yours;
  std::string difference;
  bool last_digits = false;  ///< expected and yours agree in their first seven digits
  std::string mistake;       ///< its kind: "sizes", "element nan", "threw IndexError", ...
};

struct Outcome {
  std::string verdict;  ///< PASS WRONG TODO
  std::vector<std::string> todo;
  std::uint64_t calls = 0;
  double ms = 0.0;
  std::string signature;  ///< of a WRONG: equal for equal mistakes
};

/// Receives the events of a run and writes them: as JSON lines for the parent process, or as text for a person.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void begin(const TestInfo& test) = 0;
  virtual void todo(const std::string& task) = 0;
  virtual void wrong(const TestInfo& test, const Failure& failure) = 0;
  /// After wrong(): a simpler case fails in the same way. `choices` replays it.
  virtual void smaller(const Failure& failure, const std::string& choices) = 0;
  /// With --explain: an input of the case that runs, before the code under test gets it.
  virtual void input(const Case& c, const std::string& name, const std::string& text) = 0;
  virtual void end(const TestInfo& test, const Outcome& outcome) = 0;
  virtual void done() = 0;
};

/// Writes JSON lines to a file descriptor. Each is written at once, so a crash loses none.
std::unique_ptr<Reporter> json_reporter(int fd);
/// Writes plain text to standard output.
std::unique_ptr<Reporter> plain_reporter(std::uint64_t seed);

/// One judged value for the stream.
struct StreamLine {
  std::string_view test;
  std::string case_label;
  std::int64_t number = 0;  ///< counts the lines of a test
  std::string_view what;
  std::string_view kind;  ///< value, relation, input
  const Value* value = nullptr;
  std::optional<double> tolerance;
  std::string_view op;
  const Value* rhs = nullptr;
};

/// Writes the line as JSON to `fd`.
void write_stream_line(int fd, const StreamLine& line);

struct Options {
  std::uint64_t seed = 1;
  bool blind = false;
  int report_fd = -1;
  int stream_fd = -1;
  std::int64_t only_case = -1;     ///< cases() runs this one alone; -1: all
  std::optional<Choices> choices;  ///< of that case, instead of drawing them
  bool simplified = false;         ///< run each case on simpler choices too, as a search for a smaller case may
  bool explain = false;            ///< report each input when it is named, and where a signal ends the process
  std::filesystem::path root;      ///< the project's folder, for suites that read files of it
};

/// The state of this process's run. Tests run one after the other; only todo() may come from any thread.
class Run {
 public:
  static Run& current();

  void start(Options options, std::unique_ptr<Reporter> reporter);
  void finish();
  const Options& options() const { return options_; }

  void begin(const TestInfo& test);
  /// Reports the test's outcome and returns its verdict.
  std::string end();

  /// The seed of case k of the current test.
  std::uint64_t case_seed(std::int64_t k) const;
  void todo(const char* task);
  void stream(std::string_view what, std::string_view kind, const Value& value,
              std::optional<double> tolerance = std::nullopt);
  void stream_relation(std::string_view what, const Value& lhs, std::string_view op, const Value& rhs);
  /// Reports the test's first failure, then throws StopTest. Not called in blind runs.
  /// `mistake` is its kind, by which a smaller case is known to fail in the same way. `in_full` is
  /// equal for equal mistakes and part of the signature; without it `yours` is.
  [[noreturn]] void fail(std::string_view what, std::string expected, std::string yours, std::string difference,
                         std::string mistake, std::string in_full = "", bool last_digits = false);
  /// Called when an exception left a test outside of any check. Streams it, and ends the test unless the run is blind.
  void escaped(const Value& thrown);
  /// Fails the test if something was written past the end of a block of memory.
  void judge_memory();
  /// Streams the watched inputs of a case, and fails the test if one of them has changed.
  void judge_inputs(const Case& c);
  /// Fails the test if a watched input of the current case has changed: what is computed from it now is no expectation.
  void refuse_changed_inputs();
  bool failed() const { return !signature_.empty(); }

  /// True when element `position` of a result is one of the numbers that fill the memory between an input's elements,
  /// where an element of an input was expected.
  bool lies_between_elements(const Value& actual, const Value& expected, std::optional<std::int64_t> position) const;

  /// An input was named.
  void named(const Case& c, const std::string& name, const std::string& text);

  /// The failure to look for a smaller case of. Nothing in a blind run, after a hole, and for a case asked for by
  /// number.
  std::optional<Failure> to_shrink() const;
  /// Runs the case and returns its failure. Streams and reports nothing.
  std::optional<Failure> attempt(Case& c, FunctionRef<void(Case&)> body);
  void smaller(const Failure& failure, const std::string& choices);
  /// Fails the test if the case fails when its choices are simpler.
  void judge_simplified(const Case& c, std::int64_t count, FunctionRef<void(Case&)> body);

  /// True while an expected value is worked out. A blind run skips that work, so a test must not name inputs in it.
  void set_expecting(bool on) { expecting_ = on; }
  bool expecting() const { return expecting_; }

  class CaseScope {
   public:
    CaseScope(Run& run, const Case& c) : run_(run), before_(run.case_) { run_.case_ = &c; }
    ~CaseScope() { run_.case_ = before_; }
    CaseScope(const CaseScope&) = delete;
    CaseScope& operator=(const CaseScope&) = delete;

   private:
    Run& run_;
    const Case* before_;
  };

 private:
  void refuse_changed_inputs(const Case& c);
  std::string case_label() const { return case_ != nullptr ? case_->label() : std::string(); }
  double elapsed_ms() const;
  StreamLine next_line(std::string_view what, std::string_view kind);

  Options options_;
  std::unique_ptr<Reporter> reporter_;
  TestInfo test_;
  const Case* case_ = nullptr;
  bool expecting_ = false;
  std::int64_t lines_ = 0;
  std::uint64_t calls_before_ = 0;
  std::int64_t began_ns_ = 0;
  double judged_ms_ = 0.0;  ///< from the beginning of the test to its failure
  std::string signature_;
  std::optional<Failure> failure_;
  bool attempting_ = false;
  std::mutex mutex_;  ///< guards todo_ and the reporter
  std::vector<std::string> todo_;
};

}  // namespace tinytorch::lab
