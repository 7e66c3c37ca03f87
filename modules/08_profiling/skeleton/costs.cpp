// Lab 08, part B: what the operations cost, and which limit of the machine they meet.

#include "tinytorch/profiling/costs.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace tinytorch::profiling {
namespace {

// Put helpers of your own here: no other file sees them.

}  // namespace

// What an operation does and moves.
//   linear (64, 100) (10, 100) (10) -> (64, 10), float32: 64 * 10 * 201 operations, 29'640 bytes read, 2'560 written
Cost op_cost(const OpRecord& op) {
  // BEGIN 8.5: from the shapes
  TINYTORCH_TODO("8.5");
  // END 8.5
}

// Which limit an operation meets.
//   peak 100 GFLOP/s, memory 10 GB/s: 1000 operations on 400 bytes have 2.5 FLOP/byte, so 25 GFLOP/s and 40 ns at best
Roofline classify(const Cost& cost, std::int64_t ns, const RooflineMachine& machine) {
  // BEGIN 8.6: the lower of two roofs
  TINYTORCH_TODO("8.6");
  // END 8.6
}

// The spans as a JSON array.
//   relu on thread 0 from 1500 to 1750 ns -> [{"name":"relu","ph":"X","ts":1.500,"dur":0.250,"pid":1,"tid":0}]
void write_trace(std::string& out, std::span<const Event> events) {
  // BEGIN 8.7: one object for each begin and its end
  TINYTORCH_TODO("8.7");
  // END 8.7
}

// How many times as fast the whole becomes.
//   half of the time, twice as fast -> 1 / (0.5 + 0.25) = 1.333
double amdahl(double share, double factor) {
  // BEGIN 8.8: the rest stays
  TINYTORCH_TODO("8.8");
  // END 8.8
}

// What the tree's time would be if a part of it were faster.
//   step 100 ns with forward/conv2d 30 and backward/conv2d 30, "conv2d", 2 -> share 0.6, 100 -> 70 ns, 1.43 times
WhatIf what_if(const SpanTree& tree, std::string_view path, double factor) {
  // BEGIN 8.8: the part, wherever it is
  TINYTORCH_TODO("8.8");
  // END 8.8
}

}  // namespace tinytorch::profiling
