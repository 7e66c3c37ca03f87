// Lab 02, part A: what a layer's weights start from.

#include "tinytorch/nn/initial_weights.hpp"

#include "src/course/holes.hpp"

#include <cmath>
#include <cstdint>

namespace tinytorch {

// The number of inputs that each output adds up, and the number of outputs that each input adds to.
//   (out, in) = (8, 3) -> {in 3, out 8}     (out, in, kh, kw) = (8, 3, 5, 2) -> {in 30, out 80}
nn::Fan nn::fan_in_out(const Shape& weight) {
  // BEGIN 2.1: the sizes after the first two multiply both
  TINYTORCH_TODO("2.1");
  // END 2.1
}

namespace {

// Fills w, of any strides, with bound * (2 u - 1), where u is uniform in [0, 1): one generator.uniform() per element,
// in row-major order.
//   bound 2, draws 0, 0.5, 0.75 -> (-2 0 1)
template <class T>
void fill_uniform(Tensor& w, double bound, Generator& generator) {
  // BEGIN 2.1: element i in row-major order; the strides say where it is
  TINYTORCH_TODO("2.1");
  // END 2.1
}

void fill_uniform(Tensor& w, double bound, Generator& generator) {
  if (w.dtype() == DType::float64) return fill_uniform<double>(w, bound, generator);
  fill_uniform<float>(w, bound, generator);
}

}  // namespace

// Uniform in +-gain * sqrt(3 / fan_in): the standard deviation is gain / sqrt(fan_in).
//   (4, 3) with gain 1 -> within +-1
void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  // BEGIN 2.1: the bound depends on the inputs of one output
  TINYTORCH_TODO("2.1");
  // END 2.1
}

// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)).
//   (4, 2) with gain 1 -> within +-1
void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  // BEGIN 2.1: the bound depends on inputs and outputs
  TINYTORCH_TODO("2.1");
  // END 2.1
}

}  // namespace tinytorch
