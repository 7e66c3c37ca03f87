// Another right answer to part C: recursion. The last layer gets the output of the layers before it; a network costs
// its first layer and the rest.

#include "tinytorch/nn/mlp.hpp"

#include <set>
#include <string>

namespace tinytorch::nn {

namespace {

Tensor through(const std::vector<std::shared_ptr<Module>>& layers, std::size_t count, const Tensor& x) {
  return count == 0 ? x : (*layers[count - 1])(through(layers, count - 1, x));
}

}  // namespace

Tensor Sequential::forward(const Tensor& x) { return through(layers_, layers_.size(), x); }

std::vector<NamedTensor> Sequential::named_parameters() const {
  std::vector<NamedTensor> all;
  std::set<const void*> seen;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::vector<NamedTensor> own = layers_[i]->named_parameters();
    for (NamedTensor& parameter : own) {
      if (!seen.insert(parameter.value.impl()).second) continue;
      parameter.name.insert(0, std::to_string(i) + ".");
      all.push_back(parameter);
    }
  }
  return all;
}

Cost linear_cost(std::int64_t batch, std::int64_t in, std::int64_t out, DType dtype) {
  const std::int64_t multiplications = batch * in * out, additions = batch * in * out, biases = batch * out;
  const std::int64_t cells = batch * in + in * out + out;
  Cost cost;
  cost.params = out * (in + 1);
  cost.flops = multiplications + additions + biases;
  cost.bytes_read = cells * item_size(dtype);
  cost.bytes_written = biases * item_size(dtype);
  return cost;
}

Cost mlp_cost(Dims widths, std::int64_t batch, DType dtype) {
  if (widths.size() < 2) throw ShapeError("[mlp_cost] fewer than two widths: " + to_string(Shape(widths)));
  const Cost first = linear_cost(batch, widths[0], widths[1], dtype);
  if (widths.size() == 2) return first;
  const Cost rest = mlp_cost(widths.subspan(1), batch, dtype);
  return {first.params + rest.params, first.flops + rest.flops, first.bytes_read + rest.bytes_read,
          first.bytes_written + rest.bytes_written};
}

double intensity(const Cost& cost) {
  return static_cast<double>(cost.flops) /
         (static_cast<double>(cost.bytes_read) + static_cast<double>(cost.bytes_written));
}

}  // namespace tinytorch::nn
