#include "tests/kit/heap.hpp"

#include <array>
#include <cstddef>
#include <mutex>

// The linker renames the calls of malloc and free in this program's objects to these (--wrap).
extern "C" {
void* __real_malloc(std::size_t bytes) __attribute__((weak));
void __real_free(void* block) __attribute__((weak));
void* __wrap_malloc(std::size_t bytes);
void __wrap_free(void* block);
}

namespace tinytorch::lab {
namespace {

// Sizes of the blocks that live, in an open-addressed table that allocates nothing itself. Blocks of other allocators
// also reach free (a text from the C++ runtime, say): they are no entry, and freeing them changes no byte count.
struct Entry {
  void* block;
  std::size_t bytes;
};
constexpr std::size_t table_size = std::size_t{1} << 16;
constinit std::array<Entry, table_size> table{};
constinit std::mutex table_mutex;
constinit Heap counters;

std::size_t home_of(const void* block) { return (reinterpret_cast<std::uintptr_t>(block) * 0x9E3779B97F4A7C15U) >> 48; }

void remember(void* block, std::size_t bytes) {
  std::size_t i = home_of(block);
  for (std::size_t tries = 0; tries < table_size; ++tries, i = (i + 1) % table_size) {
    if (table[i].block != nullptr) continue;
    table[i] = {block, bytes};
    counters.live_bytes += static_cast<std::int64_t>(bytes);
    return;
  }
}

void forget(const void* block) {
  std::size_t i = home_of(block);
  while (table[i].block != nullptr && table[i].block != block) i = (i + 1) % table_size;
  if (table[i].block == nullptr) return;
  counters.live_bytes -= static_cast<std::int64_t>(table[i].bytes);
  // Close the gap, so that a search may stop at the first empty entry. Source: Knuth, TAOCP 6.4, algorithm R.
  for (std::size_t j = (i + 1) % table_size; table[j].block != nullptr; j = (j + 1) % table_size) {
    const std::size_t home = home_of(table[j].block);
    const bool stays = i <= j ? i < home && home <= j : i < home || home <= j;
    if (stays) continue;
    table[i] = table[j];
    i = j;
  }
  table[i] = {nullptr, 0};
}

}  // namespace

Heap heap() {
  const std::lock_guard lock(table_mutex);
  return counters;
}

}  // namespace tinytorch::lab

void* __wrap_malloc(std::size_t bytes) {
  void* block = __real_malloc(bytes);
  if (block == nullptr) return nullptr;
  const std::lock_guard lock(tinytorch::lab::table_mutex);
  ++tinytorch::lab::counters.allocations;
  tinytorch::lab::remember(block, bytes);
  return block;
}

void __wrap_free(void* block) {
  if (block != nullptr) {
    const std::lock_guard lock(tinytorch::lab::table_mutex);
    ++tinytorch::lab::counters.frees;
    tinytorch::lab::forget(block);
  }
  __real_free(block);
}
