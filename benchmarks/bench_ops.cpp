// Every operation by its description in tests/library/ops, forward and with its gradient; beside libtorch where it is
// installed.
//
//   bench_ops --benchmark_filter='^softmax/'

#include "tests/library/ops/op.hpp"
#include "tinytorch/core/ops.hpp"

#ifdef TINYTORCH_HAS_LIBTORCH
#include "tests/library/oracle/torch_table.hpp"
#endif

#include <exception>

#include <benchmark/benchmark.h>

namespace {

using namespace tinytorch;  // NOLINT(google-build-using-namespace): a program

constexpr std::int64_t size = 64;  // of each dimension

ops::Arguments arguments_of(const ops::Op& op) {
  ops::Draw draw(1, op.dtypes.front(), size);
  return op.arguments(draw);
}

void forward(benchmark::State& state, const ops::Op& op) {
  const ops::Arguments arguments = arguments_of(op);
  for (auto _ : state) benchmark::DoNotOptimize(op.run(arguments));
}

void with_gradient(benchmark::State& state, const ops::Op& op) {
  const ops::Arguments arguments = arguments_of(op);
  for (auto _ : state) benchmark::DoNotOptimize(ops::outcome_of(op, arguments));
}

#ifdef TINYTORCH_HAS_LIBTORCH
void torch_forward(benchmark::State& state, const ops::Op& op, const oracle::TorchFunction& function) {
  const ops::Arguments arguments = arguments_of(op);
  oracle::TorchArguments inputs{{}, arguments.ints};
  for (const Tensor& x : arguments.tensors) inputs.tensors.push_back(oracle::to_torch(x));
  const torch::NoGradGuard no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(function(inputs));
}
#endif

void register_all() {
#ifdef TINYTORCH_HAS_LIBTORCH
  torch::set_num_threads(1);
  const oracle::TorchTable table = oracle::torch_table();
#endif
  for (const ops::Op& op : ops::all_ops()) {
    benchmark::RegisterBenchmark((op.name + "/forward").c_str(), [op](benchmark::State& state) { forward(state, op); });
#ifdef TINYTORCH_HAS_LIBTORCH
    if (const auto function = table.find(op.name); function != table.end())
      benchmark::RegisterBenchmark(
          (op.name + "/forward/libtorch").c_str(),
          [op, f = function->second](benchmark::State& state) { torch_forward(state, op, f); });
#endif
    if (op.no_gradient.empty())
      benchmark::RegisterBenchmark((op.name + "/forward and backward").c_str(),
                                   [op](benchmark::State& state) { with_gradient(state, op); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
