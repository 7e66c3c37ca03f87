// Lab 02, part C: layers in a row, the names of their parameters, and what they cost.

#include "src/course/holes.hpp"
#include "tinytorch/nn/mlp.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tinytorch::nn {

// What the last layer returns, each layer called, as (*layer)(value), with what the one before returned. Without layers
// x itself.
//   layers "times 2", "plus 1", x = 3 -> 7
Tensor Sequential::forward(const Tensor& x) {
  TINYTORCH_TODO("2.8");  // one value travels from layer to layer
}

// The layers' own named_parameters() in order, the layer's place and a dot in front of each name; a tensor that stands
// in the list already (Tensor::is_same) is left out. They are handles: writing to one changes the layer.
//   (Linear, ReLU, Linear) -> "0.weight", "0.bias", "2.weight", "2.bias"
std::vector<NamedTensor> Sequential::named_parameters() const {
  TINYTORCH_TODO("2.8");  // a place for every layer, also for one without parameters
}

// A linear layer with bias on `batch` rows. A multiply-add is two operations, the bias one more per output; every input
// and parameter is read once, every output written once.
//   batch 1, in 2, out 3, float32 -> {9 parameters, 15 operations, 44 bytes read, 12 written}
Cost linear_cost(std::int64_t batch, std::int64_t in, std::int64_t out, DType dtype) {
  TINYTORCH_TODO("2.9");  // count
}

// Linear layers of these widths, one after the other; activations count nothing.
//   {784, 128, 64, 10} -> 109386 parameters     ShapeError for fewer than two widths
Cost mlp_cost(Dims widths, std::int64_t batch, DType dtype) {
  TINYTORCH_TODO("2.9");  // neighbouring widths make a layer
}

// Operations per byte moved, read or written.
//   {_, 100 operations, 40 bytes, 10 bytes} -> 2
double intensity(const Cost& cost) {
  TINYTORCH_TODO("2.9");  // one division
}

}  // namespace tinytorch::nn
