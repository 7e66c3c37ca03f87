// Another right answer: an odometer walks the weights.

#include "tinytorch/nn/initial_weights.hpp"

#include <cmath>

namespace tinytorch {

nn::Fan nn::fan_in_out(const Shape& weight) {
  if (weight.size() < 2) throw ShapeError("[fan_in_out] too few dimensions: " + to_string(weight));
  const Shape kernel(weight.begin() + 2, weight.end());
  const std::int64_t cells = numel(kernel);
  return {cells * weight[1], cells * weight[0]};
}

namespace {

template <class T>
void fill(const Tensor& w, double bound, Generator& generator) {
  Shape index = Shape::filled(w.dim(), 0);
  T* cell = w.data<T>();
  for (std::int64_t left = w.numel(); left > 0; --left) {
    const double u = generator.uniform();
    *cell = static_cast<T>(2.0 * bound * u - bound);
    for (std::int64_t d = w.dim() - 1; d >= 0; --d) {
      cell += w.strides()[d];
      if (++index[d] < w.sizes()[d]) break;
      cell -= w.sizes()[d] * w.strides()[d];
      index[d] = 0;
    }
  }
}

void fill(const Tensor& w, double variance, Generator& generator, double gain) {
  const double bound = gain * std::sqrt(3.0 * variance);  // a uniform number in +-bound has variance bound^2 / 3
  w.dtype() == DType::float64 ? fill<double>(w, bound, generator) : fill<float>(w, bound, generator);
}

}  // namespace

void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  fill(weight, 1.0 / static_cast<double>(fan_in_out(weight.sizes()).in), generator, gain);
}

void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  const Fan fan = fan_in_out(weight.sizes());
  fill(weight, 2.0 / static_cast<double>(fan.in + fan.out), generator, gain);
}

}  // namespace tinytorch
