#pragma once

#include "src/course/traced.hpp"
#include "tests/kit/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tinytorch::lab {

/// One judgement. The macros below fill it in: the student's value first, which is streamed at once; then, unless the
/// run is blind, what was expected.
class Check {
 public:
  enum class Form : std::uint8_t { same, close, outcome };

  explicit Check(std::string_view what, Form form = Form::same, double tolerance = 0.0)
      : what_(what), form_(form), tolerance_(tolerance) {}

  /// The value that the code under test returned. Streams it.
  void actual(Value value);
  /// Inside a catch block: what it threw instead. A hole passes on.
  void actual_threw();
  /// False in a blind run. Else what follows, until the judgement, is the test's own work: no cache model counts it.
  bool wants_expected();
  /// Judges; a failure is reported and ends the test.
  void expected(const Value& value);
  /// Inside a catch block: the oracle threw. Right for Form::outcome, a mistake of the test otherwise.
  void expected_threw();

 private:
  void end_expecting();
  void judge(const Value& expected);

  std::string what_;
  Form form_;
  double tolerance_;
  Value actual_;
  TraceSink* hidden_ = nullptr;
};

/// Streams both operands, then judges `lhs op rhs` unless the run is blind.
void check_relation(std::string_view what, const Value& lhs, std::string_view op, const Value& rhs);

}  // namespace tinytorch::lab

// No lambdas in here: clang 14 cannot capture structured bindings, and tests like `auto [values, index] =
// raw::max(...)`.
#define TT_LAB_CHECK_(check, actual_value, ...)      \
  do {                                               \
    using ::tinytorch::lab::to_value;                \
    ::tinytorch::lab::Check tt_check check;          \
    try {                                            \
      tt_check.actual(to_value(actual_value));       \
    } catch (...) {                                  \
      tt_check.actual_threw();                       \
    }                                                \
    if (tt_check.wants_expected()) {                 \
      ::tinytorch::lab::Value tt_expected;           \
      bool tt_threw = false;                         \
      try {                                          \
        tt_expected = to_value(__VA_ARGS__);         \
      } catch (...) {                                \
        tt_threw = true;                             \
        tt_check.expected_threw();                   \
      }                                              \
      if (!tt_threw) tt_check.expected(tt_expected); \
    }                                                \
  } while (false)

/// The student's `actual` must be the value `expected`: a Tensor (dtype, sizes, elements; NaN equals NaN), a Shape, a
/// number, a bool, a text, a vector, an optional or a pair of those. `expected` is not evaluated in a blind run.
#define CHECK_SAME(what, actual, ...) TT_LAB_CHECK_((what), actual, __VA_ARGS__)

/// As CHECK_SAME, for numbers that may differ by `tolerance` (say where it comes from: k * eps * n of the operation).
/// Fails unless |difference| <= tolerance; only a NaN that was expected is right.
#define CHECK_CLOSE(what, actual, expected, tolerance) \
  TT_LAB_CHECK_((what, ::tinytorch::lab::Check::Form::close, tolerance), actual, expected)

/// As CHECK_SAME, where either side may throw a tinytorch::Error: then both must, and the types agree.
#define CHECK_OUTCOME(what, actual, ...) \
  TT_LAB_CHECK_((what, ::tinytorch::lab::Check::Form::outcome), actual, __VA_ARGS__)

/// Where right answers differ (counts, times, orders): CHECK_RELATION("misses", model.misses(), <=, 12000).
#define CHECK_RELATION(what, lhs, op, rhs)                                     \
  do {                                                                         \
    using ::tinytorch::lab::to_value;                                          \
    ::tinytorch::lab::check_relation(what, to_value(lhs), #op, to_value(rhs)); \
  } while (false)
