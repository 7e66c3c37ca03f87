// What part B costs: a count for each operation of a step, a trace of its spans, a question about its tree.
#include "tinytorch/profiling/costs.hpp"

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace tinytorch::profiling {
namespace {

OpRecord conv_record() {
  OpRecord op;
  op.name = "conv2d";
  op.input_shapes = {Shape{32, 16, 8, 8}, Shape{32, 16, 3, 3}, Shape{32}};
  op.input_count = 3;
  op.output_shape = {32, 32, 8, 8};
  return op;
}

void op_cost_of(benchmark::State& state) {
  const OpRecord op = conv_record();
  for (auto _ : state) benchmark::DoNotOptimize(op_cost(op));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(op_cost_of);

void classify_of(benchmark::State& state) {
  const RooflineMachine machine{
      {100}, {{1, 32768, {200}}, {2, 1 << 20, {100}}, {3, 32 << 20, {50}}, {0, std::int64_t{1} << 40, {20}}}};
  const Cost cost = op_cost(conv_record());
  for (auto _ : state) benchmark::DoNotOptimize(classify(cost, 250'000, machine));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(classify_of);

/// Pairs of spans, one inside the other.
std::vector<Event> events_of(std::int64_t spans) {
  std::vector<Event> events;
  std::int64_t now = 0;
  for (std::int64_t i = 0; i < spans; i += 2) {
    events.push_back({"conv2d", now += 700, 0, Event::Phase::begin});
    events.push_back({"im2col", now += 100, 0, Event::Phase::begin});
    events.push_back({"im2col", now += 1500, 0, Event::Phase::end});
    events.push_back({"conv2d", now += 4000, 0, Event::Phase::end});
  }
  return events;
}

void write_trace_of(benchmark::State& state) {
  const std::vector<Event> events = events_of(state.range(0));
  std::string text;
  for (auto _ : state) {
    text.clear();
    write_trace(text, events);
    benchmark::DoNotOptimize(text.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes per span"] = static_cast<double>(text.size()) / static_cast<double>(state.range(0));
}
BENCHMARK(write_trace_of)->ArgName("spans")->Arg(1'000)->Arg(100'000);

SpanNode node_of(std::int64_t depth) {
  SpanNode node;
  node.name = depth == 0 ? "conv2d" : "layer" + std::to_string(depth);
  node.total_ns = 1000;
  for (int i = 0; depth > 0 && i < 4; ++i) {
    node.children.push_back(node_of(depth - 1));
    node.children.back().name += std::to_string(i);
  }
  return node;
}

void what_if_of(benchmark::State& state) {
  SpanTree tree;
  tree.threads.push_back({0, node_of(state.range(0))});
  for (auto _ : state) benchmark::DoNotOptimize(what_if(tree, "conv2d0", 2));
}
BENCHMARK(what_if_of)->ArgName("depth")->Arg(2)->Arg(5);

}  // namespace
}  // namespace tinytorch::profiling
