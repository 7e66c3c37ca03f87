// Another right answer: weights are drawn into an array and then copied to their cells.

#include "tinytorch/nn/initial_weights.hpp"

#include <cmath>
#include <vector>

namespace tinytorch {

nn::Fan nn::fan_in_out(const Shape& weight) {
  if (weight.size() < 2) throw ShapeError("[fan_in_out] " + to_string(weight));
  std::int64_t in = 1, out = weight[0];
  for (std::int64_t d = 1; d < weight.size(); ++d) {
    in *= weight[d];
    if (d > 1) out *= weight[d];
  }
  return {in, out};
}

namespace {

// Copies values to their cells: all elements of dimension d and the dimensions after it, from `cell` on.
template <class T>
const double* place(T* data, const Tensor& w, std::int64_t d, std::int64_t cell, const double* values) {
  if (d == w.dim()) {
    data[cell] = static_cast<T>(*values);
    return values + 1;
  }
  for (std::int64_t i = 0; i < w.size(d); ++i) values = place(data, w, d + 1, cell + i * w.stride(d), values);
  return values;
}

void draw(const Tensor& w, double bound, Generator& generator) {
  std::vector<double> values(static_cast<std::size_t>(w.numel()));
  for (double& value : values) value = (2 * generator.uniform() - 1) * bound;
  if (w.dtype() == DType::float32) {
    place(w.data<float>(), w, 0, 0, values.data());
  } else {
    place(w.data<double>(), w, 0, 0, values.data());
  }
}

}  // namespace

void nn::kaiming_uniform_(Tensor& weight, double gain, Generator& generator) {
  const double deviation = gain / std::sqrt(static_cast<double>(fan_in_out(weight.sizes()).in));
  draw(weight, std::sqrt(3.0) * deviation, generator);
}

void nn::xavier_uniform_(Tensor& weight, double gain, Generator& generator) {
  const Fan fan = fan_in_out(weight.sizes());
  draw(weight, gain * std::sqrt(6.0) / std::sqrt(static_cast<double>(fan.in + fan.out)), generator);
}

}  // namespace tinytorch
