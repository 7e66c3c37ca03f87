// What a sweep costs before its first run, and a comparison of two manifests.
#include "tinytorch/core/experiment.hpp"

#include <string>

#include <benchmark/benchmark.h>

namespace tinytorch::config {
namespace {

Tree base() {
  Tree tree;
  for (std::int64_t i = 0; i < 20; ++i)
    tree.entries.push_back({"setting_" + std::to_string(i), i, false, {Layer::file, "run.toml", 1, 1}, {}});
  return tree;
}

void grid_of_three_axes(benchmark::State& state) {
  Sweep sweep;
  for (const char* key : {"setting_1", "setting_2", "setting_3"}) {
    Axis axis{.key = key};
    for (std::int64_t i = 0; i < state.range(0); ++i) axis.values.emplace_back(i);
    sweep.axes.push_back(axis);
  }
  const Tree tree = base();
  for (auto step : state) benchmark::DoNotOptimize(grid(tree, sweep).size());
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(0) * state.range(0));
}
BENCHMARK(grid_of_three_axes)->Arg(2)->Arg(8);

void draw_trials(benchmark::State& state) {
  const Sweep sweep{
      {{.key = "setting_1", .least = 1e-4, .most = 1e-1, .log = true}, {.key = "setting_2", .least = 0, .most = 1}}};
  const Tree tree = base();
  for (auto step : state) benchmark::DoNotOptimize(random_trials(tree, sweep, state.range(0), 1).size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(draw_trials)->Arg(100);

// Half of the facts differ. A search through a vector takes time for each pair of facts, a map or a sort does not.
void explain_two_manifests(benchmark::State& state) {
  Manifest a, b;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string key = "settings.setting_" + std::to_string(i);
    a.facts.push_back({key, "1", Effect::result});
    b.facts.push_back({key, i % 2 == 0 ? "1" : "2", Effect::result});
  }
  for (auto step : state) benchmark::DoNotOptimize(explain_difference(a, b).size());
  state.SetItemsProcessed(state.iterations() * 2 * state.range(0));
}
BENCHMARK(explain_two_manifests)->Arg(32)->Arg(512);

}  // namespace
}  // namespace tinytorch::config
