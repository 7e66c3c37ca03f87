#include "tests/kit/instruments/schedule/memory.hpp"

#include "tests/kit/instruments/red_zone.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#if TINYTORCH_EXPLORES

extern "C" {
extern char __data_start, _end;  // the program's own variables
}

namespace tinytorch::lab::schedule {
namespace {

struct Access {
  std::uint8_t thread = 0;
  std::uint8_t bytes = 0;  // a bit for each byte of the eight
  bool writes = false, atomic = false, locked = false;
  std::uint32_t step = 0;  // of that thread
  const void* code = nullptr;
  const std::string* call = nullptr;  // of the code under test, that the thread is in
};

constexpr std::size_t most_accesses = 8;

// Eight bytes: who accessed them last.
struct Cell {
  std::uintptr_t address = 0;
  std::uint32_t run = 0;
  std::uint8_t count = 0;
  std::array<Access, most_accesses> accesses;
};

struct Block {
  std::size_t bytes = 0;
  bool freed = false;
  std::size_t by = 0;  // the thread that freed it
};

// All of it belongs to the thread that runs.
struct Memory {
  std::vector<Cell> cells = std::vector<Cell>(1 << 14);
  std::uint32_t run = 0;
  std::size_t used = 0;
  std::map<std::uintptr_t, Block> blocks;
  std::vector<void*> freed;
};

Memory& memory() {
  static auto* const all = new Memory;
  return *all;
}

Cell* find_cell(std::uintptr_t address) {
  Memory& all = memory();
  for (std::size_t at = (address >> 3) * 0x9E3779B97F4A7C15U >> 50;; at = (at + 1) % all.cells.size()) {
    Cell& cell = all.cells[at];
    if (cell.run == all.run && cell.address == address) return &cell;
    if (cell.run == all.run) continue;
    if (all.used > all.cells.size() * 3 / 4) return nullptr;  // a run of such a size is judged in part
    ++all.used;
    cell.address = address;
    cell.run = all.run;
    cell.count = 0;
    return &cell;
  }
}

Block* block_of(std::uintptr_t address) {
  auto& blocks = memory().blocks;
  auto at = blocks.upper_bound(address);
  if (at == blocks.begin()) return nullptr;
  --at;
  return address < at->first + at->second.bytes ? &at->second : nullptr;
}

bool on_a_stack(std::uintptr_t address) {
  const auto& threads = place.exploration->threads();
  return std::any_of(threads.begin(), threads.end(),
                     [&](const Thread& thread) { return thread.stack_begin <= address && address < thread.stack_end; });
}

bool is_variable(std::uintptr_t address) {
  return reinterpret_cast<std::uintptr_t>(&__data_start) <= address &&
         address < reinterpret_cast<std::uintptr_t>(&_end);
}

std::string in_function(const void* code) {
  const std::string name = function_at(code);
  return name.empty() ? "" : " in " + name;
}

// "consumer in stats() reads without a lock"
std::string in_words(const Access& access) {
  return place.exploration->threads()[access.thread].name + (access.call == nullptr ? "" : " in " + *access.call) +
         (access.writes ? " writes" : " reads") + (access.locked ? " with a lock" : " without a lock");
}

std::string described(const Access& access) {
  const std::string& name = place.exploration->threads()[access.thread].name;
  return name + (access.writes ? " writes" : " reads") + in_function(access.code);
}

bool clash(const Access& one, const Access& two) {
  return one.thread != two.thread && (one.bytes & two.bytes) != 0 && (one.writes || two.writes) &&
         !(one.atomic && two.atomic);
}

void remember(Cell& cell, const Access& access) {
  for (std::size_t i = 0; i < cell.count; ++i) {
    Access& old = cell.accesses[i];
    if (old.thread != access.thread || old.writes != access.writes || old.atomic != access.atomic) continue;
    if ((old.bytes & ~access.bytes) != 0) continue;
    old = access;
    return;
  }
  if (cell.count == most_accesses) {
    std::move(cell.accesses.begin() + 1, cell.accesses.end(), cell.accesses.begin());
    --cell.count;
  }
  cell.accesses[cell.count++] = access;
}

void judge(Thread& me, std::uintptr_t eight, const Access& access) {
  Cell* const cell = find_cell(eight);
  if (cell == nullptr) return;
  for (std::size_t i = 0; i < cell->count; ++i) {
    const Access& other = cell->accesses[i];
    if (!clash(other, access) || other.step <= me.clock[other.thread]) continue;
    place.exploration->fail(me, End::race, in_words(other) + ", " + in_words(access),
                            described(other) + ", " + described(access));
  }
  remember(*cell, access);
}

constexpr int most_plain = 200000;  // accesses in a row: it may wait for another thread in a loop

void access(const volatile void* pointer, std::size_t bytes, bool writes, bool atomic, const void* code) {
  if (!explored()) return;
  Thread& me = *place.thread;
  const Inside inside;
  if (++place.exploration->accesses > most_plain) place.exploration->yield(me);
  if (me.number >= Clock::most) return;
  const auto first = reinterpret_cast<std::uintptr_t>(pointer);
  const Block* const block = block_of(first);
  if (block == nullptr && !on_a_stack(first) && !is_variable(first)) return;
  if (block != nullptr && block->freed) {
    const std::string by = " what " + place.exploration->threads()[block->by].name + " has freed";
    const std::string where = me.calls.empty() ? "" : " in " + *me.calls.back();
    place.exploration->fail(me, End::freed, me.name + where + " uses" + by,
                            me.name + (writes ? " writes" : " reads") + in_function(code) + by);
  }
  Access one{
      static_cast<std::uint8_t>(me.number),        0, writes, atomic, !me.locks.empty(), me.clock[me.number], code,
      me.calls.empty() ? nullptr : me.calls.back()};
  for (std::uintptr_t at = first & ~std::uintptr_t{7}; at < first + bytes; at += 8) {
    one.bytes = 0;
    for (std::uintptr_t k = 0; k < 8; ++k) {
      if (at + k >= first && at + k < first + bytes) one.bytes = static_cast<std::uint8_t>(one.bytes | 1U << k);
    }
    judge(me, at, one);
  }
}

// Another thread has used these bytes: then who comes first matters.
bool is_shared(const Thread& me, std::uintptr_t address) {
  const Cell* const cell = find_cell(address & ~std::uintptr_t{7});
  if (cell == nullptr) return true;
  return std::any_of(cell->accesses.begin(), cell->accesses.begin() + cell->count,
                     [&](const Access& one) { return one.thread != me.number; });
}

constexpr int relaxed = 0, release = 3;  // of the orders of the sanitizer's interface

// An atomic operation: a point where threads share the atomic, then the operation, in the order that it asks for.
template <class Operation>
auto atomically(const volatile void* pointer, std::size_t bytes, bool reads, bool writes, int order, const void* code,
                Operation operation) {
  if (!explored()) return operation();
  const void* const object = const_cast<const void*>(pointer);
  Thread& me = *place.thread;
  {
    const Inside inside;
    if (is_shared(me, reinterpret_cast<std::uintptr_t>(object))) {
      if (writes) place.exploration->log(me, Did::changes, object);
      place.exploration->point(me);
    }
    if (writes && (order >= release)) place.exploration->release(me, object);
    if (writes && !reads && order == relaxed) place.exploration->released(object) = {};
  }
  const auto result = operation();
  access(pointer, bytes, writes, true, code);
  if (reads && order != relaxed && order != release) {
    const Inside inside;
    place.exploration->acquire(me, object);
  }
  return result;
}

void made(void* block, std::int64_t bytes) {
  if (!explored()) return;
  const Inside inside;
  memory().blocks[reinterpret_cast<std::uintptr_t>(block)] = {static_cast<std::size_t>(bytes), false, 0};
}

// A block from before the exploration, too: nobody may use it any more.
bool keeps(void* block, std::int64_t bytes) {
  if (!explored()) return false;
  const Inside inside;
  memory().blocks[reinterpret_cast<std::uintptr_t>(block)] = {static_cast<std::size_t>(bytes), true,
                                                              place.thread->number};
  memory().freed.push_back(block);
  return true;
}

constexpr BlockWatch watch{made, keeps};

}  // namespace

Watch::Watch() {
  Memory& all = memory();
  ++all.run;
  all.used = 0;
  watch_heap(&watch);
}

Watch::~Watch() {
  watch_heap(nullptr);
  Memory& all = memory();
  for (void* block : all.freed) free_block(block);
  all.freed.clear();
  all.blocks.clear();
}

void Watch::abandon() { memory().freed.clear(); }

}  // namespace tinytorch::lab::schedule

// What the compiler calls. The names and the meaning of the arguments are those of the sanitizer's interface.
using namespace tinytorch::lab::schedule;

#define TT_HERE __builtin_return_address(0)
#define TT_ACCESS(bytes)                                                                    \
  void __tsan_read##bytes(void* at) { access(at, bytes, false, false, TT_HERE); }           \
  void __tsan_write##bytes(void* at) { access(at, bytes, true, false, TT_HERE); }           \
  void __tsan_unaligned_read##bytes(void* at) { access(at, bytes, false, false, TT_HERE); } \
  void __tsan_unaligned_write##bytes(void* at) { access(at, bytes, true, false, TT_HERE); } \
  void __tsan_volatile_read##bytes(void* at) { access(at, bytes, false, false, TT_HERE); }  \
  void __tsan_volatile_write##bytes(void* at) { access(at, bytes, true, false, TT_HERE); }  \
  void __tsan_read_write##bytes(void* at) { access(at, bytes, true, false, TT_HERE); }      \
  void __tsan_unaligned_read_write##bytes(void* at) { access(at, bytes, true, false, TT_HERE); }

#define TT_CHANGE(bits, name)                                                                                   \
  std::uint##bits##_t __tsan_atomic##bits##_##name(volatile std::uint##bits##_t* at, std::uint##bits##_t value, \
                                                   int order) {                                                 \
    return atomically(at, sizeof(value), true, true, order, TT_HERE,                                            \
                      [&] { return __atomic_##name(at, value, __ATOMIC_SEQ_CST); });                            \
  }

#define TT_EXCHANGE(bits, name)                                                                                   \
  int __tsan_atomic##bits##_##name(volatile std::uint##bits##_t* at, std::uint##bits##_t* expected,               \
                                   std::uint##bits##_t value, int order, int) {                                   \
    return atomically(at, sizeof(value), true, true, order, TT_HERE, [&] {                                        \
      return __atomic_compare_exchange_n(at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ? 1 : 0; \
    });                                                                                                           \
  }

#define TT_ATOMIC(bits)                                                                                            \
  std::uint##bits##_t __tsan_atomic##bits##_load(const volatile std::uint##bits##_t* at, int order) {              \
    return atomically(at, bits / 8, true, false, order, TT_HERE,                                                   \
                      [&] { return __atomic_load_n(at, __ATOMIC_SEQ_CST); });                                      \
  }                                                                                                                \
  void __tsan_atomic##bits##_store(volatile std::uint##bits##_t* at, std::uint##bits##_t value, int order) {       \
    atomically(at, bits / 8, false, true, order, TT_HERE, [&] {                                                    \
      __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                                               \
      return 0;                                                                                                    \
    });                                                                                                            \
  }                                                                                                                \
  TT_CHANGE(bits, fetch_add)                                                                                       \
  TT_CHANGE(bits, fetch_sub)                                                                                       \
  TT_CHANGE(bits, fetch_and)                                                                                       \
  TT_CHANGE(bits, fetch_or)                                                                                        \
  TT_CHANGE(bits, fetch_xor)                                                                                       \
  TT_CHANGE(bits, fetch_nand)                                                                                      \
  std::uint##bits##_t __tsan_atomic##bits##_exchange(volatile std::uint##bits##_t* at, std::uint##bits##_t value,  \
                                                     int order) {                                                  \
    return atomically(at, sizeof(value), true, true, order, TT_HERE,                                               \
                      [&] { return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST); });                           \
  }                                                                                                                \
  TT_EXCHANGE(bits, compare_exchange_strong)                                                                       \
  TT_EXCHANGE(bits, compare_exchange_weak)                                                                         \
  std::uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                                  \
      volatile std::uint##bits##_t* at, std::uint##bits##_t expected, std::uint##bits##_t value, int order, int) { \
    return atomically(at, sizeof(value), true, true, order, TT_HERE, [&] {                                         \
      __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                \
      return expected;                                                                                             \
    });                                                                                                            \
  }

extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
TT_ACCESS(1)
TT_ACCESS(2)
TT_ACCESS(4)
TT_ACCESS(8)
TT_ACCESS(16)
void __tsan_read_range(void* at, unsigned long bytes) { access(at, bytes, false, false, TT_HERE); }
void __tsan_write_range(void* at, unsigned long bytes) { access(at, bytes, true, false, TT_HERE); }
void __tsan_vptr_read(void** at) { access(at, sizeof(void*), false, false, TT_HERE); }
// A destructor stores the same pointer again: that changes nothing.
void __tsan_vptr_update(void** at, void* value) {
  if (*at != value) access(at, sizeof(void*), true, false, TT_HERE);
}
void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  access(from, bytes, false, false, TT_HERE);
  access(to, bytes, true, false, TT_HERE);
  return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
  access(from, bytes, false, false, TT_HERE);
  access(to, bytes, true, false, TT_HERE);
  return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
  access(to, bytes, true, false, TT_HERE);
  return std::memset(to, value, bytes);
}
TT_ATOMIC(8)
TT_ATOMIC(16)
TT_ATOMIC(32)
TT_ATOMIC(64)
// A fence is taken for a release and an acquire of one thing that all fences share: rather too much order than too
// little.
void __tsan_atomic_thread_fence(int) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  static const char all_fences = 0;
  if (!explored()) return;
  const Inside inside;
  place.exploration->acquire(*place.thread, &all_fences);
  place.exploration->release(*place.thread, &all_fences);
}
void __tsan_atomic_signal_fence(int) {}

// libstdc++ tells with these of locks that it makes from atomics.
void __tsan_acquire(void* object) {
  if (!explored()) return;
  const Inside inside;
  place.exploration->acquire(*place.thread, object);
}
void __tsan_release(void* object) {
  if (!explored()) return;
  const Inside inside;
  place.exploration->release(*place.thread, object);
}
void __tsan_mutex_create(void*, unsigned) {}
void __tsan_mutex_destroy(void*, unsigned) {}
void __tsan_mutex_pre_lock(void*, unsigned) {}
void __tsan_mutex_post_lock(void* object, unsigned, int) { __tsan_acquire(object); }
int __tsan_mutex_pre_unlock(void* object, unsigned) { return __tsan_release(object), 0; }
void __tsan_mutex_post_unlock(void*, unsigned) {}
void __tsan_mutex_pre_signal(void*, unsigned) {}
void __tsan_mutex_post_signal(void*, unsigned) {}
}

#else  // nothing is explored

namespace tinytorch::lab::schedule {

Watch::Watch() = default;
Watch::~Watch() = default;
void Watch::abandon() {}

}  // namespace tinytorch::lab::schedule

#endif
