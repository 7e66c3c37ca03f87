// Lab 02, part A: what a layer's weights start from.

#include "tinytorch/nn/initial_weights.hpp"

#include <cmath>
#include <cstdint>

namespace tinytorch {

// The number of inputs that each output adds up, and the number of outputs that each input adds to.
//   (out, in) = (8, 3) -> {in 3, out 8}     (out, in, kh, kw) = (8, 3, 5, 2) -> {in 30, out 80}
nn::Fan nn::fan_in_out(const Shape& weight) {
  // BEGIN SOLUTION 2.1: the sizes after the first two multiply both
  if (weight.size() < 2) throw ShapeError("[fan_in_out] a weight has two dimensions or more: " + to_string(weight));
  std::int64_t kernel = 1;
  for (std::int64_t d = 2; d < weight.size(); ++d) kernel *= weight[d];
  return {weight[1] * kernel, weight[0] * kernel};
  // END SOLUTION
}

namespace {

// Fills w, of any strides, with bound * (2 u - 1), where u is uniform in [0, 1): one generator.uniform() per element,
// in row-major order.
//   bound 2, draws 0, 0.5, 0.75 -> (-2 0 1)
template <class T>
void fill_uniform(Tensor& w, double bound, Generator& generator) {
  // BEGIN SOLUTION 2.1: element i in row-major order; the strides say where it is
  for (std::int64_t i = 0; i < w.numel(); ++i) {
    std::int64_t cell = 0;
    std::int64_t rest = i;
    for (std::int64_t d = w.dim() - 1; d >= 0; --d) {
      cell += rest % w.sizes()[d] * w.strides()[d];
      rest /= w.sizes()[d];
    }
    w.data<T>()[cell] = static_cast<T>(bound * (2.0 * generator.uniform() - 1.0));
  }
  // END SOLUTION
}

void fill_uniform(Tensor& w, double bound, Generator& generator) {
  if (w.dtype() == DType::float64) return fill_uniform<double>(w, bound, generator);
  fill_uniform<float>(w, bound, generator);
}

}  // namespace

// Uniform in +-gain * sqrt(3 / fan_in): the standard deviation is gain / sqrt(fan_in).
//   (4, 3) with gain 1 -> within +-1
void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  // BEGIN SOLUTION 2.1: the bound depends on the inputs of one output
  const Fan fan = fan_in_out(weight.sizes());
  fill_uniform(weight, gain * std::sqrt(3.0 / static_cast<double>(fan.in)), generator);
  // END SOLUTION
}

// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)).
//   (4, 2) with gain 1 -> within +-1
void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  // BEGIN SOLUTION 2.1: the bound depends on inputs and outputs
  const Fan fans = fan_in_out(weight.sizes());
  fill_uniform(weight, gain * std::sqrt(6.0 / static_cast<double>(fans.in + fans.out)), generator);
  // END SOLUTION
}

}  // namespace tinytorch
