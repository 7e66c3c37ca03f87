#pragma once

#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/profiling/spans.hpp"

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What operations cost, which limit of the machine each one meets, the trace of a run as text, and what a faster part
/// would change in the whole. Unit profiling/costs of lab 08; the structs, the rates, op_kind() and to_string() are
/// given.
namespace tinytorch::profiling {

/// What the number of operations grows with.
enum class Work : std::uint8_t {
  unknown,  ///< nobody has said it, or it depends on the values
  moves,    ///< no arithmetic: elements are copied, picked or filled in
  results,  ///< the elements of the result
  inputs,   ///< the elements of the first input
  updates,  ///< the same; changes in place what it gets: parameter, gradient, state of the optimizer
  windows,  ///< the elements of all windows: one window for each element of the result
  matmul,
  linear,
  conv2d,
  conv2d_grad_input,
  conv2d_grad_weight,
};

struct OpKind {
  Work work = Work::unknown;
  std::int64_t flops = 0;  ///< operations for each of these elements
};

/// The kind of the operation with this name: "relu" -> results, 1; "sum" -> inputs, 1; "softmax" -> results, 5.
OpKind op_kind(std::string_view name);

/// What an operation does and moves, counted from its shapes.
struct Cost {
  std::int64_t flops = 0;
  std::int64_t bytes_read = 0;
  std::int64_t bytes_written = 0;
  bool known = true;  ///< false: nobody has said what it costs, and the numbers say nothing

  friend bool operator==(const Cost&, const Cost&) = default;
};

/// The cost of one operation, for its whole batch.
///
/// A multiply-add counts as two operations, also where it meets a zero of the padding. A matmul (..., m, k) x (..., k,
/// n) has 2 k for each element of the result; a linear layer x (..., in), w (out, in) has 2 in, a conv2d x (N, C, H,
/// W), w (O, C, Kh, Kw) has 2 C Kh Kw, and both have 1 more with a bias, their third input. The gradients of a conv2d
/// have 2 C Kh Kw for each element of their first input, the upstream gradient; w is the second input of
/// conv2d_grad_input and the result of conv2d_grad_weight. Any other operation has what op_kind() says.
///
/// Each input is read once and the result is written once; every element has the size of op.dtype. An update writes
/// its inputs instead, all but the second one, the gradient. A view costs nothing. An operation inside of which others
/// ran, and a node of backward, cost nothing of their own: what they ran is counted where it ran. Where op_kind() knows
/// nothing, the cost is not known and its numbers are 0.
Cost op_cost(const OpRecord& op);

// Rates with units: a rate of operations can't be compared with a rate of bytes.

/// 10^9 operations a second, or operations per nanosecond.
struct GflopPerS {
  double value = 0;
  friend auto operator<=>(const GflopPerS&, const GflopPerS&) = default;
};

/// 10^9 bytes a second, or bytes per nanosecond.
struct GbPerS {
  double value = 0;
  friend auto operator<=>(const GbPerS&, const GbPerS&) = default;
};

struct FlopPerByte {
  double value = 0;
  friend auto operator<=>(const FlopPerByte&, const FlopPerByte&) = default;
};

constexpr GflopPerS operator*(FlopPerByte intensity, GbPerS bandwidth) { return {intensity.value * bandwidth.value}; }

/// A cache, or the memory behind all of them.
struct MemoryLevel {
  int level = 0;           ///< 1, 2, 3; 0 for memory
  std::int64_t bytes = 0;  ///< what it holds
  GbPerS bandwidth;        ///< at which it is read
};

/// The limits of one core.
struct RooflineMachine {
  GflopPerS peak;
  std::vector<MemoryLevel> levels;  ///< the caches from the smallest on, then memory
};

/// What an operation waits for.
enum class Limit : std::uint8_t { unknown, memory, compute, overhead };

struct Roofline {
  Limit limit = Limit::unknown;
  int level = 0;          ///< the level that holds the bytes
  FlopPerByte intensity;  ///< operations per byte read or written
  GflopPerS attainable;   ///< the most that this machine can do at this intensity
  double least_ns = 0;    ///< the least time that this machine can take
};

/// Which limit of the machine an operation of this cost meets when it takes `ns`.
///
/// The level is the first that has at least as many bytes as are read and written together; the last one holds any
/// number. intensity = flops / bytes, or 0 without bytes; attainable = min(peak, intensity x the level's bandwidth);
/// least_ns = the larger of flops / peak and bytes / bandwidth.
///
/// The limit is overhead when ns < 10,000 and least_ns < ns / 10: the operation reaches less than a tenth of what is
/// attainable, and it is short. Else it is compute when flops / peak is the larger one, and memory when it is not. For
/// a cost that is not known the limit is unknown and the rest is 0. Throws ValueError for a negative ns, for a machine
/// without levels, and for a peak or a bandwidth that is not positive.
/// Source: Williams, Waterman and Patterson, "Roofline", 2009.
Roofline classify(const Cost& cost, std::int64_t ns, const RooflineMachine& machine);

/// "memory", ...
constexpr const char* to_string(Limit limit) {
  constexpr const char* words[] = {"unknown", "memory", "compute", "overhead"};
  return words[static_cast<int>(limit)];
}

/// Appends the spans to `out` as a JSON array with an object for each of them, in any order: a "complete" event of
/// Chrome's trace format, which Perfetto opens too. Its members are "name"; "ph", which is "X"; "ts", when it began,
/// and "dur", how long it lasted, in microseconds with a fraction, exact to the nanosecond up to 10^15 ns; "pid", which
/// is 1; "tid", the event's thread. In a name, quote, backslash and the characters below 32 are escaped; other bytes
/// stay as they are.
///
/// Events are what build_tree takes, with the same errors. A span without an end lasts until the last event of its
/// thread. Source: "Trace Event Format", Google, 2016.
void write_trace(std::string& out, std::span<const Event> events);

/// How many times as fast a program becomes when a share of its time becomes `factor` times as fast: 1 / (1 - share +
/// share / factor). An infinite factor means that the share is gone. Throws ValueError unless 0 <= share <= 1 and
/// factor > 0. Source: Amdahl, "Validity of the single processor approach", 1967.
double amdahl(double share, double factor);

/// What a faster part would change.
struct WhatIf {
  double share = 0;  ///< of the part in the whole
  std::int64_t before_ns = 0, after_ns = 0;
  double speedup = 1;
};

/// What the tree's time would be if everything below `path` were `factor` times as fast.
///
/// The path of a node is the names from the root's child down to it, with "/" between them. The part is every node
/// whose path is `path` or ends in "/" + path: "conv2d" means all of them, "forward/conv2d" those directly in forward.
/// A node inside another node of the part counts once, with that one. Totals count, not self times.
///
/// before_ns is the sum of the threads' totals; in after_ns the part's time is divided by `factor`, and the sum rounded
/// to the nearest ns. share = part / before_ns, or 0 when that is 0; speedup = amdahl(share, factor). Throws
/// ValueError, which quotes the path, when no node has it, and as amdahl for the factor.
WhatIf what_if(const SpanTree& tree, std::string_view path, double factor);

}  // namespace tinytorch::profiling
