#include "tinytorch/core/gemm_parallel.hpp"

#include "tests/library/core/random_tensors.hpp"
#include "tinytorch/core/gemm_tiles.hpp"
#include "tinytorch/core/ops.hpp"
#include "tinytorch/core/raw.hpp"

#include <gtest/gtest.h>

namespace tinytorch {
namespace {

using testing::integer;

const kernels::MicroKernel own_kernel{kernels::micro_tile(), kernels::micro_kernel};

// The largest tiles for the caches of this machine.
kernels::Tiles machine_tiles() { return kernels::choose_tiles(read_caches(), kernels::micro_tile()); }

Tensor whole_matrix(const Shape& shape, Generator& g) {
  const Tensor x = empty(shape);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<float>()[i] = static_cast<float>(integer(g, -9, 9));
  return x;
}

kernels::GemmArgs product_args(const Tensor& a, const Tensor& b, const Tensor& c, double beta) {
  return {DType::float32, a.size(0),   b.size(1),   a.size(1), a.data(),    a.stride(0), a.stride(1),
          b.data(),       b.stride(0), b.stride(1), c.data(),  c.stride(0), beta};
}

TEST(GemmParallel, equals_lab_01_on_any_number_of_threads) {
  Generator g(1);
  for (int round = 0; round < 60; ++round) {
    const std::int64_t m = integer(g, 0, 90), k = integer(g, 0, 90), n = integer(g, 0, 90);
    const Tensor a = whole_matrix({m, k}, g), b = whole_matrix({k, n}, g), before = whole_matrix({m, n}, g);
    const double beta = static_cast<double>(integer(g, 0, 2));
    ThreadPool pool(integer(g, 1, 5));
    const Tensor c = before.clone();
    kernels::gemm_threaded(product_args(a, b, c, beta), machine_tiles(), own_kernel, pool, 0);
    ASSERT_TRUE(equal(c, raw::add(raw::matmul(a, b), before * beta))) << m << " " << k << " " << n;
  }
}

TEST(GemmParallel, gives_the_same_bits_on_any_number_of_threads) {
  Generator g(2);
  const Tensor a = randn({131, 77}, g), b = randn({77, 95}, g), one = empty({131, 95});
  ThreadPool alone(1);
  kernels::gemm_threaded(product_args(a, b, one, 0.0), machine_tiles(), own_kernel, alone, 0);
  for (const std::int64_t threads : {2, 3, 7}) {
    ThreadPool pool(threads);
    const Tensor c = empty({131, 95});
    kernels::gemm_threaded(product_args(a, b, c, 0.0), machine_tiles(), own_kernel, pool, 0);
    EXPECT_TRUE(equal(c, one)) << threads;
  }
}

TEST(GemmParallel, an_epilogue_equals_the_operations_it_replaces) {
  Generator g(3);
  for (int round = 0; round < 60; ++round) {
    const std::int64_t m = integer(g, 1, 60), k = integer(g, 1, 60), n = integer(g, 1, 60);
    const Tensor x = whole_matrix({m, k}, g), w = whole_matrix({n, k}, g), bias = whole_matrix({n}, g);
    const Tensor y = empty({m, n});
    kernels::Workspace workspace;
    kernels::gemm_epilogue(product_args(x, w.t(), y, 0.0), {kernels::micro_tile().mr, 16, kernels::micro_tile().nr},
                           own_kernel, {bias.data<float>(), kernels::relu_elements}, workspace);
    ASSERT_TRUE(equal(y, maximum(matmul(x, w.t()) + bias, zeros({n})))) << m << " " << k << " " << n;
  }
}

TEST(GemmParallel, the_tiles_of_any_caches_suit_the_kernel) {
  const auto [mr, nr] = kernels::micro_tile();
  for (const std::vector<CacheInfo>& caches : {read_caches(), {}, {{1, 1024}}, {{1, 32768}, {2, 524288}}}) {
    const auto [mc, kc, nc] = kernels::choose_tiles(caches, {mr, nr});
    EXPECT_GE(kc, 1);
    EXPECT_GE(mc, mr);
    EXPECT_GE(nc, nr);
    EXPECT_EQ(mc % mr + nc % nr, 0);
  }
}

}  // namespace
}  // namespace tinytorch
