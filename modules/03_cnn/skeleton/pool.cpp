// Lab 03, part B: max pooling. Each window returns its largest value and the place of that value.

#include "tinytorch/nn/pool.hpp"

#include "src/course/holes.hpp"
#include "src/course/traced.hpp"
#include "tinytorch/core/raw.hpp"
#include "tinytorch/nn/conv.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace tinytorch {

namespace {

// The spec with its strides filled in: 0 means the size of the kernel, for each axis separately.
// Throws ValueError for padding above half the kernel, where a window could lie outside the image.
PoolSpec settled(PoolSpec s) {
  // BEGIN 3.5: windows side by side, and a pixel in every window
  TINYTORCH_TODO("3.5");
  // END 3.5
}

// The largest value of each window and its index in the plane; x is row-major, s is settled.
template <class T>
void max_pool_loop(const Tensor& x, const PoolSpec& s, const Tensor& values, const Tensor& indices) {
  // BEGIN 3.5: padding is never read; only a larger value replaces the first
  TINYTORCH_TODO("3.5");
  // END 3.5
}

}  // namespace

// The largest value of each window, and its index i * W + j in the plane.
//   ((1 2), (4 3)) with a 2x2 kernel -> 4, index 2
std::pair<Tensor, Tensor> raw::max_pool2d(const Tensor& x, const PoolSpec& spec) {
  if (x.dim() != 4) throw ShapeError("[max_pool2d] not images (N, C, H, W): " + to_string(x.sizes()));
  const PoolSpec s = settled(spec);
  const Shape sizes{x.size(0), x.size(1), nn::conv_output_size(x.size(2), s.kernel.h, s.stride.h, s.padding.h, 1),
                    nn::conv_output_size(x.size(3), s.kernel.w, s.stride.w, s.padding.w, 1)};
  const Tensor values = empty(sizes, x.dtype()), indices = empty(sizes, DType::int64);
  switch (x.dtype()) {
    case DType::float32:
      max_pool_loop<float>(raw::contiguous(x), s, values, indices);
      break;
    case DType::float64:
      max_pool_loop<double>(raw::contiguous(x), s, values, indices);
      break;
    case DType::traced:
      max_pool_loop<Traced>(raw::contiguous(x), s, values, indices);
      break;
    default:
      throw DTypeError(std::string("[max_pool2d] no loop for ") + to_string(x.dtype()));
  }
  return {values, indices};
}

}  // namespace tinytorch
