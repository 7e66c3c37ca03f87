#include "tests/kit/suite/case.hpp"

#include "src/course/holes.hpp"
#include "tests/kit/shrinking/smaller.hpp"
#include "tests/kit/suite/run.hpp"
#include "tests/kit/values/show.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace tinytorch::lab {
namespace {

constexpr std::int64_t large = 64;     // some shapes have more elements than this
constexpr std::int64_t few_cases = 8;  // a test of fewer cases stays small
constexpr std::int64_t largest_budget = 400;

std::vector<std::int64_t> listed(const Shape& shape) { return {shape.begin(), shape.end()}; }

Shape shape_of(const std::vector<std::int64_t>& sizes) { return Shape(sizes.data(), sizes.data() + sizes.size()); }

// In an expanded tensor some dimension has stride 0: of those with more than one element, if there are any.
void repeat_some_dimension(const Shape& sizes, Placement& placement) {
  const bool any_longer = std::ranges::any_of(sizes, [](std::int64_t size) { return size > 1; });
  bool any = false;
  for (std::int64_t d = 0; d < sizes.size(); ++d) {
    std::int64_t& repeated = placement.repeated[static_cast<std::size_t>(d)];
    if (any_longer && sizes[d] <= 1) repeated = 0;
    any = any || repeated != 0;
  }
  for (std::int64_t d = 0; d < sizes.size() && !any; ++d) {
    any = !any_longer || sizes[d] > 1;
    if (any) placement.repeated[static_cast<std::size_t>(d)] = 1;
  }
}

// The order of n things that is nearest to `order`, one of other things.
std::vector<std::int64_t> fitted_order(std::vector<std::int64_t> order, std::int64_t n) {
  std::erase_if(order, [&](std::int64_t d) { return d >= n; });
  for (std::int64_t d = static_cast<std::int64_t>(order.size()); d < n; ++d)
    if (std::ranges::find(order, d) == order.end()) order.push_back(d);
  for (std::int64_t d = 0; d < n; ++d)
    if (std::ranges::find(order, d) == order.end()) order.push_back(d);
  return order;
}

}  // namespace

Case::Case(std::int64_t index, std::int64_t count, std::uint64_t seed, const Choices* script)
    : index_(index), count_(count), generator_(seed) {
  if (script != nullptr) script_.emplace(*script);
}

Generator& Case::rng() {
  if (script_) {
    if (const Choice* choice = script_->next(Choice::Kind::engine)) set_engine(generator_, *choice);
  }
  choices_.push_back(engine_choice(generator_));
  return generator_;
}

std::int64_t Case::draw(std::int64_t lo, std::int64_t hi) {
  if (hi < lo) throw ValueError("[integer] " + std::to_string(lo) + " is above " + std::to_string(hi));
  return lo + static_cast<std::int64_t>(generator_.below(static_cast<std::uint64_t>(hi - lo) + 1));
}

std::int64_t Case::integer(std::int64_t lo, std::int64_t hi) {
  Choice choice;
  choice.lo = lo;
  choice.hi = hi;
  if (script_) {
    if (hi < lo) throw ValueError("[integer] " + std::to_string(lo) + " is above " + std::to_string(hi));
    const Choice* kept = script_->next(Choice::Kind::integer);
    choice.integers = {kept != nullptr ? std::clamp(kept->integers[0], lo, hi) : simplest_integer(lo, hi)};
  } else {
    choice.integers = {draw(lo, hi)};
  }
  choices_.push_back(choice);
  return choice.integers[0];
}

double Case::real(double lo, double hi) {
  Choice choice;
  choice.kind = Choice::Kind::real;
  choice.low = lo;
  choice.high = hi;
  if (script_) {
    const Choice* kept = script_->next(Choice::Kind::real);
    const bool fits = kept != nullptr && kept->reals[0] >= lo && kept->reals[0] < hi;
    choice.reals = {fits ? kept->reals[0] : simplest_real(lo, hi)};
  } else {
    choice.reals = {lo + (hi - lo) * generator_.uniform()};
  }
  choices_.push_back(choice);
  return choice.reals[0];
}

bool Case::coin() { return integer(0, 1) == 1; }

Shape Case::draw_permutation(std::int64_t n) {
  Shape order = Shape::filled(n, 0);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[draw(0, i)]);
  return order;
}

std::vector<std::int64_t> Case::order(std::int64_t n) {
  Choice choice;
  choice.kind = Choice::Kind::order;
  std::vector<std::int64_t>& order = choice.integers;
  const Choice* kept = script_ ? script_->next(Choice::Kind::order) : nullptr;
  if (kept != nullptr) {
    order = fitted_order(kept->integers, n);
  } else {
    order.resize(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    for (std::int64_t i = n - 1; i > 0 && !script_; --i)
      std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(draw(0, i))]);
  }
  choices_.push_back(choice);
  return order;
}

Shape Case::permutation(std::int64_t n) { return shape_of(order(n)); }

Shape Case::draw_shape(std::int64_t min_rank, std::int64_t max_rank) {
  const bool can_be_large = count_ >= few_cases && max_rank > 0;
  const bool late = index_ >= count_ / 2;
  if (can_be_large && (index_ == count_ - 1 || (late && draw(0, 3) == 0))) {
    Shape sizes = Shape::filled(draw(std::max<std::int64_t>(min_rank, 1), max_rank), 1);
    while (numel(sizes) <= large) {
      const std::int64_t more = draw(1, 3);
      sizes[draw(0, sizes.size() - 1)] += more;
    }
    return sizes;
  }
  const std::int64_t highest_rank = std::min(max_rank, std::max(min_rank, size() == 0 ? min_rank : size() + 1));
  Shape sizes = Shape::filled(draw(min_rank, highest_rank), 1);
  std::int64_t budget = std::min(largest_budget, size() * (size() + 1));
  for (const std::int64_t d : draw_permutation(sizes.size())) {
    const std::int64_t most = std::min(size() + 1, budget);
    if (most > 1 && draw(0, 4) != 0) sizes[d] = draw(2, most);
    budget /= sizes[d];
  }
  return sizes;
}

Shape Case::draw_shape_with_zero(std::int64_t min_rank, std::int64_t max_rank) {
  Shape sizes = draw_shape(min_rank, max_rank);
  const bool zero = index_ == 1 || (index_ > 0 && draw(0, 3) == 0);
  if (!zero || max_rank == 0) return sizes;
  if (sizes.empty()) sizes.push_back(0);
  sizes[draw(0, sizes.size() - 1)] = 0;
  return sizes;
}

Shape Case::keep_shape(std::int64_t min_rank, std::int64_t max_rank, std::int64_t least, const Shape& drawn) {
  Choice choice;
  choice.kind = Choice::Kind::shape;
  choice.lo = min_rank;
  choice.hi = max_rank;
  choice.integers = listed(drawn);
  if (script_) {
    const Choice* kept = script_->next(Choice::Kind::shape);
    choice.integers = kept != nullptr ? kept->integers : std::vector<std::int64_t>();
    while (static_cast<std::int64_t>(choice.integers.size()) > max_rank) choice.integers.erase(choice.integers.begin());
    while (static_cast<std::int64_t>(choice.integers.size()) < min_rank)
      choice.integers.insert(choice.integers.begin(), 1);
    for (std::int64_t& size : choice.integers) size = std::max(size, least);
  }
  choices_.push_back(choice);
  return shape_of(choice.integers);
}

Shape Case::shape(std::int64_t min_rank, std::int64_t max_rank) {
  return keep_shape(min_rank, max_rank, 1, script_ ? Shape{} : draw_shape(min_rank, max_rank));
}

Shape Case::shape_with_zero(std::int64_t min_rank, std::int64_t max_rank) {
  return keep_shape(min_rank, max_rank, 0, script_ ? Shape{} : draw_shape_with_zero(min_rank, max_rank));
}

Placement Case::draw_placement(const Shape& sizes, Layout layout) {
  Placement placement = Placement::plain(sizes.size());
  if (layout == Layout::any) layout = index_ == 0 || draw(0, 2) == 0 ? Layout::contiguous : Layout::strided;
  if (layout == Layout::contiguous) return placement;
  placement.strided = true;
  if (layout == Layout::expanded && !sizes.empty()) {
    const bool any_longer = std::ranges::any_of(sizes, [](std::int64_t size) { return size > 1; });
    const auto fits = [&](std::int64_t d) { return !any_longer || sizes[d] > 1; };
    for (std::int64_t d = 0; d < sizes.size(); ++d)
      placement.repeated[static_cast<std::size_t>(d)] = fits(d) && draw(0, 1) == 1 ? 1 : 0;
    std::int64_t sure = draw(0, sizes.size() - 1);
    while (!fits(sure)) sure = (sure + 1) % sizes.size();
    placement.repeated[static_cast<std::size_t>(sure)] = 1;
  }
  const bool permuted = draw(0, 2) != 0;
  const Shape order = draw_permutation(sizes.size());
  if (permuted) placement.order = listed(order);
  for (std::int64_t i = sizes.size() - 1; i >= 0; --i) {
    const auto d = static_cast<std::size_t>(placement.order[static_cast<std::size_t>(i)]);
    placement.steps[d] = draw(0, 1) == 1 ? 1 : draw(2, 3);
    placement.gaps[d] = draw(0, 1) == 1 ? 0 : draw(1, 2);
    if (placement.repeated[d] == 0 && sizes[static_cast<std::int64_t>(d)] <= 1)
      placement.odd_units[d] = 1 + draw(0, std::ssize(odd_units) - 1);
  }
  placement.offset = draw(0, 5);
  placement.tail = draw(0, 3);
  return placement;
}

Tensor Case::place(const Shape& sizes, DType dtype, Layout layout) {
  if (layout == Layout::contiguous) return empty(sizes, dtype);
  Choice choice;
  choice.kind = Choice::Kind::layout;
  choice.lo = layout == Layout::any ? 0 : 1;
  Placement placement = Placement::plain(sizes.size());
  if (!script_) {
    placement = draw_placement(sizes, layout);
  } else if (const Choice* kept = script_->next(Choice::Kind::layout)) {
    placement = Placement::unpacked(kept->integers, sizes.size());
  }
  if (layout != Layout::any) placement.strided = true;
  if (layout == Layout::expanded) repeat_some_dimension(sizes, placement);
  choice.integers = placement.packed();
  choices_.push_back(choice);
  return placement.make(sizes, dtype, placement.strided && layout != Layout::expanded);
}

std::vector<double> Case::elements(const Shape& sizes, double low, double high, bool whole) {
  Choice choice;
  choice.kind = Choice::Kind::elements;
  choice.low = low;
  choice.high = high;
  choice.whole = whole;
  choice.sizes = listed(sizes);
  const std::int64_t count = numel(sizes);
  if (script_) {
    const Choice* kept = script_->next(Choice::Kind::elements);
    if (kept != nullptr) choice.reals = refitted(kept->reals, kept->sizes, choice.sizes);
    const double simplest =
        whole ? static_cast<double>(simplest_integer(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)))
              : simplest_real(low, high);
    choice.reals.resize(static_cast<std::size_t>(count), simplest);
    for (double& number : choice.reals)
      if (number < low || number > high || (whole && number != std::floor(number))) number = simplest;
  } else {
    for (std::int64_t i = 0; i < count; ++i)
      choice.reals.push_back(
          whole ? static_cast<double>(draw(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)))
                : low + (high - low) * generator_.uniform());
  }
  choices_.push_back(choice);
  return choice.reals;
}

Tensor Case::integers(const Shape& sizes, DType dtype, Layout layout) {
  const Tensor x = place(sizes, dtype, layout);
  set_elements(x, elements(sizes, is_unsigned(dtype) ? 0 : -9, dtype == DType::boolean ? 1 : 9, true));
  return x;
}

Tensor Case::tensor(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::any); }
Tensor Case::contiguous(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::contiguous); }
Tensor Case::strided(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::strided); }
Tensor Case::expanded(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::expanded); }

Tensor Case::distinct(const Shape& sizes, DType dtype) {
  const Tensor x = place(sizes, dtype, Layout::any);
  const std::int64_t count = x.numel();
  const std::int64_t first = is_unsigned(dtype) ? 0 : -(count / 2);
  std::vector<double> numbers;
  for (const std::int64_t position : order(count)) numbers.push_back(static_cast<double>(first + position));
  set_elements(x, numbers);
  return x;
}

Tensor Case::reals(const Shape& sizes, DType dtype, double lo, double hi) {
  const Tensor x = place(sizes, dtype, Layout::any);
  set_elements(x, elements(sizes, lo, hi, false));
  return x;
}

void Case::add_input(std::string_view name, Value value, std::string note) {
  if (Run::current().expecting())
    throw std::logic_error("input " + std::string(name) + " is named where a blind run does not look");
  inputs_.push_back({std::string(name), std::move(value), std::move(note), Tensor()});
  if (Run::current().options().explain) Run::current().named(*this, inputs_.back().name, inputs_.back().text());
}

std::string Case::Input::text() const { return show(value) + (note.empty() ? "" : " (" + note + ")"); }

void Case::watch_input(std::string_view name, const Tensor& tensor) {
  // One tensor may be named twice, as two arguments of a call: each name is judged.
  if (!inputs_.empty() && inputs_.back().name == name) inputs_.back().watched = tensor;
}

std::string Case::label() const {
  if (!label_.empty()) return label_;
  std::string shapes;
  std::string others;
  for (const Input& input : inputs_) {
    if (input.value.kind == Value::Kind::tensor)
      shapes += (shapes.empty() ? "" : "x") + show_sizes(input.value.sizes);
    else
      others += (others.empty() ? "" : ", ") + show(input.value);
  }
  constexpr std::size_t longest = 40;
  if (shapes.empty() && !others.empty() && others.size() <= longest) return others;
  return shapes.empty() ? "number " + std::to_string(index_) : shapes;
}

void cases(std::int64_t count, FunctionRef<void(Case&)> body) {
  Run& run = Run::current();
  const Options& options = run.options();
  for (std::int64_t k = 0; k < count; ++k) {
    if (options.only_case >= 0 && k != options.only_case) continue;
    Case c(k, count, run.case_seed(k), options.choices ? &*options.choices : nullptr);
    const Run::CaseScope scope(run, c);
    try {
      try {
        body(c);
      } catch (const StopTest&) {
        throw;
      } catch (const NotImplemented&) {
        throw;
      } catch (...) {
        run.escaped(caught_value());  // ends the test, except in a blind run
      }
      run.judge_memory();
      run.judge_inputs(c);
      if (options.simplified) run.judge_simplified(c, count, body);
    } catch (const StopTest&) {
      if (const std::optional<Failure> failure = run.to_shrink()) {
        if (const auto found = find_smaller(c, count, *failure, body)) run.smaller(found->failure, found->choices);
      }
      throw;
    }
  }
}

}  // namespace tinytorch::lab
