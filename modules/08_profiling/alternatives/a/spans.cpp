// Lab 08, part A, another way: the buffer drops its oldest spans, the tree comes from sorted intervals, and the peak is
// found by replaying a log.

#include "tinytorch/profiling/spans.hpp"

#include "tinytorch/core/error.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace tinytorch::profiling {

// A span has a number; events and open spans refer to it. A full buffer drops the two events of the oldest span that
// has ended; while none has, the new span.
struct Recorder::Impl {
  std::size_t capacity = 0;
  std::uint32_t thread = 0;
  std::vector<Event> events;
  std::vector<std::uint64_t> spans;  // of each event
  struct Open {
    const char* name;
    std::uint64_t span;
  };
  std::vector<Open> open;
  std::uint64_t next = 1;
  std::int64_t dropped = 0, open_without_room = 0;

  void remove(std::size_t at) {
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(at));
    spans.erase(spans.begin() + static_cast<std::ptrdiff_t>(at));
  }
  bool is_open(std::uint64_t span) const {
    return std::any_of(open.begin(), open.end(), [span](const Open& o) { return o.span == span; });
  }
  // Drops the oldest span that has ended. Returns false when there is none.
  bool drop_one() {
    for (std::size_t begin = 0; begin < events.size(); ++begin) {
      if (events[begin].phase != Event::Phase::begin || is_open(spans[begin])) continue;
      const auto end = std::find(spans.begin() + static_cast<std::ptrdiff_t>(begin) + 1, spans.end(), spans[begin]);
      remove(static_cast<std::size_t>(end - spans.begin()));
      remove(begin);
      ++dropped;
      return true;
    }
    return false;
  }
};

Recorder::Recorder(std::size_t capacity, std::uint32_t thread) : impl_(std::make_unique<Impl>()) {
  impl_->capacity = capacity;
  impl_->thread = thread;
  impl_->events.reserve(capacity);
  impl_->spans.reserve(capacity);
  impl_->open.reserve(capacity);
}

Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

void Recorder::begin(const char* name, std::int64_t now) {
  Impl& my = *impl_;
  const auto full = [&my] { return my.events.size() + my.open.size() + 2 > my.capacity; };
  // A span inside a dropped one is dropped as well, so that those without room are the innermost ones.
  while (my.open_without_room == 0 && full() && my.drop_one()) {
  }
  if (my.open_without_room > 0 || full()) {
    ++my.open_without_room;
    ++my.dropped;
    return;
  }
  my.events.push_back({name, now, my.thread, Event::Phase::begin});
  my.spans.push_back(my.next);
  my.open.push_back({name, my.next++});
}

void Recorder::end(std::int64_t now) {
  Impl& my = *impl_;
  if (my.open_without_room > 0) {
    --my.open_without_room;
    return;
  }
  if (my.open.empty()) throw ValueError("[recorder] nothing has begun");
  my.events.push_back({my.open.back().name, now, my.thread, Event::Phase::end});
  my.spans.push_back(my.open.back().span);
  my.open.pop_back();
}

std::span<const Event> Recorder::events() const { return impl_->events; }
std::int64_t Recorder::dropped() const { return impl_->dropped; }
const char* Recorder::open() const { return impl_->open.empty() ? nullptr : impl_->open.back().name; }

void Recorder::clear() {
  if (!impl_->open.empty() || impl_->open_without_room > 0) throw ValueError("[recorder] a span is open");
  impl_->events.clear();
  impl_->spans.clear();
  impl_->dropped = 0;
}

namespace {

struct Interval {
  const char* name;
  std::int64_t begin_ns, end_ns;
  std::size_t first, last;  // numbers of its events: inside another one exactly when these are
  bool open;
};

// The intervals of one thread in order of their begins.
std::vector<Interval> intervals_of(const std::vector<Event>& events) {
  std::vector<Interval> intervals;
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.phase == Event::Phase::begin) {
      waiting.push_back(intervals.size());
      intervals.push_back({event.name, event.ns, event.ns, i, i, true});
      continue;
    }
    if (waiting.empty()) throw ValueError("[build_tree] an end and no begin");
    Interval& interval = intervals[waiting.back()];
    if (std::string(interval.name) != event.name) throw ValueError("[build_tree] spans do not nest");
    interval.end_ns = event.ns;
    interval.last = i;
    interval.open = false;
    waiting.pop_back();
  }
  for (const std::size_t at : waiting) {
    intervals[at].end_ns = events.back().ns;
    intervals[at].last = std::numeric_limits<std::size_t>::max() - at;  // inner ones end first
  }
  return intervals;
}

// Puts intervals[at] and all inside of it below `parent`. Returns the number of the first one behind it. `inside`
// gets the time that is not self time of the interval around.
std::size_t place(const std::vector<Interval>& intervals, std::size_t at, SpanNode& parent, bool top,
                  std::int64_t& inside) {
  const Interval& interval = intervals[at];
  const bool recursion = !top && parent.name == interval.name;
  std::size_t index = 0;
  if (!recursion) {
    while (index < parent.children.size() && parent.children[index].name != interval.name) ++index;
    if (index == parent.children.size()) {
      parent.children.emplace_back();
      parent.children[index].name = interval.name;
    }
  }
  const auto node = [&]() -> SpanNode& { return recursion ? parent : parent.children[index]; };
  std::int64_t mine = 0;
  std::size_t next = at + 1;
  while (next < intervals.size() && intervals[next].last < interval.last)
    next = place(intervals, next, node(), false, mine);
  const std::int64_t ns = interval.end_ns - interval.begin_ns;
  ++node().calls;
  if (interval.open) node().open = true;
  if (recursion) {
    ++node().recursions;
    inside += mine;
  } else {
    node().total_ns += ns;
    node().self_ns += ns - mine;
    inside += ns;
  }
  return next;
}

}  // namespace

SpanTree build_tree(std::span<const Event> events) {
  std::set<std::uint32_t> ids;
  for (const Event& event : events) ids.insert(event.thread);
  SpanTree tree;
  for (const std::uint32_t id : ids) {
    std::vector<Event> own;
    std::copy_if(events.begin(), events.end(), std::back_inserter(own),
                 [id](const Event& event) { return event.thread == id; });
    SpanTree::Thread thread;
    thread.id = id;
    const std::vector<Interval> intervals = intervals_of(own);
    std::size_t at = 0;
    while (at < intervals.size()) at = place(intervals, at, thread.root, true, thread.root.total_ns);
    tree.threads.push_back(std::move(thread));
  }
  return tree;
}

namespace {

std::int64_t lower_middle(std::multiset<std::int64_t> values) {
  auto at = values.begin();
  std::advance(at, static_cast<std::ptrdiff_t>((values.size() - 1) / 2));
  return *at;
}

}  // namespace

Overhead measure_overhead(Recorder& recorder, Clock& clock) {
  recorder.clear();
  for (int left = 1000; left > 0; --left) {
    recorder.begin("nothing", clock.now_ns());
    recorder.end(clock.now_ns());
  }
  std::multiset<std::int64_t> inner, outer;
  const Event* before = nullptr;
  for (const Event& event : recorder.events()) {
    if (before != nullptr) (event.phase == Event::Phase::end ? inner : outer).insert(event.ns - before->ns);
    before = &event;
  }
  if (inner.size() < 2) throw ValueError("[measure_overhead] no room for two spans");
  const Overhead overhead{lower_middle(inner), lower_middle(outer)};
  recorder.clear();
  return overhead;
}

std::int64_t corrected_self(const SpanNode& node, const Overhead& overhead) {
  std::int64_t left = node.self_ns - overhead.inner_ns * node.calls - overhead.outer_ns * node.recursions;
  for (const SpanNode& child : node.children) left -= overhead.outer_ns * (child.calls - child.recursions);
  return left > 0 ? left : 0;
}

// Only changes are kept. A new peak is seen when it comes, because its time must be read then; its owners are added up
// from the log when somebody asks.
struct MemoryTracker::Impl {
  Clock* clock = nullptr;
  const Recorder* recorder = nullptr;
  struct Change {
    std::uint64_t block;
    std::int64_t bytes;
    memory::Tag tag;
    bool frees;
  };
  std::vector<Change> log;
  std::map<std::uint64_t, std::size_t> alive;  // the change that allocated the block
  std::int64_t active = 0, highest = 0, when_ns = 0;
  std::size_t until = 0;  // changes up to the peak
  const char* span = nullptr;

  std::array<std::int64_t, memory::tag_count> by_tag(std::size_t changes) const {
    std::array<std::int64_t, memory::tag_count> bytes{};
    for (std::size_t i = 0; i < changes; ++i)
      bytes[static_cast<std::size_t>(log[i].tag)] += log[i].frees ? -log[i].bytes : log[i].bytes;
    return bytes;
  }
};

MemoryTracker::MemoryTracker(Clock& clock) : impl_(std::make_unique<Impl>()) { impl_->clock = &clock; }
MemoryTracker::~MemoryTracker() = default;
MemoryTracker::MemoryTracker(MemoryTracker&&) noexcept = default;
MemoryTracker& MemoryTracker::operator=(MemoryTracker&&) noexcept = default;

void MemoryTracker::follow(const Recorder* recorder) { impl_->recorder = recorder; }

void MemoryTracker::allocated(std::uint64_t block, std::int64_t bytes, memory::Tag tag) {
  Impl& my = *impl_;
  if (my.alive.count(block) != 0 || bytes < 0) throw ValueError("[memory_tracker] no such block can be allocated");
  my.alive[block] = my.log.size();
  my.log.push_back({block, bytes, tag, false});
  my.active += bytes;
  if (my.active > my.highest) {
    my.highest = my.active;
    my.when_ns = my.clock->now_ns();
    my.until = my.log.size();
    my.span = my.recorder == nullptr ? nullptr : my.recorder->open();
  }
}

void MemoryTracker::freed(std::uint64_t block) {
  Impl& my = *impl_;
  const auto at = my.alive.find(block);
  if (at == my.alive.end()) throw ValueError("[memory_tracker] no such block is alive");
  Impl::Change change = my.log[at->second];
  change.frees = true;
  my.log.push_back(change);
  my.active -= change.bytes;
  my.alive.erase(at);
}

std::int64_t MemoryTracker::active() const { return impl_->active; }
std::int64_t MemoryTracker::active(memory::Tag tag) const {
  return impl_->by_tag(impl_->log.size())[static_cast<std::size_t>(tag)];
}

MemoryPeak MemoryTracker::peak() const {
  return {impl_->highest, impl_->when_ns, impl_->by_tag(impl_->until), impl_->span};
}

}  // namespace tinytorch::profiling
