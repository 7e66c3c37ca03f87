#include "src/core/memory/pool.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace tinytorch {
namespace {

// Small blocks (up to 4 KiB, in steps of 64 bytes) are kept per thread, without a lock. Larger ones, in four steps per
// doubling, are kept in one shared cache, because the thread that frees a batch is seldom the one that allocated it.
constexpr std::size_t step = 64;
constexpr std::size_t small_limit = 4096;
constexpr std::size_t small_classes = small_limit / step;
constexpr std::size_t large_classes = 4 * 36;
constexpr std::int64_t small_cache_limit = std::int64_t{1} << 20;
constexpr std::int64_t large_cache_limit = std::int64_t{1} << 30;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool caching = false;  // a sanitizer must see each block freed
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool caching = false;
#else
constexpr bool caching = true;
#endif
#else
constexpr bool caching = true;
#endif

struct FreeBlock {
  FreeBlock* next;
};

constinit std::atomic<std::int64_t> cached_bytes{0};  // in the shared cache

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

SizeClass large_class(std::size_t bytes) {
  const int log = static_cast<int>(std::bit_width(bytes - 1)) - 1;  // bytes is in (2^log, 2^(log + 1)]
  const std::size_t quarter = std::size_t{1} << (log - 2);
  const std::size_t base = std::size_t{1} << log;
  const std::size_t quarters = (bytes - base + quarter - 1) / quarter;
  return {4 * static_cast<std::size_t>(log - 12) + quarters - 1, base + quarters * quarter};
}

void* fresh(std::size_t bytes) {
  void* block = std::aligned_alloc(step, bytes);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

struct LargeCache {
  std::mutex mutex;
  std::array<FreeBlock*, large_classes> heads{};
};

LargeCache& large_cache() {
  static LargeCache* cache = new LargeCache;  // never destroyed: tensors with static lifetime may be freed after it
  return *cache;
}

struct SmallCache {
  std::array<FreeBlock*, small_classes + 1> heads{};
  std::int64_t bytes = 0;
  bool will_be_flushed = false;
  bool closed = false;  // the thread is ending: from now on blocks are freed at once
};
constinit thread_local SmallCache small_cache;

void flush_small_cache() {
  for (FreeBlock*& head : small_cache.heads)
    while (head != nullptr) std::free(std::exchange(head, head->next));
  small_cache.bytes = 0;
}

struct FlushAtThreadEnd {
  ~FlushAtThreadEnd() {
    flush_small_cache();
    small_cache.closed = true;
  }
};

void flush_at_thread_end() {
  static thread_local FlushAtThreadEnd flush;
  static_cast<void>(flush);
  small_cache.will_be_flushed = true;
}

void flush_large_cache() {
  LargeCache& cache = large_cache();
  const std::lock_guard lock(cache.mutex);
  for (std::size_t index = 0; index < large_classes; ++index) {
    const std::size_t base = std::size_t{1} << (index / 4 + 12);
    const auto bytes = static_cast<std::int64_t>(base + (index % 4 + 1) * (base / 4));
    while (cache.heads[index] != nullptr) {
      std::free(std::exchange(cache.heads[index], cache.heads[index]->next));
      cached_bytes.fetch_sub(bytes, std::memory_order_relaxed);
    }
  }
}

}  // namespace

void* pool::allocate(std::size_t bytes) {
  if (bytes <= small_limit) {
    const std::size_t index = bytes == 0 ? 1 : (bytes + step - 1) / step;
    FreeBlock*& head = small_cache.heads[index];
    if (head == nullptr) return fresh(index * step);
    FreeBlock* block = std::exchange(head, head->next);
    small_cache.bytes -= static_cast<std::int64_t>(index * step);
    return block;
  }
  const SizeClass size = large_class(bytes);
  if (size.index >= large_classes) throw std::bad_alloc();
  LargeCache& cache = large_cache();
  {
    const std::lock_guard lock(cache.mutex);
    if (FreeBlock* block = cache.heads[size.index]) {
      cache.heads[size.index] = block->next;
      cached_bytes.fetch_sub(static_cast<std::int64_t>(size.bytes), std::memory_order_relaxed);
      return block;
    }
  }
  return fresh(size.bytes);
}

void pool::release(void* block, std::size_t bytes) noexcept {
  auto* free_block = static_cast<FreeBlock*>(block);
  if (bytes <= small_limit) {
    const std::size_t index = bytes == 0 ? 1 : (bytes + step - 1) / step;
    if (!caching || small_cache.closed || small_cache.bytes >= small_cache_limit) return std::free(block);
    if (!small_cache.will_be_flushed) flush_at_thread_end();
    free_block->next = std::exchange(small_cache.heads[index], free_block);
    small_cache.bytes += static_cast<std::int64_t>(index * step);
    return;
  }
  const SizeClass size = large_class(bytes);
  const auto size_bytes = static_cast<std::int64_t>(size.bytes);
  if (!caching || cached_bytes.load(std::memory_order_relaxed) + size_bytes > large_cache_limit)
    return std::free(block);
  LargeCache& cache = large_cache();
  const std::lock_guard lock(cache.mutex);
  free_block->next = std::exchange(cache.heads[size.index], free_block);
  cached_bytes.fetch_add(size_bytes, std::memory_order_relaxed);
}

std::int64_t pool::cached() noexcept { return cached_bytes.load(std::memory_order_relaxed) + small_cache.bytes; }

void memory::release_cached() {
  flush_small_cache();
  flush_large_cache();
}

}  // namespace tinytorch
