#include "tests/kit/suite/check.hpp"

#include "tests/kit/suite/run.hpp"
#include "tests/kit/values/compare.hpp"
#include "tests/kit/values/evidence.hpp"
#include "tests/kit/values/show.hpp"

#include <cmath>
#include <optional>

namespace tinytorch::lab {
namespace {

// The text that a person reads as "yours". An exception that the test did not expect is shown with its message.
std::string show_actual(const Value& actual, std::optional<std::int64_t> position, int digits = usual_digits) {
  if (actual.kind != Value::Kind::thrown) return show(actual, position, digits);
  return "threw " + actual.text + (actual.message.empty() ? "" : ": " + actual.message);
}

}  // namespace

void Check::actual(Value value) {
  actual_ = std::move(value);
  const bool close = form_ == Form::close;
  Run::current().stream(what_, "value", actual_, close ? std::optional(tolerance_) : std::nullopt);
}

void Check::actual_threw() { actual(caught_value()); }

bool Check::wants_expected() {
  Run& run = Run::current();
  if (run.options().blind) return false;
  run.refuse_changed_inputs();
  run.set_expecting(true);
  hidden_ = set_trace_sink(nullptr);
  return true;
}

void Check::end_expecting() {
  Run::current().set_expecting(false);
  set_trace_sink(hidden_);
}

void Check::expected(const Value& value) {
  end_expecting();
  judge(value);
}

void Check::judge(const Value& value) {
  // An oracle that overflows makes such a tolerance, and then every answer would be right.
  if (form_ == Form::close && !(std::isfinite(tolerance_) && tolerance_ >= 0.0))
    return Run::current().fail(what_, show(value), show_actual(actual_, std::nullopt),
                               "a mistake of the test: the tolerance is " + std::to_string(tolerance_), "oracle");
  const double tolerance = form_ == Form::close ? tolerance_ : 0.0;
  const auto difference = find_difference(actual_, value, tolerance);
  if (!difference) return;
  Run& run = Run::current();
  const auto shown = [&](const Value& v) { return show(v, difference->position, difference->digits); };
  std::string text = difference->text;
  if (difference->kind == "element" && run.lies_between_elements(actual_, value, difference->position))
    text += ": what lies between the elements of your input in memory";
  run.fail(what_, shown(value), show_actual(actual_, difference->position, difference->digits), std::move(text),
           difference->kind, evidence(actual_, tolerance, difference->position), difference->digits > usual_digits + 1);
}

void Check::expected_threw() {
  end_expecting();
  const Value thrown = caught_value();
  if (form_ == Form::outcome && thrown.typed) return judge(thrown);
  Run::current().fail(
      what_, "a value", show_actual(actual_, std::nullopt),
      "a mistake of the test: working out the expected value threw " + thrown.text + ": " + thrown.message, "oracle");
}

void check_relation(std::string_view what, const Value& lhs, std::string_view op, const Value& rhs) {
  Run& run = Run::current();
  run.stream_relation(what, lhs, op, rhs);
  if (run.options().blind || relation_holds(lhs, op, rhs)) return;
  const std::string wanted = std::string(op) + " " + show(rhs);
  // Right answers differ in this number, and so do wrong ones: it proves only that the relation is broken.
  run.fail(what, wanted, show(lhs), "expected a number " + wanted + ", got " + show(lhs), "relation",
           "not " + std::string(op));
}

}  // namespace tinytorch::lab
