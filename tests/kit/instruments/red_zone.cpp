#include "tests/kit/instruments/red_zone.hpp"

#include "src/course/guard.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>

#include <sched.h>

#define TINYTORCH_RED_ZONES 1
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef TINYTORCH_RED_ZONES
#define TINYTORCH_RED_ZONES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#undef TINYTORCH_RED_ZONES
#define TINYTORCH_RED_ZONES 0
#endif
#endif

// The real malloc and free under --wrap=malloc,--wrap=free; null in a program linked without those options.
extern "C" {
void* __real_malloc(std::size_t bytes) __attribute__((weak));
void __real_free(void* block) __attribute__((weak));
}

namespace tinytorch::lab {
namespace {

static_assert(red_zone <= memory::Guard::room);

void* raw_malloc(std::size_t bytes) { return __real_malloc != nullptr ? __real_malloc(bytes) : std::malloc(bytes); }
void raw_free(void* block) { return __real_free != nullptr ? __real_free(block) : std::free(block); }

// Allocates the memory of the list of blocks, so that the list does not list itself.
template <class T>
struct RawAllocator {
  using value_type = T;
  RawAllocator() = default;
  template <class U>
  RawAllocator(const RawAllocator<U>&) {}
  T* allocate(std::size_t count) {
    void* const block = raw_malloc(count * sizeof(T));
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) { raw_free(block); }
  template <class U>
  bool operator==(const RawAllocator<U>&) const {
    return true;
  }
};

// Waits without sleeping: Stage takes a sleeping thread for one that waits for another thread's call.
class SpinLock {
 public:
  void lock() {
    while (taken_.test_and_set(std::memory_order_acquire)) ::sched_yield();
  }
  void unlock() { taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag taken_;
};

struct Block {
  std::int64_t bytes = 0;
  Source source = Source::tensor;
  std::int64_t number = 0;  // counts the blocks in the order in which they were allocated
};

using Blocks =
    std::unordered_map<void*, Block, std::hash<void*>, std::equal_to<>, RawAllocator<std::pair<void* const, Block>>>;

// Never destroyed: blocks are freed until the process ends.
Blocks& blocks() {
  alignas(Blocks) static std::array<unsigned char, sizeof(Blocks)> memory;
  static Blocks* const all = new (memory.data()) Blocks;
  return *all;
}

constinit SpinLock guarding;
constinit std::atomic<bool> watching{false};
constinit std::atomic<const BlockWatch*> block_watch{nullptr};
constinit std::int64_t made = 0;
constinit std::optional<Overrun> found;

// A quiet NaN as a float and, twice, as a double; as an integer a number far below 0.
constexpr std::uint32_t zone_word = 0xFFFBABAB;

std::array<unsigned char, red_zone> zone_bytes() {
  std::array<unsigned char, red_zone> zone;
  for (std::size_t i = 0; i < zone.size(); i += sizeof(zone_word))
    std::memcpy(zone.data() + i, &zone_word, sizeof(zone_word));
  return zone;
}

unsigned char* zone_of(void* block, std::int64_t bytes) { return static_cast<unsigned char*>(block) + bytes; }

// Returns what was written to the zone, and fills the zone again: each overrun is reported once.
std::optional<Overrun> inspect(void* block, const Block& entry) {
  static const std::array<unsigned char, red_zone> clean = zone_bytes();
  unsigned char* const zone = zone_of(block, entry.bytes);
  if (std::memcmp(zone, clean.data(), clean.size()) == 0) return std::nullopt;
  std::int64_t first = red_zone, last = 0;
  for (std::int64_t i = 0; i < red_zone; ++i) {
    if (zone[i] == clean[static_cast<std::size_t>(i)]) continue;
    first = std::min(first, i);
    last = i;
  }
  std::memcpy(zone, clean.data(), clean.size());
  return Overrun{entry.source, entry.bytes, entry.bytes + first, entry.bytes + last};
}

// The overrun of the oldest block that has not been freed.
std::optional<Overrun> inspect_all() {
  std::optional<Overrun> oldest;
  std::int64_t number = std::numeric_limits<std::int64_t>::max();
  for (const auto& [block, entry] : blocks()) {
    const std::optional<Overrun> overrun = inspect(block, entry);
    if (!overrun || entry.number > number) continue;
    oldest = overrun;
    number = entry.number;
  }
  return oldest;
}

constexpr memory::Guard tensor_guard{
    [](void* elements, std::int64_t bytes) { guard_block(elements, bytes, Source::tensor); },
    [](void* elements, std::int64_t) noexcept { release_block(elements); },
};

}  // namespace

const bool red_zones = TINYTORCH_RED_ZONES != 0;

void guard_block(void* block, std::int64_t bytes, Source source) {
  static const std::array<unsigned char, red_zone> clean = zone_bytes();
  if (red_zones) std::memcpy(zone_of(block, bytes), clean.data(), clean.size());
  const std::lock_guard lock(guarding);
  blocks()[block] = {bytes, source, ++made};
}

std::optional<std::int64_t> release_block(void* block) noexcept {
  const std::lock_guard lock(guarding);
  const auto at = blocks().find(block);
  if (at == blocks().end()) return std::nullopt;
  const Block entry = at->second;
  blocks().erase(at);
  if (!red_zones) return entry.bytes;
  const std::optional<Overrun> overrun = inspect(block, entry);
  if (!found) found = overrun;
  return entry.bytes;
}

std::string Overrun::block() const {
  const char* const name = source == Source::tensor        ? "a tensor"
                           : source == Source::heap_malloc ? "a block of malloc"
                                                           : "a block of new (a vector's, say)";
  return std::string(name) + " of " + std::to_string(bytes) + " bytes";
}

std::string Overrun::written() const {
  return first == last ? "byte " + std::to_string(first)
                       : "bytes " + std::to_string(first) + " to " + std::to_string(last);
}

void watch_blocks() {
  if (!red_zones) return;
  {
    const std::lock_guard lock(guarding);
    inspect_all();
    found.reset();
  }
  memory::set_guard(&tensor_guard);
  watching.store(true);
}

void watch_heap(const BlockWatch* watch) { block_watch.store(watch); }
void free_block(void* block) { raw_free(block); }

std::optional<Overrun> find_overrun() {
  if (!red_zones) return std::nullopt;
  const std::lock_guard lock(guarding);
  const std::optional<Overrun> living = inspect_all();
  return found ? std::exchange(found, std::nullopt) : living;
}

}  // namespace tinytorch::lab

#if TINYTORCH_RED_ZONES

// These replace the operators of the whole program, so vectors and strings have red zones too.
void* operator new(std::size_t bytes) {
  using namespace tinytorch::lab;
  const auto zone = static_cast<std::size_t>(red_zone);
  void* const block = bytes > std::numeric_limits<std::size_t>::max() - zone ? nullptr : raw_malloc(bytes + zone);
  if (block == nullptr) throw std::bad_alloc();
  if (watching.load(std::memory_order_relaxed)) guard_block(block, static_cast<std::int64_t>(bytes), Source::heap_new);
  const BlockWatch* const watch = block_watch.load(std::memory_order_relaxed);
  if (watch != nullptr) watch->made(block, static_cast<std::int64_t>(bytes));
  return block;
}

void operator delete(void* block) noexcept {
  using namespace tinytorch::lab;
  if (block == nullptr) return;
  std::int64_t bytes = 0;
  if (watching.load(std::memory_order_relaxed)) bytes = release_block(block).value_or(0);
  const BlockWatch* const watch = block_watch.load(std::memory_order_relaxed);
  if (watch != nullptr && watch->keeps(block, bytes)) return;
  raw_free(block);
}

void operator delete(void* block, std::size_t) noexcept { ::operator delete(block); }

#endif
