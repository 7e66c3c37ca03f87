#include "tests/kit/shrinking/shrink.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace tinytorch::lab {
namespace {

using Kind = Choice::Kind;

constexpr std::int64_t element_weight = 20;  // one element less is worth more than a simpler number
constexpr std::int64_t dimension_weight = 5;
constexpr std::int64_t note_weight = 15;  // "strides (1, 2), offset 3"
constexpr int most_digits = 4;            // behind the point of a rounded number
constexpr std::size_t few = 6;            // of an order: each pair is tried, not only neighbours
constexpr std::size_t longest_gap = 6;    // of choices that are left out together

std::int64_t weight_of(const Value& value) {
  std::int64_t sum = 1;
  if (value.kind == Value::Kind::tensor) {
    sum += value.sizes.empty() ? dimension_weight + 2 : dimension_weight * value.sizes.size();
    for (const std::int64_t size : value.sizes) sum += size == 0 ? element_weight + dimension_weight : 0;
  }
  if (value.kind == Value::Kind::tensor || value.kind == Value::Kind::numbers || value.kind == Value::Kind::shape)
    sum += element_weight * static_cast<std::int64_t>(value.reals.size() + value.integers.size());
  for (const double number : value.reals) sum += lab::weight_of(number, value.dtype);
  for (const std::int64_t number : value.integers) sum += lab::weight_of(static_cast<double>(number));
  sum += static_cast<std::int64_t>(value.text.size());
  for (const Value& item : value.items) sum += element_weight + weight_of(item);
  return sum;
}

double rounded(double number, int digits) {
  const double parts = std::pow(10.0, digits);
  return std::round(number * parts) / parts;
}

bool in_range(const Choice& choice, double number) {
  return number >= choice.low && (choice.whole ? number <= choice.high : number < choice.high);
}

// The choice with simpler numbers, as far as its range allows them.
Choice with_all(Choice choice, double number) {
  if (in_range(choice, number)) std::ranges::fill(choice.reals, number);
  return choice;
}
Choice with_rounded(Choice choice, int digits) {
  for (double& number : choice.reals)
    if (const double short_one = rounded(number, digits); in_range(choice, short_one)) number = short_one;
  return choice;
}

double simplest_number(const Choice& choice) {
  if (!choice.whole) return simplest_real(choice.low, choice.high);
  const auto whole = [](double number) { return static_cast<std::int64_t>(number); };
  return static_cast<double>(simplest_integer(whole(choice.low), whole(choice.high)));
}

Choice simplest(Choice choice) {
  switch (choice.kind) {
    case Kind::integer:
      choice.integers[0] = simplest_integer(choice.lo, choice.hi);
      break;
    case Kind::real:
    case Kind::elements:
      std::ranges::fill(choice.reals, simplest_number(choice));
      break;
    case Kind::order:
      std::iota(choice.integers.begin(), choice.integers.end(), std::int64_t{0});
      break;
    case Kind::shape:
      choice.integers.assign(
          static_cast<std::size_t>(std::max<std::int64_t>(choice.lo, std::min<std::int64_t>(1, choice.hi))), 1);
      break;
    case Kind::layout:
      choice.integers = {0};
      break;
    case Kind::engine:
      break;
  }
  return choice;
}

bool has_numbers(const Choice& choice) { return choice.kind == Kind::real || choice.kind == Kind::elements; }

// Numbers that are simpler than this one, the simplest first.
std::vector<double> simpler_numbers(const Choice& choice, double number) {
  std::vector<double> list{simplest_number(choice), 0.0, 1.0, 2.0, -1.0};
  if (!choice.whole)
    for (int digits = 0; digits <= most_digits; ++digits) list.push_back(rounded(number, digits));
  list.push_back(std::abs(number));
  list.push_back(std::trunc(number / 2));
  if (choice.whole) list.push_back(number > 0 ? number - 1 : number + 1);
  std::erase_if(
      list, [&](double other) { return !in_range(choice, other) || lab::weight_of(other) >= lab::weight_of(number); });
  return list;
}

}  // namespace

Weight weight_of(const Case& c) {
  Weight weight;
  for (const Case::Input& input : c.inputs()) {
    weight.inputs += weight_of(input.value);
    if (!input.note.empty()) weight.inputs += note_weight + static_cast<std::int64_t>(input.note.size());
  }
  weight.choices = weight_of(c.choices());
  return weight;
}

std::vector<Choices> simplifications(const Choices& choices) {
  std::vector<Choices> list;
  const auto add = [&](auto matches, auto changed) {
    list.push_back(choices);
    for (Choice& choice : list.back())
      if (matches(choice)) choice = changed(choice);
  };
  const auto is = [](Kind kind) { return [kind](const Choice& choice) { return choice.kind == kind; }; };
  add([](const Choice&) { return true; }, simplest);
  add([](const Choice& choice) { return !has_numbers(choice); }, simplest);
  for (const Kind kind : {Kind::shape, Kind::layout, Kind::integer, Kind::order}) add(is(kind), simplest);
  add(has_numbers, simplest);
  add(has_numbers, [](const Choice& choice) { return with_all(choice, 1.0); });
  for (int digits = 0; digits < most_digits; ++digits)
    add(has_numbers, [digits](const Choice& choice) { return with_rounded(choice, digits); });
  return list;
}

Shrinker::Shrinker(Failing first, Attempt attempt, Keep keep)
    : best_(std::move(first)), attempt_(std::move(attempt)), keep_(std::move(keep)) {}

void Shrinker::run(const std::function<bool()>& over) {
  over_ = over;
  bool simpler = true;
  while (simpler && !over_()) {
    simpler = everything();
    for (const Kind kind : {Kind::shape, Kind::layout, Kind::integer, Kind::order, Kind::elements, Kind::real})
      simpler = each_choice(kind) || simpler;
    simpler = leave_out() || simpler;
  }
}

bool Shrinker::accept(const Choices& candidate) {
  if (over_() || candidate == best_.choices) return false;
  std::optional<Failing> failing = attempt_(candidate);
  if (!failing || !(failing->weight < best_.weight)) return false;
  best_ = std::move(*failing);
  keep_(best_);
  return true;
}

bool Shrinker::replace(std::size_t i, const Choice& choice) {
  if (!still(i, choice.kind)) return false;
  Choices candidate = best_.choices;
  candidate[i] = choice;
  return accept(candidate);
}

bool Shrinker::still(std::size_t i, Choice::Kind kind) const {
  return i < best_.choices.size() && best_.choices[i].kind == kind && !over_();
}

bool Shrinker::everything() {
  bool simpler = false;
  std::vector<Choices> list = simplifications(best_.choices);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!accept(list[i])) continue;
    simpler = true;
    list = simplifications(best_.choices);
  }
  return simpler;
}

bool Shrinker::each_choice(Kind kind) {
  bool simpler = false;
  for (std::size_t i = 0; i < best_.choices.size() && !over_(); ++i)
    if (best_.choices[i].kind == kind) simpler = simplify(i) || simpler;
  return simpler;
}

bool Shrinker::simplify(std::size_t i) {
  switch (best_.choices[i].kind) {
    case Kind::integer:
      return simplify_integer(i);
    case Kind::real:
      return simplify_real(i);
    case Kind::order:
      return simplify_order(i);
    case Kind::shape:
      return simplify_shape(i);
    case Kind::layout:
      return simplify_layout(i);
    case Kind::elements:
      return simplify_elements(i);
    case Kind::engine:
      return false;
  }
  return false;
}

bool Shrinker::simplify_integer(std::size_t i) {
  const Choice choice = best_.choices[i];
  const auto other = [&](std::int64_t number) {
    if (number < choice.lo || number > choice.hi || number == choice.integers[0]) return false;
    Choice changed = choice;
    changed.integers[0] = number;
    return replace(i, changed);
  };
  const std::int64_t aim = simplest_integer(choice.lo, choice.hi);
  for (const std::int64_t number : {aim, aim + 1, aim - 1, aim + 2, aim + 3})
    if (other(number)) return true;
  for (std::int64_t gap = choice.integers[0] - aim; gap != 0; gap /= 2)
    if (other(choice.integers[0] - gap)) return true;
  return other(-choice.integers[0]);
}

bool Shrinker::simplify_real(std::size_t i) {
  Choice changed = best_.choices[i];
  for (const double number : simpler_numbers(changed, changed.reals[0])) {
    changed.reals[0] = number;
    if (replace(i, changed)) return true;
  }
  return false;
}

bool Shrinker::simplify_order(std::size_t i) {
  if (replace(i, simplest(best_.choices[i]))) return true;
  bool simpler = false;
  const std::size_t count = best_.choices[i].integers.size();
  for (std::size_t k = 1; k < count; ++k) {
    for (std::size_t j = count <= few ? 0 : k - 1; j < k; ++j) {
      if (!still(i, Kind::order) || best_.choices[i].integers.size() != count) return simpler;
      Choice changed = best_.choices[i];
      if (changed.integers[k] > changed.integers[j]) continue;
      std::swap(changed.integers[k], changed.integers[j]);
      simpler = replace(i, changed) || simpler;
    }
  }
  return simpler;
}

bool Shrinker::simplify_shape(std::size_t i) {
  if (replace(i, simplest(best_.choices[i]))) return true;
  bool simpler = false;
  const auto sizes = [&] { return best_.choices[i].integers; };
  for (std::size_t d = 0; still(i, Kind::shape) && d < sizes().size();) {
    Choice without = best_.choices[i];
    without.integers.erase(without.integers.begin() + static_cast<std::ptrdiff_t>(d));
    bool removed = static_cast<std::int64_t>(without.integers.size()) >= without.lo && replace(i, without);
    if (!removed && d + 1 < sizes().size() && static_cast<std::int64_t>(without.integers.size()) >= without.lo) {
      without.integers[d] *= sizes()[d];  // one dimension instead of two
      removed = replace(i, without);
    }
    simpler = removed || simpler;
    if (!removed) ++d;
  }
  for (std::size_t d = 0; still(i, Kind::shape) && d < sizes().size(); ++d) {
    for (const std::int64_t size : {std::int64_t{1}, std::int64_t{2}, sizes()[d] / 2, sizes()[d] - 1}) {
      if (!still(i, Kind::shape) || d >= sizes().size()) return simpler;
      Choice changed = best_.choices[i];
      if (size < 1 || size == changed.integers[d]) continue;
      changed.integers[d] = size;
      simpler = replace(i, changed) || simpler;
    }
  }
  return simpler;
}

bool Shrinker::simplify_layout(std::size_t i) {
  if (replace(i, simplest(best_.choices[i]))) return true;
  bool simpler = false;
  const std::size_t count = best_.choices[i].integers.size();
  if (count <= 3) return false;
  const auto rank = static_cast<std::int64_t>((count - 3) / 5);
  const auto change = [&](auto changed) {
    if (!still(i, Kind::layout) || best_.choices[i].integers.size() != count) return;
    Choice choice = best_.choices[i];
    Placement placement = Placement::unpacked(choice.integers, rank);
    changed(placement);
    choice.integers = placement.packed();
    simpler = replace(i, choice) || simpler;
  };
  const Placement plain = Placement::plain(rank);
  change([&](Placement& p) {
    p = plain;
    p.strided = true;
  });
  change([](Placement& p) { p.offset = 0; });
  change([](Placement& p) { p.tail = 0; });
  change([&](Placement& p) { p.order = plain.order; });
  for (const auto list : {&Placement::repeated, &Placement::steps, &Placement::gaps, &Placement::odd_units})
    for (std::size_t d = 0; d < static_cast<std::size_t>(rank); ++d)
      change([&](Placement& p) { (p.*list)[d] = (plain.*list)[d]; });
  return simpler;
}

// Sets blocks of elements to one number: all of them, halves, quarters, ... each alone.
bool Shrinker::simplify_blocks(std::size_t i, double number) {
  bool simpler = false;
  for (std::size_t block = best_.choices[i].reals.size(); block > 0; block /= 2) {
    for (std::size_t first = 0; first < best_.choices[i].reals.size(); first += block) {
      Choice changed = best_.choices[i];
      bool heavier = false;
      for (std::size_t k = first; k < std::min(first + block, changed.reals.size()); ++k) {
        heavier = heavier || weight_of(changed.reals[k]) > weight_of(number);
        changed.reals[k] = number;
      }
      if (heavier && in_range(changed, number)) simpler = replace(i, changed) || simpler;
      if (!still(i, Kind::elements)) return simpler;
    }
  }
  return simpler;
}

bool Shrinker::simplify_elements(std::size_t i) {
  bool simpler = simplify_blocks(i, simplest_number(best_.choices[i]));
  simpler = (still(i, Kind::elements) && simplify_blocks(i, 1.0)) || simpler;
  for (std::size_t k = 0; still(i, Kind::elements) && k < best_.choices[i].reals.size(); ++k) {
    Choice changed = best_.choices[i];
    for (const double number : simpler_numbers(changed, changed.reals[k])) {
      changed.reals[k] = number;
      if (!replace(i, changed)) continue;
      simpler = true;
      break;
    }
  }
  return simpler;
}

// A number that says how often something is drawn: smaller, and the draws that are then too many left out.
bool Shrinker::leave_out() {
  bool simpler = false;
  for (std::size_t i = 0; i < best_.choices.size() && !over_(); ++i) {
    const Choice choice = best_.choices[i];
    if (choice.kind != Kind::integer || choice.integers[0] <= choice.lo) continue;
    for (std::size_t gap = 1; gap <= longest_gap && i + gap < best_.choices.size(); ++gap) {
      Choices candidate = best_.choices;
      --candidate[i].integers[0];
      const auto after = candidate.begin() + static_cast<std::ptrdiff_t>(i) + 1;
      candidate.erase(after, after + static_cast<std::ptrdiff_t>(gap));
      if (!accept(candidate)) continue;
      simpler = true;
      break;
    }
  }
  return simpler;
}

}  // namespace tinytorch::lab
