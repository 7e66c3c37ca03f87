#pragma once

#include "tinytorch/core/gemm_packed.hpp"
#include "tinytorch/core/thread_pool.hpp"

#include <cstdint>

/// Products of matrices on several threads, and products that end with a bias and an activation. (lab 10, unit
/// core/gemm_parallel)
namespace tinytorch::kernels {

/// The product of gemm_packed, with the rows of c divided among tasks of the pool. A task has whole rows of tiles: it
/// begins at a multiple of the kernel's mr. So c is bitwise the same for any number of threads, and the kernel is
/// called as often as by gemm_packed. No task has more than ceil(R / pool.threads()) of the R = ceil(m / mr) rows of
/// tiles. pool.run is called at most once, and twice more for each block (kc, nc) of b. With m * n * k < serial_below,
/// or with a single row of tiles, the caller computes the product, and pool.run is not called. Throws what gemm_packed
/// throws.
void gemm_threaded(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, ThreadPool& pool,
                   std::int64_t serial_below = 1 << 20);

/// What happens to the elements of c when their last product has been added.
struct Epilogue {
  /// One float for each column of c; null: none is added.
  const float* bias = nullptr;
  /// Changes neighbours of a row of c in place, after the bias; null: none.
  void (*activation)(float* elements, std::int64_t count) = nullptr;
};

/// An activation: negative elements become 0, NaN stays.
inline void relu_elements(float* elements, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) elements[i] = elements[i] < 0.0F ? 0.0F : elements[i];
}

/// c = activation(beta * c + a b + bias); the product is that of gemm_packed. Each element is activated once, when its
/// sum is whole. A block (mc, nc) of c is ended while the cache holds it: when the kernel is called for the last time,
/// at most mc * nc elements still wait for their activation. Takes no memory but the workspace. Throws what gemm_packed
/// throws.
void gemm_epilogue(const GemmArgs& g, const Tiles& t, const MicroKernel& kernel, const Epilogue& e, Workspace& w);

}  // namespace tinytorch::kernels
