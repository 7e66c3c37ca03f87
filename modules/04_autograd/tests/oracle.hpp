#pragma once

// For the oracles of this lab: sums of terms under broadcasting. Written as loops over numbers, without any operation
// that the lab teaches or uses. Everything has internal linkage, so code under test cannot call it.

#include "tests/kit/values/rule.hpp"
#include "tinytorch/core/raw.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tinytorch {
namespace {

/// The index of the element of x that broadcasting puts at `index`: aligned at the right, 0 where x has size 1.
inline Shape own_index(const Shape& x, const Shape& index) {
  Shape own = x;
  for (std::int64_t d = 0; d < x.size(); ++d) own[d] = x[d] == 1 ? 0 : index[index.size() - x.size() + d];
  return own;
}

inline double broadcast_at(const Tensor& x, const Shape& index) { return lab::at(x, own_index(x.sizes(), index)); }

/// A tensor of sums. Terms come with indices of a shape that it broadcasts to, and are added to the right element.
class Totals {
 public:
  explicit Totals(const Shape& sizes) : sizes_(sizes), cells_(static_cast<std::size_t>(count_of(sizes)), 0.0) {}

  void add(const Shape& index, double term) {
    const Shape own = own_index(sizes_, index);
    std::int64_t cell = 0;
    for (std::int64_t d = 0; d < sizes_.size(); ++d) cell = cell * sizes_[d] + own[d];
    cells_[static_cast<std::size_t>(cell)] += term;
  }

  Tensor tensor(DType dtype) const {
    std::size_t cell = 0;
    return make(sizes_, dtype, [&](const Shape&) { return cells_[cell++]; });
  }

 private:
  Shape sizes_;
  std::vector<double> cells_;
};

/// The shape of a and b together.
inline Shape common_sizes(const Shape& a, const Shape& b) {
  Shape sizes = a.size() > b.size() ? a : b;
  for (const Shape& x : {a, b})
    for (std::int64_t back = 1; back <= x.size(); ++back)
      if (x[x.size() - back] != 1) sizes[sizes.size() - back] = x[x.size() - back];
  return sizes;
}

/// Sizes that broadcast to `sizes`: some of them 1, some leading ones left out.
inline Shape partner(lab::Case& c, Shape sizes) {
  for (std::int64_t& size : sizes) size = c.integer(0, 2) == 0 ? 1 : size;
  for (std::int64_t drop = c.coin() ? c.integer(0, sizes.size()) : 0; drop > 0; --drop) sizes.erase(0);
  return sizes;
}

/// float32 or float64.
inline DType float_dtype(lab::Case& c) { return c.coin() ? DType::float32 : DType::float64; }

/// The largest error of k roundings of numbers up to `size` in this dtype.
inline double rounding(DType dtype, double k, double size = 1.0) {
  const double eps = dtype == DType::float32 ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                             : std::numeric_limits<double>::epsilon();
  return k * eps * size;
}

}  // namespace
}  // namespace tinytorch
