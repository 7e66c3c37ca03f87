#include "tests/library/ops/draw.hpp"

#include "tinytorch/core/ops.hpp"

#include <cmath>
#include <numeric>
#include <utility>

namespace tinytorch::ops {

std::int64_t Draw::integer(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(generator_.below(static_cast<std::uint64_t>(high - low + 1)));
}

std::int64_t Draw::size() {
  if (size_ > 0) return size_;
  return number_ == 0 ? 1 : integer(1, 4);
}

Shape Draw::shape(std::int64_t min_rank, std::int64_t max_rank) {
  std::int64_t rank = number_ == 0 ? min_rank : integer(min_rank, max_rank);
  if (size_ > 0) rank = std::max(min_rank, std::min<std::int64_t>(2, max_rank));
  Shape result;
  for (; rank > 0; --rank) result.push_back(size());
  return result;
}

Shape Draw::shape_or_empty(std::int64_t min_rank, std::int64_t max_rank) {
  Shape result = shape(min_rank, max_rank);
  if (number_ == 1 && result.size() > 0) result[integer(0, result.size() - 1)] = 0;
  return result;
}

Shape Draw::broadcastable(const Shape& whole) {
  Shape result = whole;
  if (size_ > 0) return result;
  for (std::int64_t d = 0; d < result.size(); ++d)
    if (integer(0, 2) == 0) result[d] = 1;
  for (std::int64_t drop = integer(0, whole.size()); drop > 0; --drop) result.erase(0);
  return result;
}

std::vector<std::int64_t> Draw::dims(std::int64_t rank) {
  std::vector<std::int64_t> result;
  for (std::int64_t d = 0; d < rank; ++d)
    if (coin()) result.push_back(coin() ? d : d - rank);
  return result;
}

template <class F>
Tensor Draw::filled(const Shape& shape, F next) {
  const Tensor values = empty(shape, DType::float64);
  // Rounded to multiples of 2^-16. The last bits of a draw depend on the compiler and on the C library, and golden
  // files are made for inputs with exactly these bits.
  for (std::int64_t i = 0; i < values.numel(); ++i) values.data<double>()[i] = std::round(next() * 0x1p16) * 0x1p-16;
  return relaid(to(values, dtype_));
}

// The same elements, permuted in memory or in every second cell of a larger block, with an offset.
Tensor Draw::relaid(const Tensor& x) {
  const std::int64_t rank = x.dim();
  if (size_ > 0 || rank == 0 || number_ < 2 || integer(0, 2) == 0) return x;
  Shape strides = x.strides();
  std::vector<std::int64_t> order(static_cast<std::size_t>(rank));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[generator_.below(i + 1)]);
  std::int64_t stride = integer(1, 2);
  for (const std::int64_t d : order) {
    strides[d] = stride;
    stride *= std::max<std::int64_t>(1, x.sizes()[d]);
  }
  const std::int64_t offset = integer(0, 3);
  const Tensor view = as_strided(full({stride + offset + 1}, 77.0, x.dtype()), x.sizes(), strides, offset);
  view.copy_(x);
  return view;
}

Tensor Draw::normal(const Shape& shape) {
  if (is_floating(dtype_)) return filled(shape, [this] { return generator_.normal(); });
  const std::int64_t low = dtype_ == DType::uint8 || dtype_ == DType::boolean ? 0 : -9;
  const std::int64_t high = dtype_ == DType::boolean ? 1 : 9;
  return filled(shape, [this, low, high] { return static_cast<double>(integer(low, high)); });
}

Tensor Draw::nonzero(const Shape& shape) {
  return filled(shape, [this] {
    const double value = is_floating(dtype_) ? generator_.normal() : static_cast<double>(integer(1, 9));
    return value < 0 ? value - 0.3 : value + (is_floating(dtype_) ? 0.3 : 0.0);
  });
}

Tensor Draw::positive(const Shape& shape) { return between(shape, 0.5, 2.0); }

Tensor Draw::between(const Shape& shape, double low, double high) {
  return filled(shape, [this, low, high] { return real(low, high); });
}

Tensor Draw::distinct(const Shape& shape) {
  std::vector<double> values(static_cast<std::size_t>(numel(shape)));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.5 * static_cast<double>(i) - 0.125 * static_cast<double>(values.size());
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[generator_.below(i)]);
  const bool whole = !is_floating(dtype_);
  return filled(shape, [&values, whole, i = std::size_t{0}]() mutable {
    const double value = values[i++];
    return whole ? 2.0 * value : value;
  });
}

Tensor Draw::booleans(const Shape& shape) {
  const Tensor values = empty(shape, DType::boolean);
  for (std::int64_t i = 0; i < values.numel(); ++i) values.data<bool>()[i] = coin();
  return relaid(values);
}

Tensor Draw::integers(const Shape& shape, std::int64_t low, std::int64_t high) {
  const Tensor values = empty(shape, DType::int64);
  for (std::int64_t i = 0; i < values.numel(); ++i) values.data<std::int64_t>()[i] = integer(low, high);
  return relaid(values);
}

}  // namespace tinytorch::ops
