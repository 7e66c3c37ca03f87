// Lab 08, part A: spans and their tree, what recording costs, and the peak of memory.

#include "tinytorch/profiling/spans.hpp"

#include "src/course/holes.hpp"
#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace tinytorch::profiling {

struct Recorder::Impl {
  std::size_t capacity = 0;
  std::uint32_t thread = 0;
  std::vector<Event> events;  // never more than `capacity`: the constructor has reserved their memory
};

Recorder::Recorder(std::size_t capacity, std::uint32_t thread) : impl_(std::make_unique<Impl>()) {
  impl_->capacity = capacity;
  impl_->thread = thread;
  impl_->events.reserve(capacity);
}

Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

// A span begins. It is kept with both of its events or not at all. No allocation.
//   capacity 4: begin a, begin b, begin c -> c is dropped: the ends of a and b need the room
void Recorder::begin(const char* name, std::int64_t now) {
  // BEGIN 8.1: room for this begin, this end, and the ends of all that are open
  TINYTORCH_TODO("8.1");
  // END 8.1
}

// The innermost open span ends. No allocation. Throws ValueError when none is open.
void Recorder::end(std::int64_t now) {
  // BEGIN 8.1: the end of a dropped span is dropped
  TINYTORCH_TODO("8.1");
  // END 8.1
}

std::span<const Event> Recorder::events() const { return impl_->events; }

// How many spans were dropped since the last clear().
std::int64_t Recorder::dropped() const {
  // BEGIN 8.1: counted by begin()
  TINYTORCH_TODO("8.1");
  // END 8.1
}

// The name of the innermost kept span that is open; null when there is none.
const char* Recorder::open() const {
  // BEGIN 8.1: the last name that begin() has put down
  TINYTORCH_TODO("8.1");
  // END 8.1
}

// Removes all events. Throws ValueError while a span is open.
void Recorder::clear() {
  // BEGIN 8.1: the memory stays
  TINYTORCH_TODO("8.1");
  // END 8.1
}

// The tree of spans of each thread.
//   a begins 0, b begins 1, b ends 3, a ends 4 -> a: total 4, self 2; inside it b: total 2, self 2
SpanTree build_tree(std::span<const Event> events) {
  // BEGIN 8.2: a stack for each thread
  TINYTORCH_TODO("8.2");
  // END 8.2
}

// What an empty span costs between its two readings of the clock, and outside of them.
//   readings 0 3 | 10 13 | 20 23 ... -> inner 3, outer 7
Overhead measure_overhead(Recorder& recorder, Clock& clock) {
  // BEGIN 8.3: both medians from the events, so no reading of the clock is added
  TINYTORCH_TODO("8.3");
  // END 8.3
}

// The self time of a node without the cost of recording; never below 0.
//   self 100, 1 call, a child with 4 calls; inner 3, outer 7 -> 100 - 3 - 28 = 69
std::int64_t corrected_self(const SpanNode& node, const Overhead& overhead) {
  // BEGIN 8.3: a span costs its own node the inner part, and the node around it the outer part
  TINYTORCH_TODO("8.3");
  // END 8.3
}

struct MemoryTracker::Impl {
  Clock* clock = nullptr;
  const Recorder* recorder = nullptr;
};

MemoryTracker::MemoryTracker(Clock& clock) : impl_(std::make_unique<Impl>()) { impl_->clock = &clock; }
MemoryTracker::~MemoryTracker() = default;
MemoryTracker::MemoryTracker(MemoryTracker&&) noexcept = default;
MemoryTracker& MemoryTracker::operator=(MemoryTracker&&) noexcept = default;

void MemoryTracker::follow(const Recorder* recorder) { impl_->recorder = recorder; }

// A block is alive from now on. Throws ValueError when it already is, and for negative bytes.
void MemoryTracker::allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag) {
  // BEGIN 8.4: at a new peak, keep the owners of this moment
  TINYTORCH_TODO("8.4");
  // END 8.4
}

// The block is no longer alive. Throws ValueError when it was not.
void MemoryTracker::freed(std::uint64_t block) {
  // BEGIN 8.4: the tag is the block's own, not the current one
  TINYTORCH_TODO("8.4");
  // END 8.4
}

// The bytes that are alive now.
std::int64_t MemoryTracker::active() const {
  // BEGIN 8.4: of all tags
  TINYTORCH_TODO("8.4");
  // END 8.4
}

std::int64_t MemoryTracker::active(memory::Tag tag) const {
  // BEGIN 8.4: of one tag
  TINYTORCH_TODO("8.4");
  // END 8.4
}

// The moment at which most bytes were alive, with the bytes of each tag at that moment.
//   parameter 5, workspace 4, workspace freed, activation 3 -> 9 bytes: parameter 5, workspace 4
MemoryPeak MemoryTracker::peak() const {
  // BEGIN 8.4: kept by allocated()
  TINYTORCH_TODO("8.4");
  // END 8.4
}

}  // namespace tinytorch::profiling
