#pragma once

#include "tinytorch/core/function_ref.hpp"
#include "tinytorch/core/tensor.hpp"

#include <span>
#include <string>
#include <vector>

/// Is a gradient right? Compares it with central differences in double. Unit core/gradcheck of lab 04.
namespace tinytorch {

struct GradcheckOptions {
  double step = 1e-6;       ///< of the difference quotient, times max(1, |x|)
  double tolerance = 1e-5;  ///< see below
  std::uint64_t seed = 1;   ///< of the random upstream gradient
};

/// ok, or the first element that is wrong.
struct GradcheckResult {
  bool ok = true;
  std::int64_t input = -1;  ///< which input
  std::int64_t index = -1;  ///< which of its elements, in row-major order
  double analytic = 0.0;
  double numeric = 0.0;
};

using Inputs = std::span<const Tensor>;

/// Compares `gradient` (inputs, upstream) -> one gradient per input with central differences of `function`, for every
/// element of every input. An element is right if
///     |analytic - numeric| <= tolerance * max(1, the largest finite |numeric| of its input).
/// A gradient or a quotient that is infinite or NaN is wrong. The result names the first input, and in it the first
/// element, that is wrong. A gradient that is missing or has another shape than its input is not ok and has index -1.
/// Both functions get contiguous copies of the inputs. In those of `function` one element at a time is changed. The
/// upstream gradient is `randn(y.sizes(), generator, DType::float64)` of a `Generator generator(options.seed)`. Throws
/// DTypeError when an input is not float64.
GradcheckResult gradcheck(FunctionRef<Tensor(Inputs)> function,
                          FunctionRef<std::vector<Tensor>(Inputs, const Tensor&)> gradient, Inputs inputs,
                          const GradcheckOptions& options = {});

/// The same, where the gradient is what backward() computes.
GradcheckResult gradcheck(FunctionRef<Tensor(Inputs)> function, Inputs inputs, const GradcheckOptions& options = {});

/// "input 0, element 3: the gradient says 2, the difference quotient 4".
std::string to_string(const GradcheckResult& result);

}  // namespace tinytorch
