// What settings cost: numbers, layers, suggestions, and the name of a run.
#include "tinytorch/core/config.hpp"

#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::config {
namespace {

void parse_a_real_number(benchmark::State& state) {
  for (auto step : state) benchmark::DoNotOptimize(parse_value("0.1234567", Kind::real));
}
BENCHMARK(parse_a_real_number);

Tree layer(std::int64_t keys, std::int64_t from) {
  Tree tree;
  for (std::int64_t i = 0; i < keys; ++i) {
    Entry entry;
    entry.key = "group.setting_" + std::to_string(from + i);
    entry.value = i;
    entry.origin.layer = Layer::file;
    tree.entries.push_back(entry);
  }
  return tree;
}

// Half of the keys meet. A search through a vector takes time for each pair of keys, an index does not.
void merge_two_layers(benchmark::State& state) {
  const std::int64_t keys = state.range(0);
  const std::array layers{layer(keys, 0), layer(keys, keys / 2)};
  for (auto step : state) benchmark::DoNotOptimize(merge(layers).entries.size());
  state.SetItemsProcessed(state.iterations() * 2 * keys);
}
BENCHMARK(merge_two_layers)->Arg(16)->Arg(256)->Arg(2048);

void suggest_a_key(benchmark::State& state) {
  std::vector<std::string> known;
  for (int i = 0; i < 50; ++i) known.push_back("group.setting_" + std::to_string(i));
  for (auto step : state) benchmark::DoNotOptimize(nearest_key("group.seting_49", known));
}
BENCHMARK(suggest_a_key);

void name_a_run(benchmark::State& state) {
  Schema schema;
  for (int i = 0; i < 50; ++i) schema.add("group.setting_" + std::to_string(i), 0.1 * i, "");
  const Tree tree = defaults(schema);
  for (auto step : state) benchmark::DoNotOptimize(canonical(tree, schema));
}
BENCHMARK(name_a_run);

}  // namespace
}  // namespace tinytorch::config

BENCHMARK_MAIN();
