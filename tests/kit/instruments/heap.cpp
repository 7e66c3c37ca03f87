#include "tests/kit/instruments/heap.hpp"

#include "tests/kit/instruments/red_zone.hpp"

#include <atomic>
#include <cstddef>
#include <limits>

// The linker renames the calls of malloc and free in this program's objects to these (--wrap).
extern "C" {
void* __real_malloc(std::size_t bytes) __attribute__((weak));
void __real_free(void* block) __attribute__((weak));
void* __wrap_malloc(std::size_t bytes);
void __wrap_free(void* block);
}

namespace tinytorch::lab {
namespace {

// No lock: an exploration of schedules would take it for one of the code under test.
constinit std::atomic<std::int64_t> allocations{0}, frees{0}, live_bytes{0};

}  // namespace

Heap heap() { return {allocations.load(), frees.load(), live_bytes.load()}; }

}  // namespace tinytorch::lab

void* __wrap_malloc(std::size_t bytes) {
  using namespace tinytorch::lab;
  const std::size_t zone = red_zones ? static_cast<std::size_t>(red_zone) : 0;
  if (bytes > std::numeric_limits<std::size_t>::max() - zone) return nullptr;
  void* const block = __real_malloc(bytes + zone);
  if (block == nullptr) return nullptr;
  guard_block(block, static_cast<std::int64_t>(bytes), Source::heap_malloc);
  ++allocations;
  live_bytes += static_cast<std::int64_t>(bytes);
  return block;
}

void __wrap_free(void* block) {
  using namespace tinytorch::lab;
  if (block != nullptr) {
    // Blocks of other allocators are freed here too (a string of the C++ runtime, say). They change no byte count.
    const std::int64_t bytes = release_block(block).value_or(0);
    ++frees;
    live_bytes -= bytes;
  }
  __real_free(block);
}
