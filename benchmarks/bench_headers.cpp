// What including a header costs: processor seconds of the compiler for a program that has one include and nothing else.
// How many lines the compiler reads is a test (tests/repository/structure/compile_test.cpp); seconds depend on the
// machine.

#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

namespace {

/// Processor time of the programs that this one has started and waited for.
double children_seconds() {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void compile(benchmark::State& state, const char* header) {
  const std::string command = std::string(TINYTORCH_COMPILER) +
                              " -std=c++20 -fsyntax-only -I" TINYTORCH_SOURCE_DIR "/include -include tinytorch/" +
                              header + " -x c++ /dev/null";
  for ([[maybe_unused]] auto _ : state) {
    const double before = children_seconds();
    if (std::system(command.c_str()) != 0) state.SkipWithError("the header does not compile");
    state.SetIterationTime(children_seconds() - before);
  }
}

BENCHMARK_CAPTURE(compile, tensor, "core/tensor.hpp")->UseManualTime()->Iterations(5)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(compile, tinytorch, "tinytorch.hpp")->UseManualTime()->Iterations(5)->Unit(benchmark::kSecond);

}  // namespace
