// What it costs to find the smallest weights.
#include "tinytorch/core/random.hpp"
#include "tinytorch/nn/prune.hpp"

#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::nn {
namespace {

void masks_of_two_tensors(benchmark::State& state) {
  Generator generator(1);
  const std::vector<Tensor> weights{randn({state.range(0) / 64, 64}, generator), randn({state.range(0)}, generator)};
  for (auto step : state) benchmark::DoNotOptimize(magnitude_masks(weights, 0.9));
  state.SetItemsProcessed(state.iterations() * 2 * state.range(0));
}
BENCHMARK(masks_of_two_tensors)->Arg(4096)->Arg(262144);

}  // namespace
}  // namespace tinytorch::nn
