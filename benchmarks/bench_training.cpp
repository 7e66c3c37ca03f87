// Whole steps: forward, loss, backward and update, on data that does not change.

#include "tinytorch/tinytorch.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace tinytorch;  // NOLINT: a benchmark reads like a user's program

void train(benchmark::State& state, nn::Sequential& net, optim::Optimizer& optimizer, const Tensor& inputs) {
  const std::int64_t batch = inputs.size(0);
  Tensor targets = arange(batch);
  for (std::int64_t i = 0; i < batch; ++i) targets.data<std::int64_t>()[i] = i % 10;
  for (auto _ : state) {
    const Tensor loss = nn::functional::cross_entropy(net(inputs), targets);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * batch);
}

void mlp_784_128_10(benchmark::State& state) {
  Generator g(1);
  nn::Sequential net(nn::Linear(784, 128, g), nn::ReLU(), nn::Linear(128, 10, g));
  optim::SGD optimizer(net.parameters(), {.lr = 0.01});
  train(state, net, optimizer, rand({64, 784}, g));
}
BENCHMARK(mlp_784_128_10)->Unit(benchmark::kMicrosecond);

void mlp_784_512_512_10_adam(benchmark::State& state) {
  Generator g(1);
  nn::Sequential net(nn::Linear(784, 512, g), nn::ReLU(), nn::Linear(512, 512, g), nn::ReLU(), nn::Linear(512, 10, g));
  optim::Adam optimizer(net.parameters());
  train(state, net, optimizer, rand({128, 784}, g));
}
BENCHMARK(mlp_784_512_512_10_adam)->Unit(benchmark::kMicrosecond);

void lenet_28x28(benchmark::State& state) {
  Generator g(1);
  ConvSpec same_size;
  same_size.padding = {2, 2};
  nn::Sequential net(nn::Conv2d(1, 16, 5, g, same_size), nn::ReLU(), nn::MaxPool2d(PoolSpec{}),
                     nn::Conv2d(16, 32, 5, g, same_size), nn::ReLU(), nn::MaxPool2d(PoolSpec{}), nn::Flatten(),
                     nn::Linear(32 * 7 * 7, 10, g));
  optim::SGD optimizer(net.parameters(), {.lr = 0.01});
  train(state, net, optimizer, rand({64, 1, 28, 28}, g));
}
BENCHMARK(lenet_28x28)->Unit(benchmark::kMicrosecond);

}  // namespace
