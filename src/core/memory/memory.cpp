#include "tinytorch/core/memory.hpp"

#include "src/core/memory/pool.hpp"

#include <array>
#include <atomic>

namespace tinytorch {
namespace {

// Uses a locked instruction only if the program has several threads.
void add(std::atomic<std::int64_t>& counter, std::int64_t value) {
#if TINYTORCH_KNOWS_SINGLE_THREADED
  if (__libc_single_threaded) {
    counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
    return;
  }
#endif
  counter.fetch_add(value, std::memory_order_relaxed);
}

struct Counter {
  std::atomic<std::int64_t> active{0};
  std::atomic<std::int64_t> peak{0};
  std::atomic<std::int64_t> blocks{0};

  void count(std::int64_t bytes) {
    add(active, bytes);
    if (bytes < 0) return;
    const std::int64_t now = active.load(std::memory_order_relaxed);
    std::int64_t highest = peak.load(std::memory_order_relaxed);
    while (now > highest && !peak.compare_exchange_weak(highest, now, std::memory_order_relaxed)) {
    }
  }
  memory::Stats stats() const { return {active.load(), peak.load(), blocks.load(), 0}; }
};

constinit Counter total;
constinit std::array<Counter, memory::tag_count> by_tag;
constinit thread_local memory::Tag tag_of_thread = memory::Tag::general;
constinit std::atomic<bool> poison_on{false};

}  // namespace

void pool::count(std::int64_t bytes, memory::Tag tag) noexcept {
  Counter& counter = by_tag[static_cast<std::size_t>(tag)];
  if (bytes >= 0) add(counter.blocks, 1);
  counter.count(bytes);
  total.count(bytes);
}

memory::Stats memory::stats() {
  Stats stats = total.stats();
  for (const Counter& counter : by_tag) stats.blocks += counter.blocks.load();
  stats.cached = pool::cached();
  return stats;
}

memory::Stats memory::stats(Tag tag) { return by_tag[static_cast<std::size_t>(tag)].stats(); }

void memory::reset_peak() {
  total.peak.store(total.active.load());
  for (Counter& counter : by_tag) counter.peak.store(counter.active.load());
}

memory::TagScope::TagScope(Tag tag) : before_(tag_of_thread) { tag_of_thread = tag; }
memory::TagScope::~TagScope() { tag_of_thread = before_; }

void memory::set_poison(bool on) { poison_on.store(on, std::memory_order_relaxed); }
bool memory::poison() { return poison_on.load(std::memory_order_relaxed); }
memory::Tag memory::current_tag() { return tag_of_thread; }

}  // namespace tinytorch
