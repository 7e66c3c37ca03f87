// Lab 08, part B: what the operations cost, and which limit of the machine they meet.

#include "tinytorch/profiling/costs.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace tinytorch::profiling {
namespace {

// Put helpers of your own here: no other file sees them.

// BEGIN HELPER 8.5
/// With a bias, its third input, an operation has one addition more for each element of the result.
std::int64_t bias_of(const OpRecord& op) { return op.input_count > 2 ? 1 : 0; }

/// C Kh Kw of kernels (O, C, Kh, Kw).
std::int64_t taps_of(const Shape& kernels) { return kernels[1] * kernels[2] * kernels[3]; }

std::int64_t flops_of(const OpRecord& op, const OpKind& kind) {
  const std::int64_t results = numel(op.output_shape), inputs = numel(op.input_shapes[0]);
  switch (kind.work) {
    case Work::unknown:
    case Work::moves:
      return 0;
    case Work::results:
      return kind.flops * results;
    case Work::inputs:
    case Work::updates:
      return kind.flops * inputs;
    case Work::windows:
      return kind.flops * results * numel(op.window);
    case Work::matmul:
      return 2 * results * op.input_shapes[0].back();
    case Work::linear:
      return results * (2 * op.input_shapes[0].back() + bias_of(op));
    case Work::conv2d:
      return results * (2 * taps_of(op.input_shapes[1]) + bias_of(op));
    case Work::conv2d_grad_input:
      return 2 * inputs * taps_of(op.input_shapes[1]);
    case Work::conv2d_grad_weight:
      return 2 * inputs * taps_of(op.output_shape);
  }
  return 0;
}
// END HELPER

// BEGIN HELPER 8.6
void check_machine(const RooflineMachine& machine) {
  if (machine.levels.empty()) throw ValueError("[classify] a machine without levels: (0)");
  bool positive = machine.peak.value > 0;
  for (const MemoryLevel& level : machine.levels) positive = positive && level.bandwidth.value > 0;
  if (!positive) throw ValueError("[classify] peak and bandwidths of a machine are above 0");
}

/// The first level that holds so many bytes; the last one holds any number.
const MemoryLevel& level_of(std::int64_t bytes, const RooflineMachine& machine) {
  for (const MemoryLevel& level : machine.levels) {
    if (bytes <= level.bytes) return level;
  }
  return machine.levels.back();
}
// END HELPER

// BEGIN HELPER 8.7
std::string escaped(std::string_view name) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char letter : name) {
    if (letter == '"' || letter == '\\') {
      text += {'\\', letter};
    } else if (static_cast<unsigned char>(letter) < 32) {
      text += {'\\', 'u', '0', '0', digits[letter / 16], digits[letter % 16]};
    } else {
      text += letter;
    }
  }
  return text;
}

/// 1234567 -> 1234.567.
std::string microseconds(std::int64_t ns) {
  const std::string fraction = std::to_string(ns % 1000);
  return std::to_string(ns / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction;
}

std::string span_object(const Event& begin, std::int64_t end_ns) {
  return "{\"name\":\"" + escaped(begin.name) + "\",\"ph\":\"X\",\"ts\":" + microseconds(begin.ns) +
         ",\"dur\":" + microseconds(end_ns - begin.ns) + ",\"pid\":1,\"tid\":" + std::to_string(begin.thread) + "}";
}

/// What is open on a thread, outermost first, and its last event so far.
struct OpenSpans {
  std::vector<Event> begins;
  std::int64_t last_ns = 0;
};
// END HELPER

// BEGIN HELPER 8.8
/// The time of the nodes whose path is `path` or ends in "/" + path, and how many there are. Nodes inside of them are
/// not visited.
struct Part {
  std::int64_t ns = 0, nodes = 0;
};

void add_part(const SpanNode& node, const std::string& above, const std::string& wanted, Part& part) {
  for (const SpanNode& child : node.children) {
    const std::string path = above + "/" + child.name;
    if (path.ends_with(wanted)) {
      part.ns += child.total_ns;
      ++part.nodes;
    } else {
      add_part(child, path, wanted, part);
    }
  }
}
// END HELPER

}  // namespace

// What an operation does and moves.
//   linear (64, 100) (10, 100) (10) -> (64, 10), float32: 64 * 10 * 201 operations, 29'640 bytes read, 2'560 written
Cost op_cost(const OpRecord& op) {
  // BEGIN SOLUTION 8.5: from the shapes
  if (op.view || op.backward || op.nested > 0) return {};
  const OpKind kind = op_kind(op.name);
  if (kind.work == Work::unknown) return {.known = false};
  Cost cost;
  cost.flops = flops_of(op, kind);
  for (const Shape& shape : op.inputs()) cost.bytes_read += numel(shape) * item_size(op.dtype);
  cost.bytes_written = numel(op.output_shape) * item_size(op.dtype);
  if (kind.work == Work::updates)
    cost.bytes_written = cost.bytes_read - numel(op.input_shapes[1]) * item_size(op.dtype);
  return cost;
  // END SOLUTION
}

// Which limit an operation meets.
//   peak 100 GFLOP/s, memory 10 GB/s: 1000 operations on 400 bytes have 2.5 FLOP/byte, so 25 GFLOP/s and 40 ns at best
Roofline classify(const Cost& cost, std::int64_t ns, const RooflineMachine& machine) {
  // BEGIN SOLUTION 8.6: the lower of two roofs
  if (ns < 0) throw ValueError("[classify] ns is not negative: " + std::to_string(ns));
  check_machine(machine);
  if (!cost.known) return {};
  const std::int64_t bytes = cost.bytes_read + cost.bytes_written;
  const MemoryLevel& level = level_of(bytes, machine);
  const double compute_ns = static_cast<double>(cost.flops) / machine.peak.value;
  const double memory_ns = static_cast<double>(bytes) / level.bandwidth.value;

  Roofline roof;
  roof.level = level.level;
  if (bytes > 0) roof.intensity = {static_cast<double>(cost.flops) / static_cast<double>(bytes)};
  roof.attainable = std::min(machine.peak, roof.intensity * level.bandwidth);
  roof.least_ns = std::max(compute_ns, memory_ns);
  roof.limit = compute_ns > memory_ns ? Limit::compute : Limit::memory;
  if (ns < 10'000 && roof.least_ns < static_cast<double>(ns) / 10) roof.limit = Limit::overhead;
  return roof;
  // END SOLUTION
}

// The spans as a JSON array.
//   relu on thread 0 from 1500 to 1750 ns -> [{"name":"relu","ph":"X","ts":1.500,"dur":0.250,"pid":1,"tid":0}]
void write_trace(std::string& out, std::span<const Event> events) {
  // BEGIN SOLUTION 8.7: one object for each begin and its end
  std::map<std::uint32_t, OpenSpans> threads;
  std::string objects;
  const auto add = [&](const Event& begin, std::int64_t end_ns) {
    objects += (objects.empty() ? "" : ",\n") + span_object(begin, end_ns);
  };
  for (const Event& event : events) {
    OpenSpans& open = threads[event.thread];
    open.last_ns = event.ns;
    if (event.phase == Event::Phase::begin) {
      open.begins.push_back(event);
      continue;
    }
    if (open.begins.empty()) throw ValueError("[write_trace] '" + std::string(event.name) + "' ends and did not begin");
    if (std::string_view(open.begins.back().name) != event.name) {
      throw ValueError("[write_trace] '" + std::string(event.name) + "' ends inside '" + open.begins.back().name + "'");
    }
    add(open.begins.back(), event.ns);
    open.begins.pop_back();
  }
  for (const auto& [thread, open] : threads) {
    for (const Event& begin : open.begins) add(begin, open.last_ns);
  }
  out += "[" + objects + "]";
  // END SOLUTION
}

// How many times as fast the whole becomes.
//   half of the time, twice as fast -> 1 / (0.5 + 0.25) = 1.333
double amdahl(double share, double factor) {
  // BEGIN SOLUTION 8.8: the rest stays
  if (!(share >= 0 && share <= 1)) throw ValueError("[amdahl] share is from 0 to 1, not " + std::to_string(share));
  if (!(factor > 0)) throw ValueError("[amdahl] factor is above 0, not " + std::to_string(factor));
  return 1 / (1 - share + share / factor);
  // END SOLUTION
}

// What the tree's time would be if a part of it were faster.
//   step 100 ns with forward/conv2d 30 and backward/conv2d 30, "conv2d", 2 -> share 0.6, 100 -> 70 ns, 1.43 times
WhatIf what_if(const SpanTree& tree, std::string_view path, double factor) {
  // BEGIN SOLUTION 8.8: the part, wherever it is
  Part part;
  WhatIf result;
  for (const SpanTree::Thread& thread : tree.threads) {
    add_part(thread.root, "", "/" + std::string(path), part);
    result.before_ns += thread.root.total_ns;
  }
  if (part.nodes == 0) throw ValueError("[what_if] no node has the path '" + std::string(path) + "'");
  if (result.before_ns > 0) result.share = static_cast<double>(part.ns) / static_cast<double>(result.before_ns);
  result.speedup = amdahl(result.share, factor);
  result.after_ns = result.before_ns - part.ns + std::llround(static_cast<double>(part.ns) / factor);
  return result;
  // END SOLUTION
}

}  // namespace tinytorch::profiling
