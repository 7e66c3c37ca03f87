// Lab 02, part C: layers in a row, the names of their parameters, and what they cost.

#include "tinytorch/nn/mlp.hpp"

#include "src/course/holes.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::nn {

// Calls each layer, as (*layer)(value), with what the one before returned, and returns what the last one returned.
//   layers "times 2", "plus 1", x = 3 -> 7
Tensor Sequential::forward(const Tensor& x) {
  // BEGIN 2.8: one value travels from layer to layer
  TINYTORCH_TODO("2.8");
  // END 2.8
}

// The layers' own named_parameters() in order, each name after the place of its layer and a dot.
//   (Linear, ReLU, Linear) -> "0.weight", "0.bias", "2.weight", "2.bias"
std::vector<NamedTensor> Sequential::named_parameters() const {
  // BEGIN 2.8: a place for every layer, also for one without parameters
  TINYTORCH_TODO("2.8");
  // END 2.8
}

// The cost of a linear layer with bias for `batch` rows.
//   batch 1, in 2, out 3, float32 -> {9 parameters, 15 operations, 44 bytes read, 12 written}
Cost linear_cost(std::int64_t batch, std::int64_t in, std::int64_t out, DType dtype) {
  // BEGIN 2.9: count
  TINYTORCH_TODO("2.9");
  // END 2.9
}

// The cost of linear layers of these widths, one after the other.
//   {784, 128, 64, 10} -> 109386 parameters
Cost mlp_cost(Dims widths, std::int64_t batch, DType dtype) {
  // BEGIN 2.9: neighbouring widths make a layer
  TINYTORCH_TODO("2.9");
  // END 2.9
}

// Operations per byte that is read or written.
//   {_, 100 operations, 40 bytes, 10 bytes} -> 2
double intensity(const Cost& cost) {
  // BEGIN 2.9: one division
  TINYTORCH_TODO("2.9");
  // END 2.9
}

}  // namespace tinytorch::nn
