#pragma once

// What the tests of this lab share.

#include "tests/kit/values/rule.hpp"
#include "tinytorch/core/raw.hpp"

#include <cstdint>

namespace tinytorch {
namespace {

/// Writes 55 to a random element of a float32 tensor.
inline void write_somewhere(lab::Case& c, const Tensor& x) {
  std::int64_t cell = 0;
  for (std::int64_t d = 0; d < x.dim(); ++d) cell += c.integer(0, x.sizes()[d] - 1) * x.strides()[d];
  x.data<float>()[cell] = 55.0F;
}

}  // namespace
}  // namespace tinytorch
