#pragma once

#include "tinytorch/core/op_hook.hpp"
#include "tinytorch/profiling/costs.hpp"
#include "tinytorch/profiling/hardware_counters.hpp"
#include "tinytorch/profiling/spans.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Where a program's time and memory go:
///
///     profiling::Profiler profiler;
///     profiler.start();
///     { const profiling::ProfileScope step("step"); train(); }
///     const profiling::Profile profile = profiler.stop();
///     std::cout << profiling::table(profile) << profiling::summary(profile) << '\n';
namespace tinytorch::profiling {

/// A span of the program's own. Without a profiler it costs one load. `name` lives as long as the program.
class ProfileScope {
 public:
  explicit ProfileScope(const char* name) : scope_(name, {}) {}

 private:
  OpScope scope_;
};

/// The bytes that were alive of each tag, from a moment on.
struct MemoryState {
  std::int64_t ns = 0;
  std::array<std::int64_t, memory::tag_count> by_tag{};

  std::int64_t total() const;
};

/// What a profiler has recorded.
struct Profile {
  std::vector<Event> events;        ///< the spans of all threads; those of one thread in order of time
  SpanTree tree;                    ///< build_tree(events)
  std::vector<OpRecord> ops;        ///< the operations and nodes of backward, thread by thread, as they ended
  std::vector<MemoryState> memory;  ///< the state at the start, then one for each block allocated or freed
  MemoryPeak peak;
  Overhead overhead;  ///< what recording one operation costs
  std::int64_t begin_ns = 0, end_ns = 0;
  std::int64_t dropped_spans = 0, dropped_ops = 0, dropped_states = 0;  ///< for which the buffers had no room
  HardwareCounts counts;
};

struct ProfilerOptions {
  std::size_t spans = std::size_t{1} << 18;   ///< most spans of a thread
  std::size_t ops = std::size_t{1} << 16;     ///< most OpRecords of a thread
  std::size_t states = std::size_t{1} << 18;  ///< most MemoryStates
};

/// Records every operation, every node of backward, every layer and every ProfileScope as a span of its thread, and
/// every block of tensor memory. Its buffers have a fixed size; what finds no room is dropped and counted.
class Profiler {
 public:
  /// `clock` must outlive the profiler; by default the machine's.
  explicit Profiler(ProfilerOptions options = {}, Clock* clock = nullptr);
  /// Stops.
  ~Profiler();
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;

  /// Measures the overhead, then begins to record. The memory of each tag is that of memory::stats() when no other
  /// thread allocates during this call. Throws ValueError when it runs already, or while another hook is installed.
  void start();
  /// Ends the recording and returns it. A span that is open ends here, as build_tree says. Throws ValueError when it
  /// does not run.
  Profile stop();
  bool running() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All spans of one name.
struct SpanTotal {
  std::string name;
  std::int64_t calls = 0;
  std::int64_t total_ns = 0;  ///< a span inside one of the same name counts once
  std::int64_t self_ns = 0;   ///< corrected_self
  double share = 0;           ///< of the sum of all self_ns
  Cost cost;                  ///< the sum of op_cost over the operations; not known when none of theirs is
};

/// The spans by name, the largest self time first.
std::vector<SpanTotal> totals(const Profile& profile);

/// A table of the `rows` names with the largest self time, with operations, bytes and, given a machine, the limit that
/// most of their time meets. Below it a line about the cost of recording, and others about what is missing.
std::string table(const Profile& profile, const RooflineMachine* machine = nullptr, std::size_t rows = 20);

/// One sentence: where the time goes.
std::string summary(const Profile& profile);

/// The profile in Chrome's trace format, for chrome://tracing and ui.perfetto.dev: write_trace of the spans, a counter
/// of memory by tag, and an arrow from each operation to its node of backward. Times begin at 0.
std::string trace(const Profile& profile);

/// A picture of [begin_ns, end_ns): the spans of the thread with most of them, outer ones above inner ones, and below,
/// on the same axis, the memory by tag with the moment of its peak. An SVG for light and dark pages.
/// Throws ValueError for an empty interval.
std::string flame(const Profile& profile, std::int64_t begin_ns, std::int64_t end_ns, const std::string& title);

}  // namespace tinytorch::profiling
