// An update: the time for each element, compared with the bytes that must move, and three places to keep the state.
#include "tinytorch/core/creation.hpp"
#include "tinytorch/optim/rules.hpp"

#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

/// The bytes that every version must read and write.
void count_bytes(benchmark::State& state, std::int64_t elements, std::int64_t each) {
  state.SetBytesProcessed(state.iterations() * elements * each);
  state.counters["bytes"] = static_cast<double>(elements * each);
}

void sgd_plain(benchmark::State& state) {
  Tensor p = ones({state.range(0)});
  const Tensor g = ones({state.range(0)});
  optim::SGDState memory;
  for (auto step : state) optim::sgd_update(p, g, memory, {.lr = 1e-6});
  count_bytes(state, state.range(0), 12);  // p read and written, g read
}

void sgd_momentum(benchmark::State& state) {
  Tensor p = ones({state.range(0)});
  const Tensor g = ones({state.range(0)});
  optim::SGDState memory;
  for (auto step : state) optim::sgd_update(p, g, memory, {.lr = 1e-6, .momentum = 0.9});
  count_bytes(state, state.range(0), 20);
}

void adam(benchmark::State& state) {
  Tensor p = ones({state.range(0)});
  const Tensor g = ones({state.range(0)});
  optim::AdamState memory;
  for (auto step : state) optim::adam_update(p, g, memory, {});
  count_bytes(state, state.range(0), 28);
}

/// The bound: a memcpy of as many bytes.
void bound_by_memcpy_of_28_bytes(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0) * 14);
  std::vector<char> from(bytes), to(bytes);
  for (auto step : state) {
    std::memcpy(to.data(), from.data(), bytes);
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0), 28);
}

// ---- the decision: where the state is kept. `range(0)` parameters of 256 elements each. ----

constexpr std::int64_t each = 256;

struct Many {
  explicit Many(std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) {
      parameters.push_back(ones({each}));
      gradients.push_back(ones({each}));
    }
  }
  std::vector<Tensor> parameters, gradients;
};

void state_in_a_map_by_parameter(benchmark::State& state) {
  Many many(state.range(0));
  std::map<const void*, optim::AdamState> states;
  for (auto step : state) {
    for (std::size_t k = 0; k < many.parameters.size(); ++k) {
      optim::adam_update(many.parameters[k], many.gradients[k], states[many.parameters[k].data()], {});
    }
  }
  count_bytes(state, state.range(0) * each, 28);
}

void state_beside_the_parameter_by_slot(benchmark::State& state) {
  Many many(state.range(0));
  std::vector<optim::AdamState> states(many.parameters.size());
  for (auto step : state) {
    for (std::size_t k = 0; k < many.parameters.size(); ++k) {
      optim::adam_update(many.parameters[k], many.gradients[k], states[k], {});
    }
  }
  count_bytes(state, state.range(0) * each, 28);
}

/// Everything in one buffer: one call. The price: all parameters share their options and their step.
void state_in_one_flat_buffer(benchmark::State& state) {
  Tensor p = ones({state.range(0) * each});
  const Tensor g = ones({state.range(0) * each});
  optim::AdamState all;
  for (auto step : state) optim::adam_update(p, g, all, {});
  count_bytes(state, state.range(0) * each, 28);
}

BENCHMARK(sgd_plain)->Arg(1 << 12)->Arg(1 << 21);
BENCHMARK(sgd_momentum)->Arg(1 << 12)->Arg(1 << 21);
BENCHMARK(adam)->Arg(1 << 12)->Arg(1 << 21);
BENCHMARK(bound_by_memcpy_of_28_bytes)->Arg(1 << 12)->Arg(1 << 21);
BENCHMARK(state_in_a_map_by_parameter)->Arg(16)->Arg(1024);
BENCHMARK(state_beside_the_parameter_by_slot)->Arg(16)->Arg(1024);
BENCHMARK(state_in_one_flat_buffer)->Arg(16)->Arg(1024);

}  // namespace
}  // namespace tinytorch
