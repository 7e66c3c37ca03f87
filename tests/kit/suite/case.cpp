#include "tests/kit/suite/case.hpp"

#include "src/course/holes.hpp"
#include "tests/kit/suite/run.hpp"
#include "tests/kit/values/show.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace tinytorch::lab {
namespace {

constexpr std::int64_t large = 64;     // some shapes have more elements than this
constexpr std::int64_t few_cases = 8;  // a test of fewer cases stays small
constexpr std::int64_t largest_budget = 400;

template <class T>
void store_as(void* data, std::int64_t position, double number) {
  const T value = static_cast<T>(number);
  std::memcpy(static_cast<char*>(data) + position * static_cast<std::int64_t>(sizeof(T)), &value, sizeof(T));
}

// Writes the bytes of an element directly, so no cache model sees the store.
void store(void* data, DType dtype, std::int64_t position, double number) {
  switch (dtype) {
    case DType::float32:
    case DType::traced:
      return store_as<float>(data, position, number);
    case DType::float64:
      return store_as<double>(data, position, number);
    case DType::int64:
      return store_as<std::int64_t>(data, position, number);
    case DType::int32:
      return store_as<std::int32_t>(data, position, number);
    case DType::uint8:
      return store_as<std::uint8_t>(data, position, number);
    case DType::int8:
      return store_as<std::int8_t>(data, position, number);
    case DType::boolean:
      return store_as<bool>(data, position, number);
  }
}

// Sets the elements, in row-major order, to the numbers that `next` returns.
template <class Next>
void fill(const Tensor& tensor, Next next) {
  const Shape& sizes = tensor.sizes();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    std::int64_t rest = i;
    std::int64_t position = 0;
    for (std::int64_t d = sizes.size() - 1; d >= 0; --d) {
      position += rest % sizes[d] * tensor.strides()[d];
      rest /= sizes[d];
    }
    store(tensor.data(), tensor.dtype(), position, next());
  }
}

bool is_unsigned(DType dtype) { return dtype == DType::uint8 || dtype == DType::boolean; }

// A block full of numbers that right code never reads: what lies between the elements. Wrong code shows them at once.
Tensor padded_memory(std::int64_t count, DType dtype) {
  Tensor base = empty(Shape{count}, dtype);
  for (std::int64_t i = 0; i < count; ++i) {
    const double number = dtype == DType::boolean ? 1.0 : i % 2 == 1 && !is_unsigned(dtype) ? -99.0 : 99.0;
    store(base.data(), dtype, i, number);
  }
  return base;
}

}  // namespace

Case::Case(std::int64_t index, std::int64_t count, std::uint64_t seed)
    : index_(index), count_(count), generator_(seed) {}

std::int64_t Case::integer(std::int64_t lo, std::int64_t hi) {
  if (hi < lo) throw ValueError("[integer] " + std::to_string(lo) + " is above " + std::to_string(hi));
  return lo + static_cast<std::int64_t>(generator_.below(static_cast<std::uint64_t>(hi - lo) + 1));
}

double Case::real(double lo, double hi) { return lo + (hi - lo) * generator_.uniform(); }

bool Case::coin() { return generator_.below(2) == 1; }

Shape Case::permutation(std::int64_t n) {
  Shape order = Shape::filled(n, 0);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[integer(0, i)]);
  return order;
}

Shape Case::shape(std::int64_t min_rank, std::int64_t max_rank) {
  const bool can_be_large = count_ >= few_cases && max_rank > 0;
  const bool late = index_ >= count_ / 2;
  if (can_be_large && (index_ == count_ - 1 || (late && integer(0, 3) == 0))) {
    Shape sizes = Shape::filled(integer(std::max<std::int64_t>(min_rank, 1), max_rank), 1);
    while (numel(sizes) <= large) sizes[integer(0, sizes.size() - 1)] += integer(1, 3);
    return sizes;
  }
  const std::int64_t highest_rank = std::min(max_rank, std::max(min_rank, size() == 0 ? min_rank : size() + 1));
  Shape sizes = Shape::filled(integer(min_rank, highest_rank), 1);
  std::int64_t budget = std::min(largest_budget, size() * (size() + 1));
  for (const std::int64_t d : permutation(sizes.size())) {
    const std::int64_t most = std::min(size() + 1, budget);
    if (most > 1 && integer(0, 4) != 0) sizes[d] = integer(2, most);
    budget /= sizes[d];
  }
  return sizes;
}

Shape Case::shape_with_zero(std::int64_t min_rank, std::int64_t max_rank) {
  Shape sizes = shape(min_rank, max_rank);
  const bool zero = index_ == 1 || (index_ > 0 && integer(0, 3) == 0);
  if (!zero || max_rank == 0) return sizes;
  if (sizes.empty()) sizes.push_back(0);
  sizes[integer(0, sizes.size() - 1)] = 0;
  return sizes;
}

Tensor Case::place(const Shape& sizes, DType dtype, Layout layout) {
  if (layout == Layout::any) layout = index_ == 0 || integer(0, 2) == 0 ? Layout::contiguous : Layout::strided;
  if (layout == Layout::contiguous) return empty(sizes, dtype);
  Shape repeated = Shape::filled(sizes.size(), 0);
  if (layout == Layout::expanded && !sizes.empty()) {
    const bool any_longer = std::ranges::any_of(sizes, [](std::int64_t size) { return size > 1; });
    const auto fits = [&](std::int64_t d) { return !any_longer || sizes[d] > 1; };
    for (std::int64_t d = 0; d < sizes.size(); ++d) repeated[d] = fits(d) && coin();
    std::int64_t sure = integer(0, sizes.size() - 1);
    while (!fits(sure)) sure = (sure + 1) % sizes.size();
    repeated[sure] = 1;
  }
  // Dimensions are laid out from the innermost of a random order, with steps inside and gaps between them.
  Shape strides = Shape::filled(sizes.size(), 0);
  const bool permuted = integer(0, 2) != 0;
  const Shape order = permutation(sizes.size());
  std::int64_t used = 1;
  for (std::int64_t i = sizes.size() - 1; i >= 0; --i) {
    const std::int64_t d = permuted ? order[i] : i;
    const std::int64_t step = coin() ? 1 : integer(2, 3);
    const std::int64_t gap = coin() ? 0 : integer(1, 2);
    if (repeated[d] != 0) continue;
    strides[d] = sizes[d] > 1 ? used * step : pick<std::int64_t>({0, 1, 5, 17, 1000});
    if (sizes[d] > 1) used *= (sizes[d] - 1) * step + 1 + gap;
  }
  if (layout == Layout::strided && is_row_major(sizes, strides)) {
    for (std::int64_t& stride : strides) stride *= 2;
    used *= 2;
  }
  const std::int64_t offset = integer(0, 5);
  return as_strided(padded_memory(offset + used + integer(0, 3), dtype), sizes, strides, offset);
}

Tensor Case::integers(const Shape& sizes, DType dtype, Layout layout) {
  const Tensor x = place(sizes, dtype, layout);
  const std::int64_t lo = is_unsigned(dtype) ? 0 : -9;
  const std::int64_t hi = dtype == DType::boolean ? 1 : 9;
  fill(x, [&] { return static_cast<double>(integer(lo, hi)); });
  return x;
}

Tensor Case::tensor(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::any); }
Tensor Case::contiguous(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::contiguous); }
Tensor Case::strided(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::strided); }
Tensor Case::expanded(const Shape& sizes, DType dtype) { return integers(sizes, dtype, Layout::expanded); }

Tensor Case::distinct(const Shape& sizes, DType dtype) {
  const Tensor x = place(sizes, dtype, Layout::any);
  const std::int64_t count = x.numel();
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), is_unsigned(dtype) ? 0 : -(count / 2));
  for (std::int64_t i = count - 1; i > 0; --i)
    std::swap(numbers[static_cast<std::size_t>(i)], numbers[static_cast<std::size_t>(integer(0, i))]);
  auto next = numbers.begin();
  fill(x, [&] { return static_cast<double>(*next++); });
  return x;
}

Tensor Case::reals(const Shape& sizes, DType dtype, double lo, double hi) {
  const Tensor x = place(sizes, dtype, Layout::any);
  fill(x, [&] { return real(lo, hi); });
  return x;
}

void Case::add_input(std::string_view name, Value value) {
  if (Run::current().expecting())
    throw std::logic_error("input " + std::string(name) + " is named where a blind run does not look");
  inputs_.push_back({std::string(name), std::move(value), Tensor()});
}

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
  const std::int64_t only = run.options().only_case;
  for (std::int64_t k = 0; k < count; ++k) {
    if (only >= 0 && k != only) continue;
    Case c(k, count, run.case_seed(k));
    const Run::CaseScope scope(run, c);
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
  }
}

}  // namespace tinytorch::lab
