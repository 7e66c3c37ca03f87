// Another right answer to part C: iterators and algorithms; the cost of a network is summed without linear_cost.

#include "tinytorch/nn/mlp.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace tinytorch::nn {

Tensor Sequential::forward(const Tensor& x) {
  return std::accumulate(layers_.begin(), layers_.end(), x,
                         [](const Tensor& value, const std::shared_ptr<Module>& layer) { return (*layer)(value); });
}

std::vector<NamedTensor> Sequential::named_parameters() const {
  std::vector<NamedTensor> all;
  const auto add = [&](const std::string& place, const NamedTensor& own) {
    const auto same = [&](const NamedTensor& other) { return other.value.is_same(own.value); };
    if (std::none_of(all.begin(), all.end(), same)) all.push_back({place + own.name, own.value});
  };
  std::int64_t place = 0;
  for (const auto& layer : layers_) {
    const std::string prefix = std::to_string(place++) + ".";
    for (const NamedTensor& own : layer->named_parameters()) add(prefix, own);
  }
  return all;
}

Cost linear_cost(std::int64_t batch, std::int64_t in, std::int64_t out, DType dtype) {
  const std::int64_t item = item_size(dtype), weights = in * out;
  return {weights + out, batch * out * (2 * in + 1), (batch * in + weights + out) * item, batch * out * item};
}

Cost mlp_cost(Dims widths, std::int64_t batch, DType dtype) {
  if (widths.size() < 2) throw ShapeError("[mlp_cost] no layer");
  const std::int64_t item = item_size(dtype);
  std::int64_t products = 0, inputs = 0, outputs = 0;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    products += widths[i - 1] * widths[i];
    inputs += widths[i - 1];
    outputs += widths[i];
  }
  return {products + outputs, batch * (2 * products + outputs), item * (products + outputs + batch * inputs),
          item * batch * outputs};
}

double intensity(const Cost& cost) {
  const std::int64_t bytes = cost.bytes_read + cost.bytes_written;
  return static_cast<double>(cost.flops) / static_cast<double>(bytes);
}

}  // namespace tinytorch::nn
