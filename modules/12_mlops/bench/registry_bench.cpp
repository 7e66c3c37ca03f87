// What it costs that a version is whole: a version of this many bytes, on this machine's disk.
#include "tinytorch/nn/deploy_registry.hpp"

#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>
#include <unistd.h>

namespace tinytorch::deploy {
namespace {

/// A folder that is removed at the end.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tinytorch_registry_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code none;
    std::filesystem::remove_all(path, none);
  }
};

ModelPackage package_of(std::int64_t bytes) {
  return {{{"weights.safetensors", std::vector<std::byte>(static_cast<std::size_t>(bytes), std::byte{7})}}};
}

void publish_a_version(benchmark::State& state) {
  const Folder folder;
  const ModelPackage package = package_of(state.range(0));
  for (auto step : state) benchmark::DoNotOptimize(publish(disk(), folder.path, package));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(publish_a_version)->Arg(1 << 20)->Iterations(20)->UseRealTime();

// Reading compares the SHA-256 of each file.
void open_the_current_version(benchmark::State& state) {
  const Folder folder;
  promote(disk(), folder.path, publish(disk(), folder.path, package_of(state.range(0))));
  for (auto step : state) benchmark::DoNotOptimize(open_current(disk(), folder.path).version);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(open_the_current_version)->Arg(1 << 20)->UseRealTime();

}  // namespace
}  // namespace tinytorch::deploy
