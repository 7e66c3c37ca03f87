// Lab 08, part A: spans and their tree, what recording costs, and the peak of memory.

#include "tinytorch/profiling/spans.hpp"

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
  // BEGIN HELPER 8.1
  std::vector<const char*> open;  // the names of the open spans that were kept, outermost first
  std::int64_t dropped = 0;
  std::int64_t dropped_open = 0;  // open spans that were dropped: always the innermost ones
  // END HELPER
};

Recorder::Recorder(std::size_t capacity, std::uint32_t thread) : impl_(std::make_unique<Impl>()) {
  impl_->capacity = capacity;
  impl_->thread = thread;
  impl_->events.reserve(capacity);
  // BEGIN HELPER 8.1
  impl_->open.reserve(capacity / 2);
  // END HELPER
}

Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

// A span begins. It is kept with both of its events or not at all. No allocation.
//   capacity 4: begin a, begin b, begin c -> c is dropped: the ends of a and b need the room
void Recorder::begin(const char* name, std::int64_t now) {
  // BEGIN SOLUTION 8.1: room for this begin, this end, and the ends of all that are open
  // Once a span finds no room, no later one does, until clear(): so the dropped spans are the innermost.
  Impl& my = *impl_;
  if (my.events.size() + my.open.size() + 2 > my.capacity) {
    ++my.dropped;
    ++my.dropped_open;
    return;
  }
  my.events.push_back({name, now, my.thread, Event::Phase::begin});
  my.open.push_back(name);
  // END SOLUTION
}

// The innermost open span ends. No allocation. Throws ValueError when none is open.
void Recorder::end(std::int64_t now) {
  // BEGIN SOLUTION 8.1: the end of a dropped span is dropped
  Impl& my = *impl_;
  if (my.dropped_open > 0) {
    --my.dropped_open;
    return;
  }
  if (my.open.empty()) throw ValueError("[recorder] end() without begin(): no span is open");
  my.events.push_back({my.open.back(), now, my.thread, Event::Phase::end});
  my.open.pop_back();
  // END SOLUTION
}

std::span<const Event> Recorder::events() const { return impl_->events; }

// How many spans were dropped since the last clear().
std::int64_t Recorder::dropped() const {
  // BEGIN SOLUTION 8.1: counted by begin()
  return impl_->dropped;
  // END SOLUTION
}

// The name of the innermost kept span that is open; null when there is none.
const char* Recorder::open() const {
  // BEGIN SOLUTION 8.1: the last name that begin() has put down
  return impl_->open.empty() ? nullptr : impl_->open.back();
  // END SOLUTION
}

// Removes all events. Throws ValueError while a span is open.
void Recorder::clear() {
  // BEGIN SOLUTION 8.1: the memory stays
  Impl& my = *impl_;
  if (!my.open.empty() || my.dropped_open > 0) throw ValueError("[recorder] clear() while a span is open");
  my.events.clear();
  my.dropped = 0;
  // END SOLUTION
}

// BEGIN HELPER 8.2
namespace {

// The spans of one thread while its events are read.
class Builder {
 public:
  explicit Builder(std::uint32_t thread) : thread_{thread, {}} {}

  void add(const Event& event) {
    last_ns_ = event.ns;
    if (event.phase == Event::Phase::begin)
      begin(event);
    else
      end(event);
  }

  SpanTree::Thread finish() {
    while (!open_.empty()) {
      open_.back().node->open = true;
      close();
    }
    return std::move(thread_);
  }

 private:
  // A span that has begun and not ended. Only the innermost node gets children, so the pointers stay valid.
  struct Open {
    SpanNode* node;
    std::int64_t begin_ns;
    std::int64_t inside_ns;  // the time of the children so far
    bool recursion;          // directly inside a span of the same name, and so of the same node
  };

  void begin(const Event& event) {
    const bool recursion = !open_.empty() && open_.back().node->name == event.name;
    SpanNode& parent = open_.empty() ? thread_.root : *open_.back().node;
    SpanNode& node = recursion ? parent : child(parent, event.name);
    ++node.calls;
    node.recursions += recursion ? 1 : 0;
    open_.push_back({&node, event.ns, 0, recursion});
  }

  void end(const Event& event) {
    if (open_.empty()) throw ValueError(std::string("[build_tree] the end of '") + event.name + "' without a begin");
    if (open_.back().node->name != event.name)
      throw ValueError(std::string("[build_tree] the end of '") + event.name + "' while '" + open_.back().node->name +
                       "' is open");
    close();
  }

  // Ends the innermost span at the last time that was read.
  void close() {
    const Open span = open_.back();
    open_.pop_back();
    if (span.recursion) {  // its time is already in the outer span; the time of its children is not self time there
      open_.back().inside_ns += span.inside_ns;
      return;
    }
    const std::int64_t ns = last_ns_ - span.begin_ns;
    span.node->total_ns += ns;
    span.node->self_ns += ns - span.inside_ns;
    if (open_.empty())
      thread_.root.total_ns += ns;
    else
      open_.back().inside_ns += ns;
  }

  static SpanNode& child(SpanNode& parent, const char* name) {
    for (SpanNode& node : parent.children)
      if (node.name == name) return node;
    SpanNode& added = parent.children.emplace_back();
    added.name = name;
    return added;
  }

  SpanTree::Thread thread_;
  std::vector<Open> open_;
  std::int64_t last_ns_ = 0;
};

}  // namespace
// END HELPER

// The tree of spans of each thread.
//   a begins 0, b begins 1, b ends 3, a ends 4 -> a: total 4, self 2; inside it b: total 2, self 2
SpanTree build_tree(std::span<const Event> events) {
  // BEGIN SOLUTION 8.2: a stack for each thread
  std::map<std::uint32_t, Builder> builders;
  for (const Event& event : events) builders.try_emplace(event.thread, event.thread).first->second.add(event);
  SpanTree tree;
  for (auto& [thread, builder] : builders) tree.threads.push_back(builder.finish());
  return tree;
  // END SOLUTION
}

// What an empty span costs between its two readings of the clock, and outside of them.
//   readings 0 3 | 10 13 | 20 23 ... -> inner 3, outer 7
Overhead measure_overhead(Recorder& recorder, Clock& clock) {
  // BEGIN SOLUTION 8.3: both medians from the events, so no reading of the clock is added
  constexpr int spans = 1000;
  recorder.clear();
  for (int i = 0; i < spans; ++i) {
    recorder.begin("empty", clock.now_ns());
    recorder.end(clock.now_ns());
  }
  const std::span<const Event> events = recorder.events();
  if (events.size() < 4) throw ValueError("[measure_overhead] the recorder keeps fewer than two spans");
  std::vector<std::int64_t> inner, outer;
  for (std::size_t i = 1; i < events.size(); ++i)
    (i % 2 != 0 ? inner : outer).push_back(events[i].ns - events[i - 1].ns);
  const auto lower_median = [](std::vector<std::int64_t>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  };
  recorder.clear();
  return {lower_median(inner), lower_median(outer)};
  // END SOLUTION
}

// The self time of a node without the cost of recording; never below 0.
//   self 100, 1 call, a child with 4 calls; inner 3, outer 7 -> 100 - 3 - 28 = 69
std::int64_t corrected_self(const SpanNode& node, const Overhead& overhead) {
  // BEGIN SOLUTION 8.3: a span costs its own node the inner part, and the node around it the outer part
  std::int64_t began_inside = node.recursions;
  for (const SpanNode& child : node.children) began_inside += child.calls - child.recursions;
  const std::int64_t cost = node.calls * overhead.inner_ns + began_inside * overhead.outer_ns;
  return std::max<std::int64_t>(0, node.self_ns - cost);
  // END SOLUTION
}

struct MemoryTracker::Impl {
  Clock* clock = nullptr;
  const Recorder* recorder = nullptr;
  // BEGIN HELPER 8.4
  struct Block {
    std::int64_t bytes;
    memory::Tag tag;
  };
  std::unordered_map<std::uint64_t, Block> blocks;
  std::int64_t active = 0;
  std::array<std::int64_t, memory::tag_count> by_tag{};
  MemoryPeak peak;
  // END HELPER
};

MemoryTracker::MemoryTracker(Clock& clock) : impl_(std::make_unique<Impl>()) { impl_->clock = &clock; }
MemoryTracker::~MemoryTracker() = default;
MemoryTracker::MemoryTracker(MemoryTracker&&) noexcept = default;
MemoryTracker& MemoryTracker::operator=(MemoryTracker&&) noexcept = default;

void MemoryTracker::follow(const Recorder* recorder) { impl_->recorder = recorder; }

// A block is alive from now on. Throws ValueError when it already is, and for negative bytes.
void MemoryTracker::allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag) {
  // BEGIN SOLUTION 8.4: at a new peak, keep the owners of this moment
  Impl& my = *impl_;
  if (bytes < 0) throw ValueError("[memory_tracker] a block of " + std::to_string(bytes) + " bytes");
  if (!my.blocks.try_emplace(block, Impl::Block{bytes, tag}).second)
    throw ValueError("[memory_tracker] block " + std::to_string(block) + " was allocated twice");
  my.active += bytes;
  my.by_tag[static_cast<std::size_t>(tag)] += bytes;
  if (my.active <= my.peak.bytes) return;
  my.peak = {my.active, my.clock->now_ns(), my.by_tag, my.recorder != nullptr ? my.recorder->open() : nullptr};
  // END SOLUTION
}

// The block is no longer alive. Throws ValueError when it was not.
void MemoryTracker::freed(std::uint64_t block) {
  // BEGIN SOLUTION 8.4: the tag is the block's own, not the current one
  Impl& my = *impl_;
  const auto at = my.blocks.find(block);
  if (at == my.blocks.end())
    throw ValueError("[memory_tracker] block " + std::to_string(block) + " is freed and was not alive");
  my.active -= at->second.bytes;
  my.by_tag[static_cast<std::size_t>(at->second.tag)] -= at->second.bytes;
  my.blocks.erase(at);
  // END SOLUTION
}

// The bytes that are alive now.
std::int64_t MemoryTracker::active() const {
  // BEGIN SOLUTION 8.4: of all tags
  return impl_->active;
  // END SOLUTION
}

std::int64_t MemoryTracker::active(memory::Tag tag) const {
  // BEGIN SOLUTION 8.4: of one tag
  return impl_->by_tag[static_cast<std::size_t>(tag)];
  // END SOLUTION
}

// The moment at which most bytes were alive, with the bytes of each tag at that moment.
//   parameter 5, workspace 4, workspace freed, activation 3 -> 9 bytes: parameter 5, workspace 4
MemoryPeak MemoryTracker::peak() const {
  // BEGIN SOLUTION 8.4: kept by allocated()
  return impl_->peak;
  // END SOLUTION
}

}  // namespace tinytorch::profiling
