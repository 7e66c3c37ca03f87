#pragma once

// What libtorch programs say: each test is one expression, compiled and asked for its meaning.

#include "tinytorch/torch.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tt = tinytorch;

namespace says {

using Numbers = std::vector<double>;
using Sizes = std::vector<std::int64_t>;

/// The elements in row-major order.
inline Numbers numbers(const tt::Tensor& x) {
  const tt::Tensor row = x.detach().to(tt::kFloat64).contiguous();
  const double* first = row.data_ptr<double>();
  return {first, first + row.numel()};
}

inline Sizes shape(const tt::Tensor& x) { return {x.sizes().begin(), x.sizes().end()}; }

/// Whether the elements are these, but for rounding.
inline bool near(const tt::Tensor& x, const Numbers& wanted, double tolerance = 1e-5) {
  const Numbers have = numbers(x);
  if (have.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < have.size(); ++i)
    if (!(std::abs(have[i] - wanted[i]) <= tolerance * (1.0 + std::abs(wanted[i])))) return false;
  return true;
}

/// (2, 3) with 1, 2, ..., 6.
inline tt::Tensor two_by_three() { return tt::arange(1.0, 7.0).reshape({2, 3}); }

}  // namespace says

/// One expression of group `group`.
#define SAYS(group, name) TEST(Libtorch_##group, name)
