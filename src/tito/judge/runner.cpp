#include "src/tito/judge/runner.hpp"

#include "src/tito/util/activity.hpp"
#include "src/tito/util/process.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <signal.h>

namespace tinytorch::tito {
namespace {

using Json = nlohmann::json;
using Time = std::chrono::steady_clock;

constexpr std::size_t most_output = 1 << 16;  // bytes that are kept of what one test prints
constexpr double start_grace = 2;             // seconds for loading the program, added to the first test's limit
constexpr int patient_timeouts = 3;           // after so many timeouts the limit is shorter
constexpr std::size_t most_explained = 5;     // tests that crash or hang
constexpr double explain_seconds = 0.5;       // of processor time until a test that hangs has shown where

// The report is written by a process that also runs the student's code: nothing in it may throw here.
Json parse_line(const std::string& line) {
  Json event = Json::parse(line, nullptr, false);
  return event.is_object() ? event : Json::object();
}

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return "";
  return at->is_string() ? at->get<std::string>() : at->dump();
}

std::vector<std::string> texts_of(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const auto at = object.find(key);
  if (at == object.end() || !at->is_array()) return texts;
  for (const Json& entry : *at) texts.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
  return texts;
}

double number_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number() ? at->get<double>() : 0;
}

Mismatch mismatch_of(const Json& event) {
  Mismatch wrong;
  if (event.contains("index")) wrong.index = static_cast<std::int64_t>(number_of(event, "index"));
  wrong.label = text_of(event, "case");
  wrong.what = text_of(event, "what");
  wrong.expected = text_of(event, "expected");
  wrong.yours = text_of(event, "yours");
  wrong.difference = text_of(event, "difference");
  wrong.last_digits = event.value("last_digits", Json(false)) == Json(true);
  wrong.choices = text_of(event, "choices");
  if (const auto inputs = event.find("inputs"); inputs != event.end() && inputs->is_array()) {
    for (const Json& pair : *inputs) {
      if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string()) {
        wrong.inputs.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
      }
    }
  }
  return wrong;
}

std::string joined(const std::vector<TestInfo>& tests, std::size_t from) {
  std::string names;
  for (std::size_t i = from; i < tests.size(); ++i) names += (i == from ? "" : ",") + tests[i].name;
  return names;
}

ProcessOptions suite_command(const fs::path& program, const std::string& tests, const RunOptions& options) {
  ProcessOptions spawn;
  spawn.argv = {program.string(),
                "--report",
                std::to_string(stream_descriptor),
                "--seed",
                std::to_string(options.seed),
                "--tests",
                tests,
                "--root",
                options.root.string()};
  spawn.merged = true;
  spawn.stream = true;
  spawn.memory_bytes = options.memory_bytes;
  spawn.environment = {"GTEST_FILTER",
                       "GTEST_OUTPUT",
                       "GTEST_SHUFFLE",
                       "GTEST_REPEAT",
                       "TINYTORCH_CALLS",
                       "ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1",
                       "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1",
                       "TSAN_OPTIONS=halt_on_error=1"};
  if (options.delays != 0) spawn.argv.insert(spawn.argv.end(), {"--delays", std::to_string(options.delays)});
  if (options.perturb != 0) spawn.environment.push_back("MALLOC_PERTURB_=" + std::to_string(options.perturb));
  return spawn;
}

void add_event(LastCase& last, std::int64_t& index, const Json& event) {
  if (text_of(event, "event") == "fell") last.frames = texts_of(event, "frames");
  if (text_of(event, "event") != "input") return;
  const auto number = static_cast<std::int64_t>(number_of(event, "index"));
  if (number != index) last.inputs.clear();
  index = number;
  last.label = text_of(event, "case");
  last.inputs.emplace_back(text_of(event, "name"), text_of(event, "text"));
}

// Runs a test that crashed or hung again. Now it reports each input before the student's code gets it, and its calls
// when a signal ends it. No input when the test comes to its end this time.
LastCase last_case(const fs::path& program, const TestInfo& test, const RunOptions& options) {
  ProcessOptions spawn = suite_command(program, test.name, options);
  spawn.argv.emplace_back("--explain");
  Child child(spawn);
  Budget budget(child.id(), std::min(options.test_seconds, explain_seconds));
  LastCase last;
  std::string pending;
  std::int64_t index = -1;
  bool stopped = false;
  for (Child::Arrived arrived; child.read(arrived, 20); arrived = {}) {
    pending += arrived.stream;
    for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      const Json event = parse_line(pending.substr(0, end));
      pending.erase(0, end + 1);
      if (text_of(event, "event") == "end") {
        LastCase harmless;
        harmless.ends_alone = true;
        return harmless;
      }
      add_event(last, index, event);
    }
    if (budget.exceeded().empty()) continue;
    if (stopped) child.kill();
    if (!stopped) ::kill(child.id(), SIGTERM);
    stopped = true;
    budget = Budget(child.id(), explain_seconds);
  }
  return last;
}

// Runs the tests in one process; where it crashes or hangs, another one goes on with the next test.
class SuiteRun {
 public:
  SuiteRun(const fs::path& program, const std::vector<TestInfo>& tests, const RunOptions& options)
      : program_(program), tests_(tests), options_(options) {}

  std::vector<TestRecord> run() {
    while (records_.size() < tests_.size()) run_process();
    return std::move(records_);
  }

 private:
  void run_process() {
    const ProcessOptions spawn = suite_command(program_, joined(tests_, records_.size()), options_);
    Child child(spawn);
    child_ = &child;
    begun_ = false;
    current_.reset();
    pending_.clear();
    output_.clear();
    Budget budget(child.id(), test_limit() + start_grace);
    for (;;) {
      Child::Arrived arrived;
      const bool more = child.read(arrived, 20);
      take_output(arrived.out);
      if (take_report(arrived.stream)) budget = Budget(child.id(), test_limit());
      if (records_.size() == tests_.size()) return;  // how the process ends after the last verdict does not count
      if (!more) return fell(Verdict::crash, describe_end(child.status()));
      if (const std::string why = budget.exceeded(); !why.empty()) {
        ++timeouts_;
        return fell(Verdict::timeout, why);
      }
    }
  }

  double test_limit() const {
    const double limit = options_.test_seconds;
    return timeouts_ < patient_timeouts ? limit : std::min(limit, std::max(1.0, limit / 4));
  }

  // Keeps the beginning of a long output, and its end, which may hold the mark of a test's end.
  void take_output(const std::string& text) {
    output_ += text;
    constexpr std::size_t end = 4096;
    if (output_.size() > most_output + 2 * end) output_.erase(most_output, output_.size() - most_output - end);
  }

  // Removes the first `count` characters from the output; returns them, `most_output` at most.
  std::string taken(std::size_t count) {
    std::string text = output_.substr(0, std::min(count, most_output));
    output_.erase(0, count);
    return text;
  }

  // What the test printed. Verdicts and prints come through different pipes. The kit marks in the second where a test
  // ends: after the verdict, and before it reports anything else.
  std::string printed_before_mark(const std::string& test) {
    const std::string mark = "\x1e" + test + "\n";
    std::size_t end = output_.find(mark);
    for (int idle = 0; end == std::string::npos && pending_.empty() && idle < 20;) {
      Child::Arrived more;
      if (!child_->read(more, 10)) break;
      take_output(more.out);
      pending_ += more.stream;
      end = output_.find(mark);
      if (activity_of(child_->id()) != Activity::busy) ++idle;
    }
    if (end == std::string::npos) return taken(output_.size());
    std::string printed = taken(end);
    output_.erase(0, mark.size());
    return printed;
  }

  // True when a test began or ended: then its time limit starts again.
  bool take_report(const std::string& text) {
    pending_ += text;
    bool progress = false;
    for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n')) {
      const Json event = parse_line(pending_.substr(0, end));
      pending_.erase(0, end + 1);
      if (records_.size() < tests_.size()) progress = take_event(event) || progress;
    }
    return progress;
  }

  bool take_event(const Json& event) {
    const std::string kind = text_of(event, "event");
    const TestInfo& next = tests_[records_.size()];
    if (kind == "begin" && text_of(event, "test") == next.name) {
      begun_ = true;
      current_ = TestRecord{};
      current_->test = next;
      return true;
    }
    if (!current_) return false;
    if (kind == "todo") {
      current_->todo.push_back(text_of(event, "task"));
    } else if (kind == "wrong") {
      current_->wrong.push_back(mismatch_of(event));
    } else if (kind == "smaller" && !current_->wrong.empty()) {
      current_->wrong.front() = mismatch_of(event);
    } else if (kind == "end" && text_of(event, "test") == next.name) {
      end_test(event);
      return true;
    }
    return false;
  }

  void end_test(const Json& event) {
    TestRecord& record = *current_;
    const std::string verdict = text_of(event, "verdict");
    record.verdict = verdict == "PASS" ? Verdict::pass : verdict == "TODO" ? Verdict::todo : Verdict::wrong;
    for (std::string& task : texts_of(event, "todo")) {
      if (std::find(record.todo.begin(), record.todo.end(), task) == record.todo.end()) record.todo.push_back(task);
    }
    record.signature = record.verdict == Verdict::wrong ? text_of(event, "signature") : "";
    record.milliseconds = number_of(event, "ms");
    record.calls = static_cast<std::uint64_t>(std::max(0.0, number_of(event, "calls")));
    if (!record.todo.empty() && record.verdict == Verdict::pass)
      record.verdict = Verdict::todo;  // the test caught the hole's exception
    if (options_.count_calls && record.verdict == Verdict::pass && record.calls == 0) {
      record.verdict = Verdict::wrong;
      record.detail = "the test never reached your file";
    }
    record.output = printed_before_mark(record.test.name);
    finish(std::move(record));
    current_.reset();
  }

  void finish(TestRecord record) {
    records_.push_back(std::move(record));
    if (options_.on_result) options_.on_result(records_.back());
  }

  // The process ended or was killed before the next verdict. When no test had begun, all get this verdict: they would
  // end the same way.
  void fell(Verdict verdict, const std::string& detail) {
    const std::size_t last = begun_ ? records_.size() + 1 : tests_.size();
    const std::string why = begun_ ? detail : detail + ", before the first test";
    while (records_.size() < last) {
      TestRecord record = current_ ? std::move(*current_) : TestRecord{};
      current_.reset();
      record.test = tests_[records_.size()];
      record.verdict = verdict;
      record.detail = why;
      record.output = taken(output_.size());
      if (begun_ && options_.explain && explained_++ < most_explained)
        record.last = last_case(program_, record.test, options_);
      // A hole that is reached in a destructor or in a thread ends the process. That is a TODO, not a crash.
      if (!record.todo.empty() && verdict == Verdict::crash) record.verdict = Verdict::todo;
      finish(std::move(record));
    }
  }

  const fs::path& program_;
  const std::vector<TestInfo>& tests_;
  const RunOptions& options_;
  std::vector<TestRecord> records_;
  std::optional<TestRecord> current_;
  std::string pending_, output_;
  Child* child_ = nullptr;  // the process that runs now
  bool begun_ = false;
  int timeouts_ = 0;
  std::size_t explained_ = 0;
};

}  // namespace

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "PASS";
    case Verdict::wrong:
      return "WRONG";
    case Verdict::todo:
      return "TODO";
    case Verdict::crash:
      return "CRASH";
    case Verdict::timeout:
      return "TIMEOUT";
  }
  return "?";
}

std::vector<TestInfo> list_tests(const fs::path& program) {
  ProcessOptions options;
  options.argv = {program.string(), "--list"};
  options.seconds = 20;
  const ProcessResult result = run_process(options);
  std::vector<TestInfo> tests;
  for (std::size_t at = 0; at < result.out.size();) {
    const auto end = std::min(result.out.find('\n', at), result.out.size());
    const Json entry = parse_line(result.out.substr(at, end - at));
    if (entry.contains("test"))
      tests.push_back({text_of(entry, "test"), text_of(entry, "task"), texts_of(entry, "uses")});
    at = end + 1;
  }
  if (!result.ok() || tests.empty()) {
    throw trouble(fmt::format("{} --list names no tests: {}", program.filename().string(), result.err));
  }
  return tests;
}

std::vector<TestRecord> run_tests(const fs::path& program, const std::vector<TestInfo>& tests,
                                  const RunOptions& options) {
  if (tests.empty()) throw trouble("no tests to run");
  return SuiteRun(program, tests, options).run();
}

}  // namespace tinytorch::tito
