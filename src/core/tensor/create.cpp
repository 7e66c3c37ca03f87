#include "src/core/ops/loops.hpp"
#include "tinytorch/core/creation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace tinytorch {
namespace {

using detail::NestedNumbers;

// The sizes of the first list at each depth.
Shape sizes_of(NestedNumbers numbers) {
  Shape sizes;
  while (numbers.is_list()) {
    const auto list = numbers.list();
    sizes.push_back(static_cast<std::int64_t>(list.size()));
    if (list.size() == 0) break;
    numbers = *list.begin();
  }
  return sizes;
}

// Writes the numbers one after the other, from `out` on; returns where they end. A list is as long as sizes[depth].
template <class T>
T* write_numbers(const NestedNumbers& numbers, const Shape& sizes, std::int64_t depth, T* out) {
  if (!numbers.is_list()) {
    *out = detail::element_of<T>(numbers.number(), "tensor");
    return out + 1;
  }
  const bool of_lists = depth + 1 < sizes.size();
  std::int64_t i = 0;
  for (const NestedNumbers& row : numbers.list()) {
    if (row.is_list() != of_lists)
      throw ShapeError(
          detail::text({"[tensor] row ", i, of_lists ? " is a number, row 0 a list" : " is a list, row 0 a number"}));
    if (of_lists && static_cast<std::int64_t>(row.list().size()) != sizes[depth + 1])
      throw ShapeError(
          detail::text({"[tensor] row ", i, " has ", row.list().size(), " numbers, row 0 has ", sizes[depth + 1]}));
    out = write_numbers(row, sizes, depth + 1, out);
    ++i;
  }
  return out;
}

}  // namespace

Tensor full(const Shape& sizes, Scalar value, DType dtype) {
  Tensor x = detail::allocate(sizes, dtype);
  x.fill_(value);
  return x;
}
Tensor zeros(const Shape& sizes, DType dtype) { return full(sizes, 0, dtype); }
Tensor ones(const Shape& sizes, DType dtype) { return full(sizes, 1, dtype); }
Tensor scalar(Scalar value, DType dtype) { return full({}, value, dtype); }

Tensor arange(std::int64_t count, DType dtype) {
  Tensor x = empty({count}, dtype);
  detail::dispatch(dtype, "arange", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (std::int64_t i = 0; i < count; ++i) x.data<T>()[i] = static_cast<T>(i);
  });
  return x;
}

DType NestedNumbers::dtype() const {
  if (!is_list_) return dtype_;
  std::optional<DType> widest;
  for (const NestedNumbers& part : list_)
    if (!part.is_list() || part.list().size() > 0)
      widest = widest ? promote_types(*widest, part.dtype()) : part.dtype();
  return widest.value_or(DType::float32);
}

Tensor tensor(NestedNumbers numbers, DType dtype) {
  const Shape sizes = sizes_of(numbers);
  Tensor x = empty(sizes, dtype);
  detail::dispatch(dtype, "tensor", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    write_numbers(numbers, sizes, 0, x.data<T>());
  });
  return x;
}
Tensor tensor(NestedNumbers numbers) { return tensor(numbers, numbers.dtype()); }

namespace {

__extension__ using Wide = __int128;  // holds what two int64 give

// The steps from start to end, which is left out. Integers never pass through double.
std::int64_t count_steps(Scalar start, Scalar end, Scalar step) {
  const auto first = start.to<double>(), last = end.to<double>(), by = step.to<double>();
  if (by == 0 || (by > 0 ? last < first : last > first) || !std::isfinite((last - first) / by))
    throw ValueError(detail::text({"[arange] no number of steps of ", by, " leads from ", first, " to ", last}));
  const bool whole = !is_floating(start.dtype()) && !is_floating(end.dtype()) && !is_floating(step.dtype());
  if (whole) {
    const Wide way = static_cast<Wide>(end.to<std::int64_t>()) - start.to<std::int64_t>();
    const Wide one = step.to<std::int64_t>(), steps = (way + one - (one > 0 ? 1 : -1)) / one;
    if (steps <= std::numeric_limits<std::int64_t>::max())
      return std::max<std::int64_t>(0, static_cast<std::int64_t>(steps));
  } else if (const double steps = std::ceil((last - first) / by); steps < 0x1p63) {
    return static_cast<std::int64_t>(steps);
  }
  throw ValueError(detail::text({"[arange] too many elements: ", first, " to ", last, " in steps of ", by}));
}

}  // namespace

Tensor arange(Scalar start, Scalar end, Scalar step, DType dtype) {
  Tensor x = empty({count_steps(start, end, step)}, dtype);
  detail::dispatch(dtype, "arange", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    using Exact = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    const auto from = start.to<Exact>(), distance = step.to<Exact>();
    for (std::int64_t i = 0; i < x.numel(); ++i)
      x.data<T>()[i] = static_cast<T>(from + static_cast<Exact>(i) * distance);
  });
  return x;
}

namespace {

// Number i of `steps` at equal distances; both ends are exact.
double between(double start, double end, std::int64_t i, std::int64_t steps) {
  if (steps == 1) return start;
  const auto last = static_cast<double>(steps - 1);
  if (!std::isfinite(end - start)) {  // the ends lie further apart than the largest double
    const double share = static_cast<double>(i) / last;
    return start * (1 - share) + end * share;
  }
  const double step = (end - start) / last;
  return i < steps / 2 ? start + step * static_cast<double>(i) : end - step * static_cast<double>(steps - 1 - i);
}

// The largest integer that is not above number i. Between integers it is exact.
std::int64_t whole_between(double start, double end, std::int64_t i, std::int64_t steps) {
  constexpr double exact = 0x1p53;
  if (steps == 1 || start != std::floor(start) || end != std::floor(end) || std::abs(start) > exact ||
      std::abs(end) > exact)
    return static_cast<std::int64_t>(std::floor(between(start, end, i, steps)));
  const Wide last = steps - 1, first = static_cast<std::int64_t>(start);
  const Wide sum = first * last + (static_cast<std::int64_t>(end) - first) * i;
  return static_cast<std::int64_t>(sum / last - (sum % last < 0 ? 1 : 0));
}

}  // namespace

Tensor linspace(double start, double end, std::int64_t steps, DType dtype, bool endpoint) {
  if (!endpoint && steps > 0) return linspace(start, end, steps + 1, dtype).slice(0, 0, steps).clone();
  if (steps < 0) throw ValueError(detail::text({"[linspace] ", steps, " steps"}));
  if (!std::isfinite(start) || !std::isfinite(end))
    throw ValueError(detail::text({"[linspace] the ends must be finite: ", start, " and ", end}));
  Tensor x = empty({steps}, dtype);
  detail::dispatch(dtype, "linspace", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (std::int64_t i = 0; i < steps; ++i) {
      if constexpr (std::is_integral_v<T>)
        x.data<T>()[i] = static_cast<T>(whole_between(start, end, i, steps));
      else
        x.data<T>()[i] = static_cast<T>(between(start, end, i, steps));
    }
  });
  return x;
}

}  // namespace tinytorch
