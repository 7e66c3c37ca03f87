#include "src/core/ops/loops.hpp"
#include "tinytorch/core/creation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinytorch {
namespace {

template <class Value>
Tensor from_list(std::initializer_list<Value> values, const Shape& sizes, DType dtype) {
  Tensor x = empty(sizes, dtype);
  detail::dispatch(dtype, "tensor", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    std::transform(values.begin(), values.end(), x.data<T>(), [](Value value) { return static_cast<T>(value); });
  });
  return x;
}

template <class Value>
Tensor from_rows(std::initializer_list<std::initializer_list<Value>> rows, DType dtype) {
  const auto columns = rows.size() == 0 ? 0 : static_cast<std::int64_t>(rows.begin()->size());
  Tensor x = empty({static_cast<std::int64_t>(rows.size()), columns}, dtype);
  std::int64_t i = 0;
  for (const std::initializer_list<Value>& row : rows) {
    if (static_cast<std::int64_t>(row.size()) != columns)
      throw ShapeError(detail::text({"[tensor] row ", i, " has ", row.size(), " numbers, row 0 has ", columns}));
    const Tensor target = detail::window(x, {columns}, {1}, columns * i++);
    target.copy_(from_list(row, {columns}, dtype));
  }
  return x;
}

}  // namespace

Tensor full(const Shape& sizes, double value, DType dtype) {
  Tensor x = detail::allocate(sizes, dtype);
  x.fill_(value);
  return x;
}
Tensor zeros(const Shape& sizes, DType dtype) { return full(sizes, 0.0, dtype); }
Tensor ones(const Shape& sizes, DType dtype) { return full(sizes, 1.0, dtype); }
Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }

Tensor arange(std::int64_t count, DType dtype) {
  Tensor x = empty({count}, dtype);
  detail::dispatch(dtype, "arange", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (std::int64_t i = 0; i < count; ++i) x.data<T>()[i] = static_cast<T>(i);
  });
  return x;
}

template <class Number>
Tensor tensor(std::initializer_list<Number> values, DType dtype) {
  return from_list(values, {static_cast<std::int64_t>(values.size())}, dtype);
}
template <class Number>
Tensor tensor(std::initializer_list<std::initializer_list<Number>> rows, DType dtype) {
  return from_rows(rows, dtype);
}
template Tensor tensor(std::initializer_list<double>, DType);
template Tensor tensor(std::initializer_list<float>, DType);
template Tensor tensor(std::initializer_list<std::int64_t>, DType);
template Tensor tensor(std::initializer_list<int>, DType);
template Tensor tensor(std::initializer_list<std::initializer_list<double>>, DType);
template Tensor tensor(std::initializer_list<std::initializer_list<float>>, DType);
template Tensor tensor(std::initializer_list<std::initializer_list<std::int64_t>>, DType);
template Tensor tensor(std::initializer_list<std::initializer_list<int>>, DType);

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

Tensor linspace(double start, double end, std::int64_t steps, DType dtype) {
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
