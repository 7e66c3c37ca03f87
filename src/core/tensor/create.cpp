#include "src/core/ops/loops.hpp"
#include "tinytorch/core/creation.hpp"

#include <algorithm>
#include <cmath>

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

Tensor arange(Scalar start, Scalar end, Scalar step, DType dtype) {
  const auto first = start.to<double>(), last = end.to<double>(), by = step.to<double>();
  if (by == 0 || (by > 0 ? last < first : last > first) || !std::isfinite((last - first) / by))
    throw ValueError(detail::text({"[arange] no number of steps of ", by, " leads from ", first, " to ", last}));
  Tensor x = empty({static_cast<std::int64_t>(std::ceil((last - first) / by))}, dtype);
  detail::dispatch(dtype, "arange", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    using Exact = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    const auto from = start.to<Exact>(), distance = step.to<Exact>();
    for (std::int64_t i = 0; i < x.numel(); ++i)
      x.data<T>()[i] = static_cast<T>(from + static_cast<Exact>(i) * distance);
  });
  return x;
}

Tensor linspace(double start, double end, std::int64_t steps, DType dtype) {
  if (steps < 0) throw ValueError(detail::text({"[linspace] ", steps, " steps"}));
  Tensor x = empty({steps}, dtype);
  const double step = steps > 1 ? (end - start) / static_cast<double>(steps - 1) : 0.0;
  detail::dispatch(dtype, "linspace", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    // From both ends, so that both are exact.
    for (std::int64_t i = 0; i < steps; ++i)
      x.data<T>()[i] = static_cast<T>(i < steps / 2 || steps == 1 ? start + step * static_cast<double>(i)
                                                                  : end - step * static_cast<double>(steps - 1 - i));
  });
  return x;
}

}  // namespace tinytorch
