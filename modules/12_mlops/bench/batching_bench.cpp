// What the window costs for a request, and what a batch saves.
#include "tinytorch/nn/deploy_batching.hpp"
#include "tinytorch/nn/linear.hpp"

#include <benchmark/benchmark.h>

namespace tinytorch::deploy {
namespace {

// A window in which many wait. A take() that looks at all of them costs more, the more there are.
void submit_and_take(benchmark::State& state) {
  BatchWindow window({32, 1000, 1 << 20});
  std::int64_t now = 0;
  for (std::int64_t i = 0; i < state.range(0); ++i) window.submit({i, Tensor(), never}, now);
  for (auto step : state) {
    for (std::int64_t i = 0; i < 32; ++i) window.submit({i, Tensor(), never}, ++now);
    benchmark::DoNotOptimize(window.take(now).batch.size());
  }
  state.SetItemsProcessed(state.iterations() * 32);
}
BENCHMARK(submit_and_take)->Arg(0)->Arg(1000);

void ask_when_to_wake(benchmark::State& state) {
  BatchWindow window({1 << 20, 1000, 1 << 20});
  for (std::int64_t i = 0; i < state.range(0); ++i) window.submit({i, Tensor(), 1'000'000 + i % 97}, i);
  for (auto step : state) benchmark::DoNotOptimize(window.wake_at());
}
BENCHMARK(ask_when_to_wake)->Arg(10)->Arg(1000);

// A layer of 64 by 64: one request in a batch, or 32.
void answer_a_batch(benchmark::State& state) {
  Generator generator(1);
  ModelHandle current;
  publish_model(current, {1, std::make_shared<nn::Linear>(64, 64, generator)});
  Taken taken;
  for (std::int64_t i = 0; i < state.range(0); ++i) taken.batch.push_back({i, ones({64}), never});
  for (auto step : state) {
    Replies out;
    answer(taken, current, out);
    benchmark::DoNotOptimize(out.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(answer_a_batch)->Arg(1)->Arg(32);

}  // namespace
}  // namespace tinytorch::deploy
