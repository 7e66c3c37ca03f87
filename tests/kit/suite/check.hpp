#pragma once

#include "src/course/traced.hpp"
#include "tests/kit/values/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tinytorch::lab {

/// One judgement, filled in by the macros below. First comes the student's value, which is streamed at once. Then comes
/// the expected value, unless the run is blind.
class Check {
 public:
  enum class Form : std::uint8_t { same, close, outcome };

  explicit Check(std::string_view what, Form form = Form::same, double tolerance = 0.0)
      : what_(what), form_(form), tolerance_(tolerance) {}

  /// Takes the value that the code under test returned, and streams it.
  void actual(Value value);
  /// Inside a catch block: takes the exception that the code under test threw, and streams it. Rethrows a hole.
  void actual_threw();
  /// False in a blind run. Otherwise no cache model counts anything until the judgement: it is the test's own work.
  bool wants_expected();
  /// Compares the two values. A difference is reported and ends the test.
  void expected(const Value& value);
  /// Inside a catch block: the oracle threw. That is allowed for Form::outcome, and else a mistake of the test.
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

/// Streams both operands, then checks `lhs op rhs` unless the run is blind.
void check_relation(std::string_view what, const Value& lhs, std::string_view op, const Value& rhs);

}  // namespace tinytorch::lab

// No lambdas in here: clang 14 cannot capture structured bindings, and tests like `auto [values, index] =
// raw::max(...)`.
#ifdef TT_GRADE
// The program that `tito grade` runs holds nothing that is expected: another process compares.
#define TT_LAB_EXPECTED_(...)
#else
#define TT_LAB_EXPECTED_(...)                      \
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
  }
#endif

#define TT_LAB_CHECK_(check, actual_value, ...) \
  do {                                          \
    using ::tinytorch::lab::to_value;           \
    ::tinytorch::lab::Check tt_check check;     \
    try {                                       \
      tt_check.actual(to_value(actual_value));  \
    } catch (...) {                             \
      tt_check.actual_threw();                  \
    }                                           \
    TT_LAB_EXPECTED_(__VA_ARGS__)               \
  } while (false)

/// The student's `actual` must be the value `expected`: a Tensor (dtype, sizes, elements; NaN equals NaN), a Shape, a
/// number, a bool, a text, a vector, an optional or a pair of those. `expected` is not evaluated in a blind run.
#define CHECK_SAME(what, actual, ...) TT_LAB_CHECK_((what), actual, __VA_ARGS__)

/// As CHECK_SAME, for numbers that may differ by `tolerance` (say where it comes from: k * eps * n of the operation).
/// Fails unless |difference| <= tolerance. A NaN passes only where NaN was expected. A tolerance that is infinite, NaN
/// or negative fails too: it is a mistake of the test.
#define CHECK_CLOSE(what, actual, expected, tolerance) \
  TT_LAB_CHECK_((what, ::tinytorch::lab::Check::Form::close, tolerance), actual, expected)

/// As CHECK_SAME, but either side may throw a tinytorch::Error. Then both must throw, and the same type.
#define CHECK_OUTCOME(what, actual, ...) \
  TT_LAB_CHECK_((what, ::tinytorch::lab::Check::Form::outcome), actual, __VA_ARGS__)

/// For values that differ between right answers (counts, times): CHECK_RELATION("misses", model.misses(), <=, 12000).
#define CHECK_RELATION(what, lhs, op, rhs)                                     \
  do {                                                                         \
    using ::tinytorch::lab::to_value;                                          \
    ::tinytorch::lab::check_relation(what, to_value(lhs), #op, to_value(rhs)); \
  } while (false)
