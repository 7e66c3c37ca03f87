#include "src/core/ops/loops.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/pool.hpp"

namespace tinytorch {

namespace {

void check(const Shape& x, const Shape& y, raw::Spans rows, raw::Spans columns) {
  const auto inside = [](raw::Spans spans, std::int64_t size) {
    for (const raw::Span& span : spans)
      if (span.first < 0 || span.last > size) return false;
    return true;
  };
  const Shape expected{x[0], x[1], static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns.size())};
  if (y != expected || !inside(rows, x[2]) || !inside(columns, x[3]))
    throw ShapeError(detail::text({"[window_sums] windows ", y, " of images ", x}));
}

}  // namespace

Tensor raw::window_sums(const Tensor& x, Spans rows, Spans columns) {
  const Shape sizes{x.size(0), x.size(1), static_cast<std::int64_t>(rows.size()),
                    static_cast<std::int64_t>(columns.size())};
  check(x.sizes(), sizes, rows, columns);
  const Tensor from = raw::contiguous(x);
  Tensor y = empty(sizes, x.dtype());
  detail::dispatch_floating(x.dtype(), "window_sums", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const std::int64_t H = x.size(2), W = x.size(3), planes = x.size(0) * x.size(1);
    T* out = y.data<T>();
    for (std::int64_t plane = 0; plane < planes; ++plane) {
      const T* pixels = from.data<T>() + plane * H * W;
      for (const Span& row : rows)
        for (const Span& column : columns) {
          double total = 0;  // of floats too: a float total drifts with the size of the window
          for (std::int64_t i = row.first; i < row.last; ++i)
            for (std::int64_t j = column.first; j < column.last; ++j) total += pixels[i * W + j];
          *out++ = static_cast<T>(total * row.factor * column.factor);
        }
    }
  });
  return y;
}

Tensor raw::window_sums_grad(const Tensor& grad, Spans rows, Spans columns, const Shape& x_sizes) {
  check(x_sizes, grad.sizes(), rows, columns);
  const Tensor from = raw::contiguous(grad);
  Tensor x_grad = zeros(x_sizes, grad.dtype());
  detail::dispatch_floating(grad.dtype(), "window_sums", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const std::int64_t H = x_sizes[2], W = x_sizes[3], planes = x_sizes[0] * x_sizes[1];
    const T* upstream = from.data<T>();
    for (std::int64_t plane = 0; plane < planes; ++plane) {
      T* pixels = x_grad.data<T>() + plane * H * W;
      for (const Span& row : rows)
        for (const Span& column : columns) {
          const T share = *upstream++ * static_cast<T>(row.factor * column.factor);
          for (std::int64_t i = row.first; i < row.last; ++i)
            for (std::int64_t j = column.first; j < column.last; ++j) pixels[i * W + j] += share;
        }
    }
  });
  return x_grad;
}

}  // namespace tinytorch
