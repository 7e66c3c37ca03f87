// The cost of each activation on 65,536 numbers: relu moves bytes, the others compute exponentials.
#include "tinytorch/core/activations.hpp"
#include "tinytorch/core/random.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

void activation(benchmark::State& state, Tensor (*op)(const Tensor&)) {
  Generator generator(1);
  const Tensor x = randn({1 << 16}, generator);
  for (auto step : state) benchmark::DoNotOptimize(op(x).data<float>());
  state.SetItemsProcessed(state.iterations() * x.numel());
  state.SetBytesProcessed(state.iterations() * x.numel() * 2 * item_size(x.dtype()));  // read once, written once
}
BENCHMARK_CAPTURE(activation, relu, raw::relu);
BENCHMARK_CAPTURE(activation, sigmoid, raw::sigmoid);
BENCHMARK_CAPTURE(activation, tanh, raw::tanh);
BENCHMARK_CAPTURE(activation, gelu, raw::gelu);

}  // namespace
}  // namespace tinytorch
