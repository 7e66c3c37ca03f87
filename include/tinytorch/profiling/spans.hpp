#pragma once

#include "tinytorch/core/memory.hpp"
#include "tinytorch/core/timing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Where the time and the memory of a program go: a recorder of nested spans, the tree that they form, what recording
/// itself costs, and the peak of memory with its owners. Unit profiling/spans of lab 08.
namespace tinytorch::profiling {

/// The begin or the end of a span.
struct Event {
  enum class Phase : std::uint8_t { begin, end };

  const char* name = "";  ///< lives as long as the program; an end has the name of its begin
  std::int64_t ns = 0;
  std::uint32_t thread = 0;
  Phase phase = Phase::begin;
};

/// The spans of one thread, in a buffer whose size never changes. Spans nest: the one that began last ends first.
class Recorder {
 public:
  /// A recorder of at most `capacity` events, which carry the number `thread`. All memory is allocated here.
  explicit Recorder(std::size_t capacity, std::uint32_t thread = 0);
  ~Recorder();
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;

  /// A span begins at `now`. The events of a span are kept both or not at all: a span that finds no room for its two
  /// events is dropped, or an older one in its place, and counted. Allocates nothing.
  void begin(const char* name, std::int64_t now);
  /// The span that began last, and has not ended, ends at `now`. Allocates nothing. Throws ValueError when no span is
  /// open.
  void end(std::int64_t now);

  /// What was kept, in order of time. The begin of a span that is open has no end yet.
  std::span<const Event> events() const;
  /// How many spans were dropped since the last clear().
  std::int64_t dropped() const;
  /// The name of the innermost span that is open and was kept; null when there is none.
  const char* open() const;
  /// Removes all events. Throws ValueError while a span is open.
  void clear();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The spans of one name inside the same parent, as one node.
struct SpanNode {
  std::string name;
  std::int64_t calls = 0;          ///< how many spans
  std::int64_t recursions = 0;     ///< how many of them began directly inside a span of the same name
  std::int64_t total_ns = 0;       ///< from begin to end
  std::int64_t self_ns = 0;        ///< the part of total_ns outside the children
  bool open = false;               ///< one of the spans had no end
  std::vector<SpanNode> children;  ///< in the order in which they first began
};

struct SpanTree {
  struct Thread {
    std::uint32_t id = 0;
    SpanNode root;  ///< has no name and no calls; its total is the sum of its children's, its self time is 0
  };
  std::vector<Thread> threads;  ///< ascending by id
};

/// The tree of each thread. `events` holds those of all threads, mixed; those of one thread are in order of time.
/// A span directly inside one of the same name becomes part of that node: a call and a recursion more, no more total.
/// A span without an end ends at the last event of its thread, and its node is marked open. So the self times of a
/// thread add up to its root's total.
/// Throws ValueError for an end while no span is open on that thread, or while one of another name was the last to
/// begin.
SpanTree build_tree(std::span<const Event> events);

/// What recording a span costs.
struct Overhead {
  std::int64_t inner_ns = 0;  ///< between its two readings of the clock: what an empty span shows
  std::int64_t outer_ns = 0;  ///< outside of them: what its parent shows in its place
};

/// Records 1,000 empty spans in a row: reads `clock` for each begin and each end, and for nothing else. Of those that
/// the recorder kept, inner_ns is the median time from a begin to its end, and outer_ns the median time from an end to
/// the next begin. Of an even number of times, the lower of the two in the middle counts. The recorder is cleared
/// before and after. Throws ValueError when it keeps fewer than two spans.
Overhead measure_overhead(Recorder& recorder, Clock& clock);

/// The self time of a node without the cost of recording: inner_ns less for each of its calls, outer_ns less for each
/// span that began directly inside it (its recursions, and its children's calls that are no recursions). At least 0.
std::int64_t corrected_self(const SpanNode& node, const Overhead& overhead);

/// The moment at which most bytes were alive.
struct MemoryPeak {
  std::int64_t bytes = 0;
  std::int64_t when_ns = 0;                              ///< the first moment with so many bytes
  std::array<std::int64_t, memory::tag_count> by_tag{};  ///< at that moment; they add up to `bytes`
  const char* span = nullptr;                            ///< open at that moment (Recorder::open)
};

/// Follows the blocks of memory that are alive. `clock` must outlive it. A call that throws changes nothing.
class MemoryTracker {
 public:
  /// Reads `clock` once for each new peak, and never else.
  explicit MemoryTracker(Clock& clock);
  ~MemoryTracker();
  MemoryTracker(MemoryTracker&&) noexcept;
  MemoryTracker& operator=(MemoryTracker&&) noexcept;

  /// Asks that recorder from now on which span is open when a new peak is reached; null, as at first: no recorder.
  void follow(const Recorder* recorder);
  /// A block is alive from now on. Throws ValueError when it already is, and for negative bytes.
  void allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag);
  /// The block is no longer alive. Its bytes are taken from the tag with which it was allocated. The number may be used
  /// again. Throws ValueError when the block is not alive.
  void freed(std::uint64_t block);

  /// The bytes that are alive now.
  std::int64_t active() const;
  std::int64_t active(memory::Tag tag) const;
  /// The peak so far; all zero before the first byte.
  MemoryPeak peak() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinytorch::profiling
