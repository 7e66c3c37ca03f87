#include "tests/kit/suite/run.hpp"

#include "src/course/calls.hpp"
#include "src/course/holes.hpp"
#include "tests/kit/instruments/red_zone.hpp"
#include "tests/kit/shrinking/shrink.hpp"
#include "tests/kit/values/compare.hpp"
#include "tests/kit/values/show.hpp"
#include "tinytorch/core/timing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <typeinfo>

#include <cxxabi.h>

namespace tinytorch::lab {
namespace {

// FNV-1a, 64 bits. Source: Fowler, Noll, Vo, draft-eastlake-fnv.
std::uint64_t hash(std::string_view text, std::uint64_t state = 0xcbf29ce484222325U) {
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return state;
}

std::string hex16(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
  return text;
}

// "(1)x(1)x(1)x..." for the label of a case with many inputs.
std::string shortened(const std::string& label) {
  constexpr std::size_t longest = 40;
  if (label.size() <= longest) return label;
  const std::size_t cut = label.rfind(")x", longest - 1);
  return cut == std::string::npos ? label : label.substr(0, cut) + ")x...";
}

std::uint64_t all_calls() {
  std::uint64_t sum = 0;
  for (const CallEntry& entry : call_entries()) sum += entry.calls;
  return sum;
}

std::string type_name(const std::type_info& type) {
  int status = 0;
  char* demangled = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : type.name();
  std::free(demangled);
  constexpr std::string_view ours = "tinytorch::";
  if (name.starts_with(ours)) name.erase(0, ours.size());
  return name;
}

}  // namespace

Value caught_value() {
  Value value;
  value.kind = Value::Kind::thrown;
  try {
    throw;
  } catch (const StopTest&) {
    throw;
  } catch (const NotImplemented&) {
    throw;
  } catch (const std::exception& error) {
    value.text = type_name(typeid(error));
    value.message = error.what();
    value.typed = dynamic_cast<const Error*>(&error) != nullptr;
  } catch (...) {
    value.text = "something that is no std::exception";
    value.typed = false;
  }
  return value;
}

Run& Run::current() {
  static Run run;
  return run;
}

void Run::start(Options options, std::unique_ptr<Reporter> reporter) {
  options_ = std::move(options);
  reporter_ = std::move(reporter);
  set_todo_hook([](const char* task) { current().todo(task); });
}

void Run::finish() { reporter_->done(); }

void Run::begin(const TestInfo& test) {
  test_ = test;
  lines_ = 0;
  signature_.clear();
  failure_.reset();
  todo_.clear();
  memory::set_poison(true);
  watch_blocks();
  reporter_->begin(test_);
  calls_before_ = all_calls();
  began_ns_ = SteadyClock().now_ns();
}

double Run::elapsed_ms() const { return static_cast<double>(SteadyClock().now_ns() - began_ns_) / 1e6; }

std::string Run::end() {
  Outcome outcome;
  outcome.ms = failed() ? judged_ms_ : elapsed_ms();
  outcome.calls = all_calls() - calls_before_;
  const std::lock_guard lock(mutex_);
  outcome.todo = todo_;
  outcome.verdict = !todo_.empty() ? "TODO" : failed() ? "WRONG" : "PASS";
  if (outcome.verdict == "WRONG") outcome.signature = signature_;
  reporter_->end(test_, outcome);
  return outcome.verdict;
}

std::uint64_t Run::case_seed(std::int64_t k) const {
  return mix_seed(mix_seed(options_.seed, hash(test_.name)), static_cast<std::uint64_t>(k));
}

void Run::todo(const char* task) {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(todo_, task) != todo_.end()) return;
  todo_.emplace_back(task);
  if (reporter_) reporter_->todo(task);
}

StreamLine Run::next_line(std::string_view what, std::string_view kind) {
  StreamLine line;
  line.test = test_.name;
  line.case_label = case_label();
  line.number = lines_++;
  line.what = what;
  line.kind = kind;
  return line;
}

void Run::stream(std::string_view what, std::string_view kind, const Value& value, std::optional<double> tolerance) {
  if (options_.stream_fd < 0 || attempting_) return;
  StreamLine line = next_line(what, kind);
  line.value = &value;
  line.tolerance = tolerance;
  write_stream_line(options_.stream_fd, line);
}

void Run::stream_relation(std::string_view what, const Value& lhs, std::string_view op, const Value& rhs) {
  if (options_.stream_fd < 0 || attempting_) return;
  StreamLine line = next_line(what, "relation");
  line.value = &lhs;
  line.op = op;
  line.rhs = &rhs;
  write_stream_line(options_.stream_fd, line);
}

void Run::fail(std::string_view what, std::string expected, std::string yours, std::string difference,
               std::string mistake, std::string in_full, bool last_digits) {
  const std::string label = case_label();
  Failure failure{
      case_ != nullptr ? case_->index() : -1,
      shortened(label),
      {},
      std::string(what),
      std::move(expected),
      std::move(yours),
      std::move(difference),
      last_digits,
      std::move(mistake),
  };
  if (case_ != nullptr)
    for (const Case::Input& input : case_->inputs()) failure.inputs.emplace_back(input.name, input.text());
  const std::lock_guard lock(mutex_);
  const bool first = !failure_;
  if (first) failure_ = failure;
  if (attempting_) throw StopTest();
  if (first) judged_ms_ = elapsed_ms();
  signature_ = hex16(hash(failure.what + '\n' + label + '\n' + (in_full.empty() ? failure.yours : in_full)));
  // A hole was reached before, and caused this failure: the verdict is "to do".
  if (first && todo_.empty() && reporter_) reporter_->wrong(test_, failure);
  throw StopTest();
}

bool Run::lies_between_elements(const Value& actual, const Value& expected,
                                std::optional<std::int64_t> position) const {
  const auto i = static_cast<std::size_t>(position.value_or(0));
  if (case_ == nullptr || i >= actual.reals.size() || std::abs(actual.reals[i]) != padding) return false;
  bool gaps = false;
  std::vector<double> elements;
  for (const Case::Input& input : case_->inputs()) {
    gaps = gaps || input.note.find("strides") != std::string::npos;
    elements.insert(elements.end(), input.value.reals.begin(), input.value.reals.end());
  }
  const auto among = [&](double number) { return std::ranges::find(elements, number) != elements.end(); };
  return gaps && !among(actual.reals[i]) && std::ranges::all_of(expected.reals, among);
}

void Run::named(const Case& c, const std::string& name, const std::string& text) {
  const std::lock_guard lock(mutex_);
  reporter_->input(c, name, text);
}

std::optional<Failure> Run::to_shrink() const {
  if (options_.blind || options_.explain || options_.simplified || options_.only_case >= 0 || !todo_.empty())
    return std::nullopt;
  // A case under schedules runs hundreds of times already.
  if (failure_ && failure_->mistake == "schedule") return std::nullopt;
  return failure_;
}

std::optional<Failure> Run::attempt(Case& c, FunctionRef<void(Case&)> body) {
  attempting_ = true;
  expecting_ = false;
  failure_.reset();
  watch_blocks();
  const CaseScope scope(*this, c);
  try {
    try {
      body(c);
    } catch (const StopTest&) {
      throw;
    } catch (const NotImplemented&) {
      return std::nullopt;
    } catch (...) {
      escaped(caught_value());
    }
    judge_memory();
    judge_inputs(c);
  } catch (const StopTest&) {
  }
  return failure_;
}

void Run::smaller(const Failure& failure, const std::string& choices) {
  const std::lock_guard lock(mutex_);
  reporter_->smaller(failure, choices);
}

void Run::judge_simplified(const Case& c, std::int64_t count, FunctionRef<void(Case&)> body) {
  for (const Choices& choices : simplifications(c.choices())) {
    Case simpler(c.index(), count, case_seed(c.index()), &choices);
    const std::optional<Failure> failure = attempt(simpler, body);
    attempting_ = false;
    failure_.reset();
    if (!failure) continue;
    const CaseScope scope(*this, simpler);
    fail(failure->what, failure->expected, failure->yours, failure->difference, failure->mistake);
  }
}

void Run::escaped(const Value& thrown) {
  stream("exception", "value", thrown);
  if (options_.blind) return;
  const std::string what = thrown.text + ": " + thrown.message;
  fail("call", "no exception", "threw " + what, "threw " + what, "threw " + thrown.text);
}

void Run::judge_memory() {
  const std::optional<Overrun> overrun = find_overrun();
  if (!overrun || options_.blind) return;
  fail("memory", "nothing written past the end of " + overrun->block(), overrun->written() + " written",
       "your code wrote past the end of " + overrun->block() + ": " + overrun->written(), "memory");
}

void Run::judge_inputs(const Case& c) {
  for (const Case::Input& input : c.inputs()) {
    if (input.watched.defined()) stream(input.name, "input", to_value(input.watched));
  }
  if (!options_.blind) refuse_changed_inputs(c);
}

void Run::refuse_changed_inputs() {
  if (case_ != nullptr) refuse_changed_inputs(*case_);
}

void Run::refuse_changed_inputs(const Case& c) {
  for (const Case::Input& input : c.inputs()) {
    if (!input.watched.defined()) continue;
    const Value now = to_value(input.watched);
    const auto difference = find_difference(now, input.value, 0.0);
    if (!difference) continue;
    fail(input.name, show(input.value, difference->position), show(now, difference->position),
         "your code changed its input " + input.name + ": " + difference->text, "changed input");
  }
}

}  // namespace tinytorch::lab
