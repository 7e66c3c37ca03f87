// Lab 08, part A, a third way: plain arrays and counters; a full buffer stops; the tree comes from a recursive reader.

#include "tinytorch/profiling/spans.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tinytorch::profiling {

// Parent links in place of a stack: of each event of a begin, the begin around it.
struct Recorder::Impl {
  static constexpr std::int64_t none = -1;

  std::size_t capacity, size = 0;
  std::uint32_t thread;
  std::unique_ptr<Event[]> events;
  std::unique_ptr<std::int64_t[]> around;
  std::int64_t innermost = none;  // the begin of the innermost open span
  std::size_t depth = 0;
  std::int64_t lost = 0, lost_depth = 0;
  bool stopped = false;

  Impl(std::size_t events_, std::uint32_t thread_)
      : capacity(events_), thread(thread_), events(new Event[events_]), around(new std::int64_t[events_]) {}
};

Recorder::Recorder(std::size_t capacity, std::uint32_t thread) : impl_(std::make_unique<Impl>(capacity, thread)) {}
Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

void Recorder::begin(const char* name, std::int64_t now) {
  Impl& r = *impl_;
  const std::size_t needed = r.depth + 2;
  r.stopped = r.stopped || r.capacity - r.size < needed;
  if (r.stopped) {
    r.lost++;
    r.lost_depth++;
    return;
  }
  r.around[r.size] = r.innermost;
  r.innermost = static_cast<std::int64_t>(r.size);
  r.depth++;
  r.events[r.size++] = {name, now, r.thread, Event::Phase::begin};
}

void Recorder::end(std::int64_t now) {
  Impl& r = *impl_;
  if (r.lost_depth > 0) {
    r.lost_depth--;
  } else if (r.depth == 0) {
    throw ValueError("[recorder] end(): there is no open span");
  } else {
    const auto begin = static_cast<std::size_t>(r.innermost);
    r.events[r.size++] = {r.events[begin].name, now, r.thread, Event::Phase::end};
    r.innermost = r.around[begin];
    r.depth--;
  }
}

std::span<const Event> Recorder::events() const { return {impl_->events.get(), impl_->size}; }
std::int64_t Recorder::dropped() const { return impl_->lost; }

const char* Recorder::open() const {
  if (impl_->innermost == Impl::none) return nullptr;
  return impl_->events[static_cast<std::size_t>(impl_->innermost)].name;
}

void Recorder::clear() {
  Impl& r = *impl_;
  if (r.depth + static_cast<std::size_t>(r.lost_depth) > 0) throw ValueError("[recorder] clear(): a span is open");
  r.size = 0;
  r.lost = 0;
  r.stopped = false;
}

namespace {

SpanNode& child_named(SpanNode& parent, const char* name) {
  const auto at = std::find_if(parent.children.begin(), parent.children.end(),
                               [name](const SpanNode& node) { return node.name == name; });
  if (at != parent.children.end()) return *at;
  parent.children.push_back({});
  parent.children.back().name = name;
  return parent.children.back();
}

// Reads one span after the other, each with those inside it.
class Reader {
 public:
  explicit Reader(std::vector<Event> events) : events_(std::move(events)) {}

  void read(SpanNode& root) {
    while (at_ < events_.size()) {
      if (events_[at_].phase == Event::Phase::end) throw ValueError("[build_tree] a span ends that has not begun");
      const Times times = span(root, true);
      root.total_ns += times.length;
    }
  }

 private:
  struct Times {
    std::int64_t length = 0;    // of the span
    std::int64_t not_self = 0;  // what the node around must not count as its own
  };

  Times span(SpanNode& around, bool top) {
    const Event& begin = events_[at_++];
    const bool same = !top && around.name == begin.name;
    SpanNode& node = same ? around : child_named(around, begin.name);
    node.calls++;
    if (same) node.recursions++;
    std::int64_t others = 0;
    while (at_ < events_.size() && events_[at_].phase == Event::Phase::begin) others += span(node, false).not_self;
    Times times;
    if (at_ == events_.size()) {
      node.open = true;
      times.length = events_.back().ns - begin.ns;
    } else {
      const Event& end = events_[at_++];
      if (std::strcmp(end.name, begin.name) != 0) throw ValueError("[build_tree] another span was open");
      times.length = end.ns - begin.ns;
    }
    times.not_self = same ? others : times.length;
    if (!same) {
      node.total_ns += times.length;
      node.self_ns += times.length - others;
    }
    return times;
  }

  std::vector<Event> events_;
  std::size_t at_ = 0;
};

}  // namespace

SpanTree build_tree(std::span<const Event> events) {
  std::vector<std::uint32_t> ids;
  for (const Event& event : events) ids.push_back(event.thread);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  SpanTree tree;
  tree.threads.resize(ids.size());
  for (std::size_t t = 0; t < ids.size(); ++t) {
    std::vector<Event> own;
    for (const Event& event : events)
      if (event.thread == ids[t]) own.push_back(event);
    tree.threads[t].id = ids[t];
    Reader(std::move(own)).read(tree.threads[t].root);
  }
  return tree;
}

Overhead measure_overhead(Recorder& recorder, Clock& clock) {
  recorder.clear();
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t begin = clock.now_ns();
    recorder.begin("-", begin);
    const std::int64_t end = clock.now_ns();
    recorder.end(end);
  }
  const std::vector<Event> events(recorder.events().begin(), recorder.events().end());
  const std::size_t spans = events.size() / 2;
  if (spans < 2) throw ValueError("[measure_overhead] the recorder is too small");
  std::vector<std::int64_t> inside(spans), between(spans - 1);
  for (std::size_t i = 0; i < spans; ++i) {
    inside[i] = events[2 * i + 1].ns - events[2 * i].ns;
    if (i > 0) between[i - 1] = events[2 * i].ns - events[2 * i - 1].ns;
  }
  std::sort(inside.begin(), inside.end());
  std::sort(between.begin(), between.end());
  recorder.clear();
  return {inside[(spans - 1) / 2], between[(spans - 2) / 2]};
}

std::int64_t corrected_self(const SpanNode& node, const Overhead& overhead) {
  std::int64_t outer_spans = 0;
  for (std::size_t i = 0; i < node.children.size(); ++i)
    outer_spans += node.children[i].calls - node.children[i].recursions;
  outer_spans += node.recursions;
  const std::int64_t recording = overhead.inner_ns * node.calls + overhead.outer_ns * outer_spans;
  return recording >= node.self_ns ? 0 : node.self_ns - recording;
}

// A list of the blocks that are alive; sums are worked out from it at each new block.
struct MemoryTracker::Impl {
  struct Block {
    std::uint64_t number;
    std::int64_t bytes;
    memory::Tag tag;
  };
  Clock* clock;
  const Recorder* recorder = nullptr;
  std::vector<Block> alive;
  MemoryPeak peak;

  std::vector<Block>::iterator find(std::uint64_t number) {
    return std::find_if(alive.begin(), alive.end(), [number](const Block& block) { return block.number == number; });
  }
  std::int64_t bytes() const {
    std::int64_t sum = 0;
    for (const Block& block : alive) sum += block.bytes;
    return sum;
  }
  std::int64_t bytes(memory::Tag tag) const {
    std::int64_t sum = 0;
    for (const Block& block : alive) sum += block.tag == tag ? block.bytes : 0;
    return sum;
  }
};

MemoryTracker::MemoryTracker(Clock& clock) : impl_(new Impl{.clock = &clock, .alive = {}, .peak = {}}) {}
MemoryTracker::~MemoryTracker() = default;
MemoryTracker::MemoryTracker(MemoryTracker&&) noexcept = default;
MemoryTracker& MemoryTracker::operator=(MemoryTracker&&) noexcept = default;

void MemoryTracker::follow(const Recorder* recorder) { impl_->recorder = recorder; }

void MemoryTracker::allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag) {
  if (bytes < 0) throw ValueError("[memory_tracker] bytes below 0");
  if (impl_->find(block) != impl_->alive.end()) throw ValueError("[memory_tracker] this block is alive");
  impl_->alive.push_back({block, bytes, tag});
  const std::int64_t now = impl_->bytes();
  if (now <= impl_->peak.bytes) return;
  impl_->peak.bytes = now;
  impl_->peak.when_ns = impl_->clock->now_ns();
  impl_->peak.span = impl_->recorder ? impl_->recorder->open() : nullptr;
  for (int t = 0; t < memory::tag_count; ++t)
    impl_->peak.by_tag[static_cast<std::size_t>(t)] = impl_->bytes(static_cast<memory::Tag>(t));
}

void MemoryTracker::freed(std::uint64_t block) {
  const auto at = impl_->find(block);
  if (at == impl_->alive.end()) throw ValueError("[memory_tracker] this block is not alive");
  impl_->alive.erase(at);
}

std::int64_t MemoryTracker::active() const { return impl_->bytes(); }
std::int64_t MemoryTracker::active(memory::Tag tag) const { return impl_->bytes(tag); }
MemoryPeak MemoryTracker::peak() const { return impl_->peak; }

}  // namespace tinytorch::profiling
