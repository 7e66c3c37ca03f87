#include "tests/kit/values/compare.hpp"

#include "tests/kit/values/show.hpp"

#include <algorithm>
#include <cmath>

namespace tinytorch::lab {
namespace {

using Kind = Value::Kind;

constexpr double plain = 1000.0;  // a difference of so many tolerances is one, whatever the tolerance

bool is_number(const Value& value) {
  return value.kind == Kind::boolean || value.kind == Kind::integer || value.kind == Kind::real;
}
bool has_elements(const Value& value) {
  return value.kind == Kind::numbers || value.kind == Kind::shape || value.kind == Kind::tensor;
}

std::size_t element_count(const Value& value) { return value.reals.size() + value.integers.size(); }

double element(const Value& value, std::size_t i) {
  return value.reals.empty() ? static_cast<double>(value.integers[i]) : value.reals[i];
}

std::string element_text(const Value& value, std::size_t i, int digits) {
  if (value.kind == Kind::boolean) return value.integers[i] != 0 ? "true" : "false";
  return value.reals.empty() ? std::to_string(value.integers[i]) : show_number(value.reals[i], value.dtype, digits);
}

bool unwritten(const Value& value, std::size_t i) {
  return std::ranges::find(value.unwritten, static_cast<std::int64_t>(i)) != value.unwritten.end();
}

bool equal_elements(const Value& a, const Value& b, std::size_t i, double tolerance) {
  if (a.reals.empty() && b.reals.empty() && tolerance == 0.0) return a.integers[i] == b.integers[i];
  if (!a.reals.empty() && unwritten(a, i)) return false;  // even where NaN is right
  const double x = element(a, i);
  const double y = element(b, i);
  if (x == y || (std::isnan(x) && std::isnan(y))) return true;
  return std::abs(x - y) <= tolerance;
}

std::string expected_got(const Value& actual, const Value& expected, std::size_t i, double tolerance, int digits) {
  std::string text = "expected " + element_text(expected, i, digits) + ", got " + element_text(actual, i, digits);
  if (unwritten(actual, i))
    text += ": memory that was never written";
  else if (tolerance > 0.0 && !(std::abs(element(actual, i) - element(expected, i)) > plain * tolerance))
    text += ", more than " + show_number(tolerance, DType::float64, 2) + " apart";
  return text;
}

// Numbers that are not written, not finite or simply wrong come from different mistakes.
std::string element_kind(const Value& actual, std::size_t i) {
  if (unwritten(actual, i)) return "element unwritten";
  const double number = element(actual, i);
  return std::isnan(number) ? "element nan" : std::isinf(number) ? "element inf" : "element";
}

std::optional<Difference> first_element(const Value& actual, const Value& expected, const Shape& sizes,
                                        double tolerance) {
  for (std::size_t i = 0; i < element_count(expected); ++i) {
    if (equal_elements(actual, expected, i, tolerance)) continue;
    const auto position = static_cast<std::int64_t>(i);
    const std::string where = show_index(sizes, position);
    const int digits = digits_that_differ(element(actual, i), element(expected, i));
    const std::string text = expected_got(actual, expected, i, tolerance, digits);
    return Difference{where.empty() ? text : "first difference at " + where + ": " + text, position, digits,
                      element_kind(actual, i)};
  }
  return std::nullopt;
}

std::optional<Difference> compare_tensors(const Value& actual, const Value& expected, double tolerance) {
  if (actual.dtype != expected.dtype)
    return Difference{
        std::string("the dtype differs: expected ") + to_string(expected.dtype) + ", got " + to_string(actual.dtype),
        {},
        usual_digits,
        "dtype"};
  if (actual.sizes != expected.sizes)
    return Difference{"the sizes differ: expected " + to_string(expected.sizes) + ", got " + to_string(actual.sizes),
                      {},
                      usual_digits,
                      "sizes"};
  return first_element(actual, expected, expected.sizes, tolerance);
}

// "1 item", "2 items"
std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::optional<Difference> compare_numbers(const Value& actual, const Value& expected, double tolerance) {
  const std::size_t count = element_count(expected);
  if (element_count(actual) != count)
    return Difference{"expected " + counted(count, "number") + ", got " + std::to_string(element_count(actual)),
                      {},
                      usual_digits,
                      "count"};
  return first_element(actual, expected, Shape{static_cast<std::int64_t>(count)}, tolerance);
}

// Short texts are said in full. Of long ones it says where they part, in their own words: the last ones that they
// share.
std::optional<Difference> compare_texts(const std::string& actual, const std::string& expected) {
  if (actual == expected) return std::nullopt;
  constexpr std::size_t shared_words = 24, short_text = 40;
  const auto [a, e] = std::ranges::mismatch(actual, expected);
  const auto position = static_cast<std::size_t>(e - expected.begin());
  const std::size_t start = position - std::min(position, shared_words);
  const std::string before = (start > 0 ? "..." : "") + expected.substr(start, position - start);
  const auto pair = [&] { return "expected " + show(to_value(expected)) + ", got " + show(to_value(actual)); };
  if (std::max(actual.size(), expected.size()) <= short_text)
    return Difference{pair(), static_cast<std::int64_t>(position), usual_digits, "text"};
  Difference difference{"another text", static_cast<std::int64_t>(position), usual_digits, "text"};
  if (position > 0) difference.text = "the texts differ after " + show(to_value(before));
  if (position > 0 && a == actual.end()) difference.text = "your text ends after " + show(to_value(before));
  if (position > 0 && e == expected.end()) difference.text = "your text goes on after " + show(to_value(before));
  return difference;
}

Difference other_count(const Value& actual, const Value& expected, double tolerance) {
  const std::size_t wanted = expected.items.size(), there = actual.items.size();
  std::string text = "expected " + counted(wanted, "item") + ", got " + std::to_string(there);
  for (std::size_t i = 0; i < std::min(wanted, there); ++i) {
    const auto inner = find_difference(actual.items[i], expected.items[i], tolerance);
    if (!inner) continue;
    text += ", from item " + std::to_string(i) + " on: " + inner->text;
    break;
  }
  return {text, {}, usual_digits, "count"};
}

std::optional<Difference> compare_items(const Value& actual, const Value& expected, double tolerance) {
  if (actual.items.size() != expected.items.size()) return other_count(actual, expected, tolerance);
  for (std::size_t i = 0; i < expected.items.size(); ++i) {
    const auto inner = find_difference(actual.items[i], expected.items[i], tolerance);
    if (!inner) continue;
    const std::string name = expected.kind == Kind::record ? expected.names[i] : "item " + std::to_string(i);
    const std::string field = expected.kind == Kind::record ? name + " " : "";
    return Difference{name + ": " + inner->text, static_cast<std::int64_t>(i), inner->digits, field + inner->kind};
  }
  return std::nullopt;
}

std::string message_of(const Value& thrown) {
  return thrown.text + (thrown.message.empty() ? "" : ": " + thrown.message);
}

std::optional<Difference> compare_throws(const Value& actual, const Value& expected) {
  if (actual.kind != Kind::thrown)
    return Difference{
        "expected " + expected.text + " to be thrown, got a value", {}, usual_digits, "no " + expected.text};
  if (expected.kind == Kind::thrown && actual.typed && actual.text == expected.text) return std::nullopt;
  return Difference{"threw " + message_of(actual), {}, usual_digits, "threw " + actual.text};
}

}  // namespace

std::optional<Difference> find_difference(const Value& actual, const Value& expected, double tolerance) {
  if (actual.kind == Kind::thrown || expected.kind == Kind::thrown) return compare_throws(actual, expected);
  if (is_number(actual) && is_number(expected)) return first_element(actual, expected, Shape{}, tolerance);
  if (actual.kind == Kind::tensor && expected.kind == Kind::tensor) return compare_tensors(actual, expected, tolerance);
  const bool tensor = actual.kind == Kind::tensor || expected.kind == Kind::tensor;
  if (!tensor && has_elements(actual) && has_elements(expected)) return compare_numbers(actual, expected, tolerance);
  if (actual.kind != expected.kind)
    return Difference{"expected " + show(expected) + ", got " + show(actual), {}, usual_digits, "kind"};
  if (actual.kind == Kind::nothing) return std::nullopt;
  if (actual.kind == Kind::text) return compare_texts(actual.text, expected.text);
  return compare_items(actual, expected, tolerance);
}

bool relation_holds(const Value& lhs, std::string_view op, const Value& rhs) {
  if (!is_number(lhs) || !is_number(rhs)) throw Error("[relation] compares numbers: " + show(lhs) + ", " + show(rhs));
  const bool exact = lhs.reals.empty() && rhs.reals.empty();
  const double a = element(lhs, 0);
  const double b = element(rhs, 0);
  const bool less = exact ? lhs.integers[0] < rhs.integers[0] : a < b;
  const bool equal = exact ? lhs.integers[0] == rhs.integers[0] : a == b;
  const bool greater = exact ? lhs.integers[0] > rhs.integers[0] : a > b;
  if (op == "<") return less;
  if (op == "<=") return less || equal;
  if (op == "==") return equal;
  if (op == "!=") return !equal;
  if (op == ">=") return greater || equal;
  if (op == ">") return greater;
  throw Error("[relation] unknown operator " + std::string(op));
}

}  // namespace tinytorch::lab
