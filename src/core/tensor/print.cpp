#include "src/core/ops/loops.hpp"
#include "tinytorch/core/ops.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tinytorch {
namespace {

constexpr std::int64_t edge_items = 3;  // of a long dimension, at either end
constexpr std::int64_t summarise_above = 1000;

std::string number(const Tensor& x, std::int64_t offset) {
  return detail::dispatch(x.dtype() == DType::traced ? DType::float32 : x.dtype(), "to_string", [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const T value = static_cast<const T*>(x.data())[offset];
    if constexpr (std::is_same_v<T, bool>)
      return std::string(value ? "true" : "false");
    else if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(value)) return std::string("nan");  // the sign of a NaN says nothing
      if (std::isfinite(value) && value == std::trunc(value) && std::abs(value) < T(1e6))
        return fmt::format("{:.0f}.", value);
      return fmt::format("{:.4g}", value);
    } else
      return fmt::format("{}", static_cast<std::int64_t>(value));
  });
}

void print(const Tensor& x, std::int64_t dim, std::int64_t offset, std::string& out) {
  if (dim == x.dim()) {
    out += number(x, offset);
    return;
  }
  const std::int64_t size = x.sizes()[dim];
  const bool shorten = x.numel() > summarise_above && size > 2 * edge_items;
  const std::string separator = dim + 1 == x.dim() ? ", " : ",\n" + std::string(static_cast<std::size_t>(dim + 1), ' ');
  out += '[';
  for (std::int64_t i = 0; i < size; ++i) {
    if (i > 0) out += separator;
    if (shorten && i == edge_items) {
      out += "...";
      i = size - edge_items - 1;
      continue;
    }
    print(x, dim + 1, offset + i * x.strides()[dim], out);
  }
  out += ']';
}

}  // namespace

std::string to_string(const Tensor& x) {
  if (!x.defined()) return "undefined";
  std::string out;
  print(x, 0, 0, out);
  return out;
}

}  // namespace tinytorch
