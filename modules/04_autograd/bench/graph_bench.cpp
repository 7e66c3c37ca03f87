// What the engine costs: recording a node, running a node, releasing a graph, and a step of training with its bounds.
#include "modules/04_autograd/measure/network.hpp"
#include "tinytorch/core/gradcheck.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

Tensor chain(const Tensor& x, std::int64_t length) {
  Tensor y = x;
  for (std::int64_t i = 0; i < length; ++i) y = y + x;
  return y;
}

void per_node(benchmark::State& state, std::int64_t nodes) {
  state.SetItemsProcessed(state.iterations() * nodes);
  state.counters["ns/node"] = benchmark::Counter(
      static_cast<double>(nodes) * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// Forward and backward of a chain of additions of one number: almost only bookkeeping.
void run_a_chain(benchmark::State& state) {
  const Tensor x = ones({1}).set_requires_grad();
  for (auto step : state) sum(chain(x, state.range(0))).backward();
  per_node(state, state.range(0));
}

/// The same graph, made and released.
void record_and_release_a_chain(benchmark::State& state) {
  const Tensor x = ones({1}).set_requires_grad();
  for (auto step : state) benchmark::DoNotOptimize(chain(x, state.range(0)));
  per_node(state, state.range(0));
}

/// The same additions without a graph: only the operation.
void chain_without_a_graph(benchmark::State& state) {
  const NoGrad no_grad;
  const Tensor x = ones({1}).set_requires_grad();
  for (auto step : state) benchmark::DoNotOptimize(chain(x, state.range(0)));
  per_node(state, state.range(0));
}

/// The decision of 4.10: depth first or counting consumers, on a ladder in which each node has two edges.
void order_of_a_ladder(benchmark::State& state) {
  const Tensor x = ones({1}).set_requires_grad();
  Tensor z = x;
  for (std::int64_t i = 0; i < state.range(0); ++i) z = z + z;
  const autograd::NodePtr root = autograd::node_of(z);
  for (auto step : state) benchmark::DoNotOptimize(autograd::backward_order(root.get()).data());
  per_node(state, state.range(0) + 1);
}

// A product has 2 m k n FLOPs. Forward has one for each layer. Backward has two, but one for the first layer.
double forward_flops(double batch) { return 2 * batch * (256.0 * 512 + 512 * 512 + 512 * 10); }
double backward_flops(double batch) { return 2 * batch * (256.0 * 512 + 2.0 * (512 * 512 + 512 * 10)); }

void forward_pass(benchmark::State& state) {
  const Network network({256, 512, 512, 10}, state.range(0), 1);
  const std::int64_t before = memory::stats().active;
  Tensor loss = network.forward();
  state.counters["bytes held"] = static_cast<double>(memory::stats().active - before);
  for (auto step : state) loss = network.forward();
  state.counters["FLOP/s"] = benchmark::Counter(forward_flops(static_cast<double>(state.range(0))),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

void forward_and_backward(benchmark::State& state) {
  const Network network({256, 512, 512, 10}, state.range(0), 1);
  network.step();
  memory::reset_peak();
  const std::int64_t before = memory::stats().active;
  network.step();
  state.counters["peak bytes"] = static_cast<double>(memory::stats().peak - before);
  for (auto step : state) network.step();
  const auto batch = static_cast<double>(state.range(0));
  state.counters["FLOP/s"] =
      benchmark::Counter(forward_flops(batch) + backward_flops(batch), benchmark::Counter::kIsIterationInvariantRate);
}

/// What tanh could save: its output (as the library does), or its input, from which backward computes tanh again.
void tanh_saves(benchmark::State& state) {
  const bool output = state.range(0) == 0;
  const Tensor x = full({1 << 16}, 0.5).set_requires_grad();
  const Tensor grad = ones({1 << 16});
  const Tensor input = x.detach(), result = tanh(input);
  for (auto step : state) benchmark::DoNotOptimize(vjp::tanh(grad, output ? result : tanh(input)).data<float>());
  state.SetLabel(output ? "the output" : "the input");
  state.counters["bytes saved"] = static_cast<double>((output ? result : input).storage_bytes());
  state.SetBytesProcessed(state.iterations() * grad.numel() * 4 * 3);
}

/// gradcheck calls the function twice for each element: the price of a check that needs no formula.
void gradcheck_of_a_product(benchmark::State& state) {
  const std::int64_t n = state.range(0);
  Generator generator(1);
  const std::vector<Tensor> inputs{randn({n, n}, generator, DType::float64), randn({n, n}, generator, DType::float64)};
  const auto product = [](Inputs in) { return matmul(in[0], in[1]); };
  const auto gradient = [](Inputs in, const Tensor& upstream) {
    const TensorPair both = vjp::matmul(upstream, in[0], in[1]);
    return std::vector<Tensor>{both.first, both.second};
  };
  for (auto step : state) benchmark::DoNotOptimize(gradcheck(product, gradient, inputs).ok);
  const auto calls = static_cast<double>(2 * 2 * n * n + 1);
  state.counters["calls"] = calls;
  state.counters["FLOP/s"] =
      benchmark::Counter(calls * 2.0 * static_cast<double>(n * n * n), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(run_a_chain)->Arg(1000)->Arg(100'000);
BENCHMARK(record_and_release_a_chain)->Arg(1000)->Arg(100'000);
BENCHMARK(chain_without_a_graph)->Arg(1000);
BENCHMARK(order_of_a_ladder)->Arg(1000)->Arg(100'000);
BENCHMARK(forward_pass)->Arg(1)->Arg(64);
BENCHMARK(forward_and_backward)->Arg(1)->Arg(64);
BENCHMARK(tanh_saves)->Arg(0)->Arg(1);
BENCHMARK(gradcheck_of_a_product)->Arg(4)->Arg(16);

}  // namespace
}  // namespace tinytorch
