// Lab 02, part C: layers in a row, the names of their parameters, and what they cost.

#include "tinytorch/nn/mlp.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::nn {

// Calls each layer, as (*layer)(value), with what the one before returned, and returns what the last one returned.
//   layers "times 2", "plus 1", x = 3 -> 7
Tensor Sequential::forward(const Tensor& x) {
  // BEGIN SOLUTION 2.8: one value travels from layer to layer
  Tensor value = x;
  for (const auto& layer : layers_) value = (*layer)(value);
  return value;
  // END SOLUTION
}

// The layers' own named_parameters() in order, each name after the place of its layer and a dot.
//   (Linear, ReLU, Linear) -> "0.weight", "0.bias", "2.weight", "2.bias"
std::vector<NamedTensor> Sequential::named_parameters() const {
  // BEGIN SOLUTION 2.8: a place for every layer, also for one without parameters
  std::vector<NamedTensor> all;
  for (std::size_t place = 0; place < layers_.size(); ++place) {
    for (const NamedTensor& own : layers_[place]->named_parameters()) {
      bool seen = false;
      for (const NamedTensor& before : all) seen = seen || before.value.is_same(own.value);
      if (!seen) all.push_back({std::to_string(place) + "." + own.name, own.value});
    }
  }
  return all;
  // END SOLUTION
}

// The cost of a linear layer with bias for `batch` rows.
//   batch 1, in 2, out 3, float32 -> {9 parameters, 15 operations, 44 bytes read, 12 written}
Cost linear_cost(std::int64_t batch, std::int64_t in, std::int64_t out, DType dtype) {
  // BEGIN SOLUTION 2.9: count
  Cost cost;
  cost.params = in * out + out;
  cost.flops = 2 * batch * in * out + batch * out;
  cost.bytes_read = item_size(dtype) * (cost.params + batch * in);
  cost.bytes_written = item_size(dtype) * batch * out;
  return cost;
  // END SOLUTION
}

// The cost of linear layers of these widths, one after the other.
//   {784, 128, 64, 10} -> 109386 parameters
Cost mlp_cost(Dims widths, std::int64_t batch, DType dtype) {
  // BEGIN SOLUTION 2.9: neighbouring widths make a layer
  if (widths.size() < 2) throw ShapeError("[mlp_cost] a layer has two widths: " + to_string(Shape(widths)));
  Cost total;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const Cost layer = linear_cost(batch, widths[i], widths[i + 1], dtype);
    total.params += layer.params;
    total.flops += layer.flops;
    total.bytes_read += layer.bytes_read;
    total.bytes_written += layer.bytes_written;
  }
  return total;
  // END SOLUTION
}

// Operations per byte that is read or written.
//   {_, 100 operations, 40 bytes, 10 bytes} -> 2
double intensity(const Cost& cost) {
  // BEGIN SOLUTION 2.9: one division
  return static_cast<double>(cost.flops) / static_cast<double>(cost.bytes_read + cost.bytes_written);
  // END SOLUTION
}

}  // namespace tinytorch::nn
