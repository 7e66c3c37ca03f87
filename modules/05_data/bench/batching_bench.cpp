// From bytes to batches: what reading, shuffling, collating and measuring cost compared with a copy of the same bytes.
#include "tinytorch/data/batching.hpp"
#include "tinytorch/data/readers.hpp"

#include <cstring>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch {
namespace {

/// The bytes that every version must read and write.
void count_bytes(benchmark::State& state, std::int64_t read, std::int64_t written) {
  state.SetBytesProcessed(state.iterations() * (read + written));
  state.counters["bytes"] = static_cast<double>(read + written);
}

std::vector<std::byte> idx_file(std::uint8_t type, std::int64_t item, std::int64_t records) {
  std::vector<std::byte> bytes(16 + static_cast<std::size_t>(records * 28 * 28 * item));
  bytes[2] = std::byte{type};
  bytes[3] = std::byte{3};
  for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<std::byte>(records >> (24 - 8 * i) & 255);
  bytes[11] = bytes[15] = std::byte{28};
  return bytes;
}

void read_idx_uint8(benchmark::State& state) {
  const auto file = idx_file(0x08, 1, state.range(0));
  for (auto step : state) benchmark::DoNotOptimize(data::read_idx(file).data());
  count_bytes(state, state.range(0) * 784, state.range(0) * 784);
}

void read_idx_float32(benchmark::State& state) {
  const auto file = idx_file(0x0D, 4, state.range(0));
  for (auto step : state) benchmark::DoNotOptimize(data::read_idx(file).data());
  count_bytes(state, state.range(0) * 3136, state.range(0) * 3136);
}

void epoch_order(benchmark::State& state) {
  std::int64_t epoch = 0;
  for (auto step : state) benchmark::DoNotOptimize(data::epoch_order(state.range(0), 1, epoch++).data());
  count_bytes(state, state.range(0) * 16, state.range(0) * 16);
}

std::vector<data::Example> examples(std::int64_t count) {
  std::vector<data::Example> all;
  for (std::int64_t i = 0; i < count; ++i) all.push_back({zeros({28, 28}), zeros({}, DType::int64)});
  return all;
}

void collate(benchmark::State& state) {
  const auto all = examples(state.range(0));
  for (auto step : state) benchmark::DoNotOptimize(data::collate(all).inputs.data());
  count_bytes(state, state.range(0) * 3144, state.range(0) * 3144);
}

/// The bound: the same bytes, one memcpy for each example.
void collate_by_memcpy_alone(benchmark::State& state) {
  const auto all = examples(state.range(0));
  const Tensor to = empty({state.range(0), 28, 28});
  for (auto step : state) {
    char* place = static_cast<char*>(to.data());
    for (const data::Example& example : all)
      std::memcpy(std::exchange(place, place + 3136), example.input.data(), 3136);
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * 3136, state.range(0) * 3136);
}

void fit_normalizer(benchmark::State& state) {
  const data::TensorDataset set(zeros({state.range(0), 28, 28}), zeros({state.range(0)}));
  std::vector<std::int64_t> train(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < train.size(); ++i) train[i] = static_cast<std::int64_t>(i);
  for (auto step : state) benchmark::DoNotOptimize(data::fit_normalizer(set, train).mean.data());
  count_bytes(state, state.range(0) * 3136, 0);
}

void random_shift(benchmark::State& state) {
  const data::Example example{zeros({state.range(0), state.range(0)}), zeros({}, DType::int64)};
  Generator generator(1);
  for (auto step : state) benchmark::DoNotOptimize(data::random_shift(example, 2, generator).input.data());
  count_bytes(state, state.range(0) * state.range(0) * 4, state.range(0) * state.range(0) * 4);
}

BENCHMARK(read_idx_uint8)->Arg(100)->Arg(2000);
BENCHMARK(read_idx_float32)->Arg(100)->Arg(1000);
BENCHMARK(epoch_order)->Arg(1000)->Arg(60000);
BENCHMARK(collate)->Arg(1)->Arg(32)->Arg(256);
BENCHMARK(collate_by_memcpy_alone)->Arg(1)->Arg(32)->Arg(256);
BENCHMARK(fit_normalizer)->Arg(100);
BENCHMARK(random_shift)->Arg(28);

}  // namespace
}  // namespace tinytorch
